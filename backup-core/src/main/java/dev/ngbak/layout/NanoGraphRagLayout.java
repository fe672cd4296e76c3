package dev.ngbak.layout;

import dev.ngbak.layout.StoreScope.FilePattern;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The layout of nano-graphrag, and of the fork of it that keeps its state on servers. */
public final class NanoGraphRagLayout implements GraphLayout {

    static final String DOCUMENTS = "full_docs";
    static final String CHUNKS = "text_chunks";
    static final String REPORTS = "community_reports";
    static final String CACHE = "llm_response_cache";

    private static final RecordNames NAMES = new RecordNames(
            List.of("id", "entity_id"),
            "communityIds",
            "clusters",
            "cluster",
            "entity_name",
            "entities",
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

    @Override
    public String name() {
        return "nano-graphrag";
    }

    @Override
    public StoreScope scope(Role role, Settings settings) {
        return switch (role) {
            case GRAPH -> scope("GraphRAG_chunk_entity_relation", new FilePattern("", ".graphml"));
            case VECTOR -> scope(lastPartOfWorkingDirectory(settings), new FilePattern("vdb_", ".json"));
            case KV -> scope("nano_graphrag:", new FilePattern("kv_store_", ".json"));
        };
    }

    private static StoreScope scope(String name, FilePattern files) {
        return new StoreScope(name, Map.of(), files);
    }

    /** The fork derives the prefix of its collections so. */
    private static String lastPartOfWorkingDirectory(Settings settings) {
        Path name = settings.path(WORKING_DIR.name(), WORKING_DIR.defaultValue())
                .toAbsolutePath()
                .normalize()
                .getFileName();
        return name == null ? "*" : name.toString();
    }

    @Override
    public RecordNames names() {
        return NAMES;
    }
}
