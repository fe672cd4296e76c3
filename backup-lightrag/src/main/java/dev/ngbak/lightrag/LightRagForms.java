package dev.ngbak.lightrag;

import dev.ngbak.layout.NeutralForm;
import dev.ngbak.layout.StoreSchema;
import dev.ngbak.layout.StoreSchema.Index;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What LightRAG's storage classes write to each backend, and what they create there. */
final class LightRagForms {

    static final SettingSpec EMBEDDING_MODEL = SettingSpec.plain(
            "EMBEDDING_MODEL",
            null,
            "LightRAG's embedding model, from which it names its collections in Qdrant. Needed only to convert an archive of"
                    + " files for Qdrant. `none` if LightRAG's embedding function has no model name.");

    private static final String FULL_TEXT_INDEX = "entity_id_fulltext_idx_";

    private LightRagForms() {}

    static Optional<NeutralForm> of(Role role, String backend, Settings settings) {
        return switch (backend) {
            case "networkx" -> form(role, Role.GRAPH, new GraphForms.Files());
            case "neo4j" -> form(role, Role.GRAPH, new GraphForms.Neo4j());
            case "nano" -> form(role, Role.VECTOR, new VectorForms.Files());
            case "qdrant" ->
                form(
                        role,
                        Role.VECTOR,
                        new VectorForms.Qdrant(Workspaces.QDRANT.of(settings), EMBEDDING_MODEL.text(settings)));
            case "json" -> form(role, Role.KV, new EntryForms.Files());
            case "redis" -> form(role, Role.KV, new EntryForms.Redis());
            default -> Optional.empty();
        };
    }

    private static Optional<NeutralForm> form(Role role, Role expected, NeutralForm form) {
        return role == expected ? Optional.of(form) : Optional.empty();
    }

    static StoreSchema schema(Role role, String label) {
        return switch (role) {
            case GRAPH ->
                new StoreSchema(
                        List.of(
                                new Index("RANGE", "", LightRagRecords.ENTITY_ID, Map.of()),
                                new Index(
                                        "FULLTEXT",
                                        FULL_TEXT_INDEX + indexSuffix(label),
                                        LightRagRecords.ENTITY_ID,
                                        Map.of("fulltext.analyzer", "cjk", "fulltext.eventually_consistent", true))),
                        true,
                        Map.of());
            case VECTOR ->
                new StoreSchema(
                        List.of(new Index("keyword", "", LightRagLayout.TENANT, Map.of("is_tenant", true))),
                        false,
                        Map.of(
                                "params",
                                Map.of("vectors", Map.of("distance", "Cosine")),
                                "hnsw_config",
                                Map.of("m", 0, "payload_m", 16)));
            case KV -> StoreSchema.NONE;
        };
    }

    /** Returns the end of the name of the full-text index, as LightRAG derives it from the label. */
    private static String indexSuffix(String label) {
        String suffix = label.replaceAll("[^A-Za-z0-9_]+", "_").replaceAll("^_+|_+$", "");
        if (suffix.isEmpty()) {
            return "base";
        }
        return Character.isDigit(suffix.charAt(0)) ? "ws_" + suffix : suffix;
    }
}
