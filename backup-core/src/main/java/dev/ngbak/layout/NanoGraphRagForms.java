package dev.ngbak.layout;

import dev.ngbak.layout.NeutralForm.Losses;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What nano-graphrag writes to files, and its fork to servers. The names of entities and the keys of records stay as they are,
 * although the two derive them differently.
 */
final class NanoGraphRagForms {

    /** The fork writes entries of these namespaces with an expiry. */
    private static final Set<String> EXPIRING = Set.of(NanoGraphRagLayout.REPORTS, NanoGraphRagLayout.CACHE);

    private static final String HYBRID_SEARCH = "ENABLE_HYBRID_SEARCH";

    private NanoGraphRagForms() {}

    static Optional<NeutralForm> of(Role role, String backend, Settings settings) {
        return switch (backend) {
            case "networkx" -> form(role, Role.GRAPH, new NanoGraphRagGraphs.Files());
            case "neo4j" -> form(role, Role.GRAPH, new NanoGraphRagGraphs.Neo4j());
            case "nano" -> form(role, Role.VECTOR, new FileVectors());
            case "qdrant" -> form(role, Role.VECTOR, new QdrantVectors(settings));
            case "json" -> form(role, Role.KV, new FileEntries());
            case "redis" -> form(role, Role.KV, new RedisEntries());
            default -> Optional.empty();
        };
    }

    private static Optional<NeutralForm> form(Role role, Role expected, NeutralForm form) {
        return role == expected ? Optional.of(form) : Optional.empty();
    }

    static StoreSchema schema(Role role) {
        return role == Role.VECTOR
                ? new StoreSchema(List.of(), false, Map.of("params", Map.of("vectors", Map.of("distance", "Cosine"))))
                : StoreSchema.NONE;
    }

    /** The neutral names of collections are those of the package's files. */
    private abstract static class Vectors implements NeutralForm {

        @Override
        public RecordVisitor decoder(RecordVisitor neutral, Losses losses) {
            return new NeutralPoints(neutral, losses) {
                @Override
                protected Optional<String> kind(String name) {
                    return NanoGraphRagRecords.collectionKind(name);
                }

                @Override
                protected Map<String, Object> payload(
                        String key, @Nullable String id, Map<String, Object> payload, Vector vector) {
                    if (id != null && !id.equals(NanoGraphRagRecords.pointId(key))) {
                        losses.note("the id of a point becomes the one that the system derives from its key", key);
                    }
                    return payload;
                }

                @Override
                protected String vectorName() {
                    return "dense";
                }
            };
        }

        @Override
        public RecordVisitor limiter(RecordVisitor neutral, Losses losses) {
            return NeutralPoints.unit(neutral, losses);
        }
    }

    private static final class FileVectors extends Vectors {

        @Override
        public RecordVisitor encoder(RecordVisitor backend) {
            return backend;
        }
    }

    private static final class QdrantVectors extends Vectors {

        private final Settings settings;

        QdrantVectors(Settings settings) {
            this.settings = settings;
        }

        @Override
        public RecordVisitor encoder(RecordVisitor backend) {
            return new RecordVisitor() {
                @Override
                public void collection(String name, Map<String, Integer> dimensions) throws IOException {
                    requireDense();
                    backend.collection(name, dimensions);
                }

                @Override
                public void point(@Nullable String id, Map<String, Object> payload, List<Vector> vectors)
                        throws IOException {
                    Map<String, Object> ordered = new LinkedHashMap<>();
                    ordered.put(NeutralPoints.KEY, payload.get(NeutralPoints.KEY));
                    ordered.putAll(payload);
                    String key = (String) payload.get(NeutralPoints.KEY);
                    backend.point(NanoGraphRagRecords.pointId(key), ordered, vectors);
                }
            };
        }

        private void requireDense() {
            if ("true".equalsIgnoreCase(settings.text(HYBRID_SEARCH))) {
                throw new BackupException(
                        Kind.INCOMPATIBLE,
                        HYBRID_SEARCH
                                + " is true, but files contain no sparse vectors, so the hybrid search would fail",
                        "Set " + HYBRID_SEARCH + "=false for nano-graphrag too, or index the documents again");
            }
        }
    }

    private abstract static class Entries implements NeutralForm {

        @Override
        public RecordVisitor decoder(RecordVisitor neutral, Losses losses) {
            return new RecordVisitor() {
                @Override
                public void entry(String namespace, String key, byte @Nullable [] value, long expires)
                        throws IOException {
                    neutral.entry(namespace, key, NeutralValue.of(namespace, key, value), expires);
                }
            };
        }

        @Override
        public RecordVisitor encoder(RecordVisitor backend) {
            return backend;
        }
    }

    private static final class FileEntries extends Entries {

        @Override
        public RecordVisitor limiter(RecordVisitor neutral, Losses losses) {
            return NeutralValue.withoutExpiry(neutral, losses);
        }
    }

    private static final class RedisEntries extends Entries {

        @Override
        public RecordVisitor limiter(RecordVisitor neutral, Losses losses) {
            return new RecordVisitor() {
                @Override
                public void entry(String namespace, String key, byte @Nullable [] value, long expires)
                        throws IOException {
                    if (expires == NEVER && EXPIRING.contains(namespace)) {
                        losses.note(
                                "entries do not expire, although nano-graphrag lets its own ones expire (REDIS_TTL_…)",
                                namespace + ":" + key);
                    }
                    neutral.entry(namespace, key, value, expires);
                }
            };
        }
    }
}
