package dev.ngbak.engine;

import dev.ngbak.spi.Lookup.EntitySearch;
import dev.ngbak.spi.Lookup.EntryLookup;
import dev.ngbak.spi.Lookup.NodeLookup;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.support.RecordViewer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds a few records by going through all of them: in a store that has no search of its own, and in an archive. */
final class FullScanLookup implements EntitySearch, NodeLookup, EntryLookup {

    /** Hands all records to the handler. */
    interface Records {
        void read(RecordHandler records) throws IOException;
    }

    /** The records are not shown, so nothing can be said of them. */
    static final class NotShown extends IOException {
        private static final long serialVersionUID = 1;
    }

    private static final String DENSE = "dense";

    private final Records records;
    private final boolean expired;
    private final long now;

    private FullScanLookup(Records records, boolean expired, long now) {
        this.records = records;
        this.expired = expired;
        this.now = now;
    }

    /** Over a store as it is now. */
    static FullScanLookup live(Records records) {
        return new FullScanLookup(records, true, 0);
    }

    /** Over an archive, of which entries that have expired since are left out. */
    static FullScanLookup archived(Records records, long now) {
        return new FullScanLookup(records, false, now);
    }

    /** Looks at each entity's vector. */
    private abstract static class Entities implements RecordVisitor {
        private String collection = "";

        @Override
        public void collection(String name, Map<String, Integer> dimensions) {
            collection = name;
        }

        @Override
        public void point(String id, Map<String, Object> payload, List<Vector> vectors) {
            Vector vector = dense(vectors);
            if (vector != null
                    && NanoGraphRag.isCollection(collection, "entities")
                    && payload.get("entity_name") instanceof String entity) {
                entity(new Probe(collection, entity, vector));
            }
        }

        private static Vector dense(List<Vector> vectors) {
            Vector first = null;
            for (Vector vector : vectors) {
                if (vector.indices() == null && (first == null || vector.name().equals(DENSE))) {
                    first = vector;
                }
            }
            return first;
        }

        abstract void entity(Probe probe);
    }

    @Override
    public List<Probe> sample(int most) throws IOException {
        Spread spread = new Spread(most);
        visit(spread);
        return spread.taken();
    }

    /** Takes every n-th entity, where n doubles whenever there are too many. */
    private static final class Spread extends Entities {
        private final int most;
        private final List<Probe> taken = new ArrayList<>();
        private long step = 1;
        private long passed;

        Spread(int most) {
            this.most = most;
        }

        @Override
        void entity(Probe probe) {
            if (passed++ % step != 0) {
                return;
            }
            if (taken.size() == 2 * most) {
                step *= 2;
                for (int i = taken.size() - 1; i > 0; i -= 2) {
                    taken.remove(i);
                }
                if ((passed - 1) % step != 0) {
                    return;
                }
            }
            taken.add(probe);
        }

        List<Probe> taken() {
            List<Probe> spread = new ArrayList<>();
            int amount = Math.min(most, taken.size());
            for (int i = 0; i < amount; i++) {
                spread.add(taken.get((int) ((long) i * taken.size() / amount)));
            }
            return spread;
        }
    }

    @Override
    public List<List<Hit>> search(List<Probe> probes) throws IOException {
        List<Nearest> found = probes.stream().map(Nearest::new).toList();
        visit(new Entities() {
            @Override
            void entity(Probe probe) {
                found.forEach(nearest -> nearest.look(probe));
            }
        });
        return found.stream().map(Nearest::hits).toList();
    }

    /** The entity itself, and what comes before and behind it. */
    private static final class Nearest {
        private final Probe probe;
        private Hit own;
        private Hit other;

        Nearest(Probe probe) {
            this.probe = probe;
        }

        void look(Probe candidate) {
            if (!candidate.collection().equals(probe.collection())) {
                return;
            }
            Hit hit = new Hit(
                    candidate.entity(),
                    cosine(probe.vector().values(), candidate.vector().values()));
            if (candidate.entity().equals(probe.entity())) {
                own = better(own, hit);
            } else {
                other = better(other, hit);
            }
        }

        private static Hit better(Hit one, Hit another) {
            return one == null || another.score() > one.score() ? another : one;
        }

        List<Hit> hits() {
            List<Hit> hits = new ArrayList<>();
            if (own != null) {
                hits.add(own);
            }
            if (other != null) {
                hits.add(own != null && other.score() > own.score() ? 0 : hits.size(), other);
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
        // A vector of zeros is as near to all others as to itself.
        double lengths = Math.sqrt(oneSquare * otherSquare);
        return lengths == 0 ? 0 : product / lengths;
    }

    @Override
    public void nodes(Collection<String> ids, RecordVisitor visitor) throws IOException {
        Set<String> wanted = new HashSet<>(ids);
        visit(new RecordVisitor() {
            @Override
            public void node(long number, String id, Collection<String> labels, Map<String, Object> properties)
                    throws IOException {
                if (wanted.contains(NanoGraphRag.nodeName(id, properties))) {
                    visitor.node(number, id, labels, properties);
                }
            }
        });
    }

    @Override
    public void entries(String namespace, Collection<String> keys, RecordVisitor visitor) throws IOException {
        Set<String> wanted = new HashSet<>(keys);
        visit(new RecordVisitor() {
            @Override
            public void entry(String of, String key, byte[] value, long expires) throws IOException {
                if (of.equals(namespace) && wanted.contains(key) && (expired || expires > now)) {
                    visitor.entry(of, key, value, expires);
                }
            }
        });
    }

    private void visit(RecordVisitor visitor) throws IOException {
        RecordViewer viewer = new RecordViewer(visitor);
        records.read(viewer);
        if (!viewer.isComplete()) {
            throw new NotShown();
        }
    }
}
