package dev.ngbak.check;

import dev.ngbak.layout.RecordInterpreter;
import dev.ngbak.layout.RecordInterpreter.PointKind;
import dev.ngbak.spi.Lookup.EntitySearch;
import dev.ngbak.spi.RecordVisitor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Searches entities by reading all records of a vector store. */
final class FullScanSearch implements EntitySearch {

    /** The vector that is searched if a point has several dense vectors. */
    private static final String PREFERRED_VECTOR = "dense";

    private final RecordScan scan;
    private final RecordInterpreter interpreter;

    FullScanSearch(RecordScan scan, RecordInterpreter interpreter) {
        this.scan = scan;
        this.interpreter = interpreter;
    }

    /** Receives each entity with its vector. */
    private interface EntityVisitor {
        void entity(Probe probe);
    }

    private void visit(EntityVisitor visitor) throws IOException {
        scan.visit(new RecordVisitor() {
            private String collection = "";
            private boolean isOfEntities;

            @Override
            public void collection(String name, Map<String, Integer> dimensions) {
                collection = name;
                isOfEntities = interpreter.pointKind(name).equals(Optional.of(PointKind.ENTITY));
            }

            @Override
            public void point(String id, Map<String, Object> payload, List<Vector> vectors) {
                if (isOfEntities) {
                    Optional<String> entity = interpreter.point(id, payload).entity();
                    Optional<Vector> vector = denseVector(vectors);
                    if (entity.isPresent() && vector.isPresent()) {
                        visitor.entity(new Probe(collection, entity.get(), vector.get()));
                    }
                }
            }
        });
    }

    private static Optional<RecordVisitor.Vector> denseVector(List<RecordVisitor.Vector> vectors) {
        List<RecordVisitor.Vector> dense =
                vectors.stream().filter(vector -> vector.indices() == null).toList();
        return dense.stream()
                .filter(vector -> vector.name().equals(PREFERRED_VECTOR))
                .findFirst()
                .or(() -> dense.stream().findFirst());
    }

    @Override
    public List<Probe> sample(int limit) throws IOException {
        SpreadSample sample = new SpreadSample(limit);
        visit(sample);
        return sample.probes();
    }

    /** Keeps every n-th entity. Doubles n when it has twice as many as it needs. */
    private static final class SpreadSample implements EntityVisitor {
        private final int limit;
        private final List<Probe> kept = new ArrayList<>();
        private long step = 1;
        private long seen;

        SpreadSample(int limit) {
            this.limit = limit;
        }

        @Override
        public void entity(Probe probe) {
            long index = seen++;
            if (index % step != 0) {
                return;
            }
            if (kept.size() == 2 * limit) {
                step *= 2;
                for (int i = kept.size() - 1; i > 0; i -= 2) {
                    kept.remove(i);
                }
                if (index % step != 0) {
                    return;
                }
            }
            kept.add(probe);
        }

        List<Probe> probes() {
            List<Probe> probes = new ArrayList<>();
            int count = Math.min(limit, kept.size());
            for (int i = 0; i < count; i++) {
                probes.add(kept.get((int) ((long) i * kept.size() / count)));
            }
            return probes;
        }
    }

    @Override
    public List<List<Hit>> search(List<Probe> probes) throws IOException {
        List<Nearest> found = probes.stream().map(Nearest::new).toList();
        visit(candidate -> found.forEach(nearest -> nearest.consider(candidate)));
        return found.stream().map(Nearest::hits).toList();
    }

    /** Keeps the nearest point of the entity itself, and the nearest of all other points. */
    private static final class Nearest {
        private final Probe probe;
        private Optional<Hit> own = Optional.empty();
        private Optional<Hit> other = Optional.empty();

        Nearest(Probe probe) {
            this.probe = probe;
        }

        void consider(Probe candidate) {
            if (!candidate.collection().equals(probe.collection())) {
                return;
            }
            double score = cosine(probe.vector().values(), candidate.vector().values());
            Hit hit = new Hit(candidate.entity(), score);
            if (candidate.entity().equals(probe.entity())) {
                own = nearer(own, hit);
            } else {
                other = nearer(other, hit);
            }
        }

        private static Optional<Hit> nearer(Optional<Hit> nearest, Hit hit) {
            return nearest.filter(known -> known.score() >= hit.score()).or(() -> Optional.of(hit));
        }

        List<Hit> hits() {
            List<Hit> hits = new ArrayList<>();
            own.ifPresent(hits::add);
            other.ifPresent(hits::add);
            if (hits.size() == 2 && hits.get(1).score() > hits.get(0).score()) {
                hits.add(hits.remove(0));
            }
            return hits;
        }
    }

    private static double cosine(float[] one, float[] other) {
        double product = 0;
        double oneSquare = 0;
        double otherSquare = 0;
        for (int i = 0; i < Math.min(one.length, other.length); i++) {
            product += (double) one[i] * other[i];
            oneSquare += (double) one[i] * one[i];
            otherSquare += (double) other[i] * other[i];
        }
        // A zero vector is as near to itself as to all others.
        double lengths = Math.sqrt(oneSquare * otherSquare);
        return lengths == 0 ? 0 : product / lengths;
    }
}
