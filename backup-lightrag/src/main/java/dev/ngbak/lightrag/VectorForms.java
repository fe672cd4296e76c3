package dev.ngbak.lightrag;

import static dev.ngbak.layout.NeutralForm.named;
import static dev.ngbak.layout.NeutralForm.refusal;

import dev.ngbak.layout.NeutralForm;
import dev.ngbak.layout.NeutralPoints;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.RecordVisitor;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * LightRAG's vectors. In the neutral form, a collection is called {@code entities}, {@code relationships} or {@code chunks},
 * and the time of a row is {@code created_at}.
 */
final class VectorForms {

    private static final String KEY = NeutralPoints.KEY;
    private static final String TIME = "created_at";
    private static final String ROW_TIME = "__created_at__";
    private static final String ROW_ORDER = "__write_seq__";
    private static final String ROW_VECTOR = "vector";

    /** Members that only a file has, or only Qdrant. A record of the other one must not have them. */
    private static final Set<String> OF_FILES = Set.of("__id__", ROW_TIME, ROW_ORDER, ROW_VECTOR);

    private static final Set<String> OF_QDRANT = Set.of(LightRagLayout.TENANT, TIME);

    private VectorForms() {}

    private static Map<String, Object> without(String key, Map<String, Object> payload, Set<String> refused) {
        for (String member : refused) {
            if (payload.containsKey(member)) {
                throw refusal(named("point", key), "has the unexpected member " + member);
            }
        }
        Map<String, Object> rest = new LinkedHashMap<>();
        rest.put(KEY, key);
        rest.putAll(payload);
        return rest;
    }

    private static void rename(Map<String, Object> payload, String from, String to, Map<String, Object> renamed) {
        if (payload.containsKey(from)) {
            renamed.put(to, payload.get(from));
        }
    }

    /** A file of NanoVectorDB. */
    static final class Files implements NeutralForm {

        @Override
        public RecordVisitor decoder(RecordVisitor neutral, Losses losses) {
            return new NeutralPoints(neutral, losses) {
                @Override
                protected Optional<String> kind(String name) {
                    return LightRagRecords.COLLECTIONS.contains(name) ? Optional.of(name) : Optional.empty();
                }

                @Override
                protected Map<String, Object> payload(
                        String key, @Nullable String id, Map<String, Object> row, Vector vector) {
                    Map<String, Object> all = without(key, row, OF_QDRANT);
                    Map<String, Object> payload = new LinkedHashMap<>();
                    payload.put(KEY, key);
                    rename(all, ROW_TIME, TIME, payload);
                    if (all.containsKey(ROW_ORDER)) {
                        losses.note("__write_seq__, the order of writes within one second, is left out", key);
                    }
                    if (all.containsKey(ROW_VECTOR) && !HalfVector.matches(all.get(ROW_VECTOR), vector.values())) {
                        losses.note("the length of an embedding is left out; LightRAG uses only its direction", key);
                    }
                    all.keySet().removeAll(OF_FILES);
                    payload.putAll(all);
                    return payload;
                }
            };
        }

        @Override
        public RecordVisitor limiter(RecordVisitor neutral, Losses losses) {
            return NeutralPoints.unit(neutral, losses);
        }

        @Override
        public RecordVisitor encoder(RecordVisitor backend) {
            return new RecordVisitor() {
                @Override
                public void collection(String name, Map<String, Integer> dimensions) throws IOException {
                    backend.collection(name, dimensions);
                }

                @Override
                public void point(String id, Map<String, Object> payload, List<Vector> vectors) throws IOException {
                    Map<String, Object> row = new LinkedHashMap<>();
                    row.put(KEY, payload.get(KEY));
                    rename(payload, TIME, ROW_TIME, row);
                    row.putAll(payload);
                    row.remove(TIME);
                    row.put(ROW_VECTOR, HalfVector.encode(vectors.get(0).values()));
                    backend.point(null, row, vectors);
                }
            };
        }
    }

    /** Points of one workspace in shared collections. */
    static final class Qdrant implements NeutralForm {

        private final String workspace;
        private final Optional<String> model;

        Qdrant(Optional<String> workspace, Optional<String> model) {
            this.workspace = workspace.orElse(Workspaces.QDRANT.unnamed());
            this.model = model;
        }

        @Override
        public RecordVisitor decoder(RecordVisitor neutral, Losses losses) {
            return new NeutralPoints(neutral, losses) {
                @Override
                protected Optional<String> kind(String name) {
                    return LightRagRecords.collectionKind(name);
                }

                @Override
                protected Map<String, Object> payload(
                        String key, @Nullable String id, Map<String, Object> payload, Vector vector) {
                    Map<String, Object> rest = without(key, payload, OF_FILES);
                    Object owner = rest.remove(LightRagLayout.TENANT);
                    if (!(owner instanceof String name)
                            || !Keys.pointId(name, key).equals(id)) {
                        losses.note("the id of a point becomes the one that LightRAG derives from its key", key);
                    }
                    return rest;
                }
            };
        }

        @Override
        public RecordVisitor limiter(RecordVisitor neutral, Losses losses) {
            return NeutralPoints.unit(neutral, losses);
        }

        @Override
        public RecordVisitor encoder(RecordVisitor backend) {
            return new RecordVisitor() {
                @Override
                public void collection(String name, Map<String, Integer> dimensions) throws IOException {
                    backend.collection(name + suffix(dimensions.get("")), dimensions);
                }

                @Override
                public void point(String id, Map<String, Object> payload, List<Vector> vectors) throws IOException {
                    String key = (String) payload.get(KEY);
                    Map<String, Object> all = new LinkedHashMap<>();
                    all.put(KEY, key);
                    all.put(LightRagLayout.TENANT, workspace);
                    all.putAll(payload);
                    backend.point(Keys.pointId(workspace, key), all, vectors);
                }
            };
        }

        /** Returns the part of a collection's name that LightRAG makes of the model and the size of its vectors. */
        private String suffix(int dimension) {
            String name = model.orElseThrow(() -> new BackupException(
                    Kind.INVALID,
                    "Files do not contain the name of the embedding model, from which LightRAG names its collections in"
                            + " Qdrant, and " + LightRagForms.EMBEDDING_MODEL.name() + " is not set",
                    "Set " + LightRagForms.EMBEDDING_MODEL.name()
                            + " to LightRAG's embedding model, or to \"none\" if its"
                            + " embedding function has no model name"));
            return name.equals("none")
                    ? ""
                    : "_" + name.toLowerCase(Locale.ROOT).replaceAll("[^a-zA-Z0-9_]", "_") + "_" + dimension + "d";
        }
    }
}
