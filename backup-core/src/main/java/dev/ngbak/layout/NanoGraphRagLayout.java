package dev.ngbak.layout;

import dev.ngbak.layout.StoreScope.FilePattern;
import dev.ngbak.layout.StoreScope.FileScope;
import dev.ngbak.layout.StoreScope.NativeIndex;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreCounts;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The layout of nano-graphrag, and of its fork that keeps state on servers. The reference check also understands what
 * LightRAG writes.
 */
public final class NanoGraphRagLayout implements GraphLayout {

    static final String DOCUMENTS = "full_docs";
    static final String CHUNKS = "text_chunks";
    static final String REPORTS = "community_reports";
    static final String CACHE = "llm_response_cache";

    private static final RecordInterpreter RECORDS = new NanoGraphRagRecords();

    private static final RecordNames NAMES = new RecordNames(
            List.of("id", NanoGraphRagRecords.ENTITY_ID),
            Optional.of(NanoGraphRagRecords.COMMUNITY_IDS),
            Optional.of(NanoGraphRagRecords.CLUSTERS),
            NanoGraphRagRecords.CLUSTER,
            NanoGraphRagRecords.ENTITY_NAME,
            Set.of(
                    DOCUMENTS,
                    CHUNKS,
                    REPORTS,
                    CACHE,
                    "full_entities",
                    "full_relations",
                    "entity_chunks",
                    "relation_chunks",
                    "doc_status"),
            List.of("job:"));

    private static final NativeIndex HNSWLIB = new NativeIndex(
            "hnswlib", List.of(new FilePattern("", "_hnsw.index"), new FilePattern("", "_hnsw_metadata.pkl")));

    private static final SettingSpec EMBEDDING_DIMENSION = SettingSpec.plain(
            "EMBEDDING_DIMENSION",
            null,
            "If set, `ngbak check` compares the vector size of the live collections with it.");

    @Override
    public String name() {
        return "nano-graphrag";
    }

    @Override
    public String defaultBackend(Role role) {
        return switch (role) {
            case GRAPH -> "networkx";
            case VECTOR -> "nano";
            case KV -> "json";
        };
    }

    @Override
    public StoreScope scope(Role role, Settings settings) {
        Path directory = settings.path(WORKING_DIR.name(), WORKING_DIR.defaultValue());
        return switch (role) {
            case GRAPH -> scope("GraphRAG_chunk_entity_relation", directory, new FilePattern("", ".graphml"));
            case VECTOR -> scope(lastPart(directory), directory, new FilePattern("vdb_", ".json"));
            case KV -> scope("nano_graphrag:", directory, new FilePattern("kv_store_", ".json"));
        };
    }

    private static StoreScope scope(String name, Path directory, FilePattern names) {
        return StoreScope.of(name, "", new FileScope(directory, WORKING_DIR.name(), names, HNSWLIB));
    }

    /** Returns the last part of the working directory, from which the fork, too, takes the prefix of its collections. */
    private static String lastPart(Path directory) {
        Path name = directory.toAbsolutePath().normalize().getFileName();
        return name == null ? "*" : name.toString();
    }

    @Override
    public Optional<NeutralForm> neutralForm(Role role, String backend, Settings settings) {
        return NanoGraphRagForms.of(role, backend, settings);
    }

    @Override
    public StoreSchema schema(Role role, Settings settings) {
        return NanoGraphRagForms.schema(role);
    }

    @Override
    public RecordNames names() {
        return NAMES;
    }

    @Override
    public RecordInterpreter records() {
        return RECORDS;
    }

    @Override
    public List<CheckRule> rules() {
        return NanoGraphRagRules.ALL;
    }

    @Override
    public Optional<SettingSpec> embeddingDimension() {
        return Optional.of(EMBEDDING_DIMENSION);
    }

    @Override
    public List<String> warnings(Map<Role, StoreCounts> counts) {
        if (!counts.containsKey(Role.GRAPH) || !counts.containsKey(Role.KV)) {
            return List.of();
        }
        long communities = counts.get(Role.GRAPH).counts().getOrDefault("communities", 0L);
        long reports = counts.get(Role.KV).counts().getOrDefault(REPORTS, 0L);
        return communities == 0 || reports > 0
                ? List.of()
                : List.of("The graph has " + communities + " communities, but there is no report of any of them, so"
                        + " global search finds nothing. In Redis, reports expire 24 hours after they were written"
                        + " unless nano-graphrag's REDIS_TTL_COMMUNITY_REPORTS is 0. Inserting documents creates new"
                        + " reports.");
    }
}
