package dev.ngbak.layout;

import static dev.ngbak.layout.NeutralForm.named;
import static dev.ngbak.layout.NeutralForm.refusal;

import dev.ngbak.layout.NeutralForm.Losses;
import dev.ngbak.spi.RecordVisitor;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Decodes the points of one backend to the {@link NeutralForm}: checks that each has a key and one dense vector. */
public abstract class NeutralPoints implements RecordVisitor {

    /** The member of a payload that contains the system's key of the record. */
    public static final String KEY = "id";

    private final RecordVisitor neutral;
    private final Losses losses;
    private final Set<String> collections = new HashSet<>();
    private String collection = "";

    protected NeutralPoints(RecordVisitor neutral, Losses losses) {
        this.neutral = neutral;
        this.losses = losses;
    }

    /** Returns the neutral name of a collection; empty if the system has no such collection. */
    protected abstract Optional<String> kind(String name);

    /** Returns the neutral payload. */
    protected abstract Map<String, Object> payload(
            String key, @Nullable String id, Map<String, Object> payload, Vector vector);

    /** Returns the name of the dense vector. By default it has none. */
    protected String vectorName() {
        return "";
    }

    @Override
    public void collection(String name, Map<String, Integer> dimensions) throws IOException {
        collection = kind(name).orElseThrow(() -> refusal(named("collection", name), "is not one of the system's"));
        if (!collections.add(collection)) {
            throw refusal(named("collection", name), "is the second one of " + collection);
        }
        Integer dimension = dimensions.get(
                dimensions.size() == 1 ? dimensions.keySet().iterator().next() : vectorName());
        if (dimension == null) {
            throw refusal(named("collection", name), "has " + dimensions.size() + " kinds of dense vectors");
        }
        neutral.collection(collection, Map.of("", dimension));
    }

    @Override
    public void point(@Nullable String id, Map<String, Object> payload, List<Vector> vectors) throws IOException {
        if (!(payload.get(KEY) instanceof String key)) {
            throw refusal("a point of " + named("collection", collection), "has no readable key");
        }
        List<Vector> dense =
                vectors.stream().filter(vector -> vector.indices() == null).toList();
        if (dense.size() < vectors.size()) {
            losses.note("sparse vectors are left out", key);
        }
        if (dense.size() != 1) {
            throw refusal(named("point", key), "has " + dense.size() + " dense vectors instead of one");
        }
        Vector vector = new Vector("", dense.get(0).values(), null);
        neutral.point(null, payload(key, id, payload, vector), List.of(vector));
    }

    @Override
    public void other(String what) {
        losses.note(NeutralForm.NO_RECORD, what);
    }

    /**
     * Returns a visitor that hands on vectors of the length 1, because a store that compares by cosine scales vectors when they
     * are written or read.
     */
    public static RecordVisitor unit(RecordVisitor neutral, Losses losses) {
        return new RecordVisitor() {
            @Override
            public void collection(String name, Map<String, Integer> dimensions) throws IOException {
                neutral.collection(name, dimensions);
            }

            @Override
            public void point(@Nullable String id, Map<String, Object> payload, List<Vector> vectors)
                    throws IOException {
                float[] values = vectors.get(0).values();
                float[] unit = UnitVector.of(values);
                if (unit != values) {
                    losses.note(
                            "vectors are scaled to the length 1, as the store does", String.valueOf(payload.get(KEY)));
                }
                neutral.point(id, payload, List.of(new Vector("", unit, null)));
            }
        };
    }
}
