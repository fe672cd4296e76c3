package dev.ngbak.lightrag;

import dev.ngbak.layout.CheckRule;
import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.NeutralForm;
import dev.ngbak.layout.RecordInterpreter;
import dev.ngbak.layout.RecordNames;
import dev.ngbak.layout.RecordRewriter;
import dev.ngbak.layout.StoreSchema;
import dev.ngbak.layout.StoreScope;
import dev.ngbak.layout.StoreScope.FilePattern;
import dev.ngbak.layout.StoreScope.FileScope;
import dev.ngbak.layout.StoreScope.NativeIndex;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreCounts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The layout of LightRAG 1.5. The scope is one workspace: a folder, a label, the points with one value of a payload field, or
 * the keys of ten namespaces.
 */
public final class LightRagLayout implements GraphLayout {

    static final String DOCUMENTS = "full_docs";
    static final String CHUNKS = "text_chunks";
    static final String CACHE = "llm_response_cache";
    static final String ENTITY_CHUNKS = "entity_chunks";
    static final String RELATION_CHUNKS = "relation_chunks";
    static final String STATUS = "doc_status";

    /** The payload field of a point that contains its workspace. Its index has {@code is_tenant}. */
    static final String TENANT = "workspace_id";

    /** LightRAG creates the first one where the edition of Neo4j can, and otherwise uses the default database. */
    private static final List<String> DATABASES = List.of("chunk-entity-relation", "");

    static final String UNNAMED_TENANT = "_";
    private static final String COLLECTIONS = "lightrag_vdb";

    static final Set<String> NAMESPACES =
            Set.of(DOCUMENTS, CHUNKS, CACHE, "full_entities", "full_relations", ENTITY_CHUNKS, RELATION_CHUNKS, STATUS);

    /**
     * What Redis also contains: an index of the statuses that LightRAG keeps up to date and only builds if it is missing,
     * and what an interrupted build of it left. Both are restored as they were, because a part of the index would be worse
     * than none.
     */
    static final Set<String> STATUS_INDEX = Set.of(STATUS + "__sched", STATUS + "__sched_rebuild");

    private static final Set<String> FILE_BACKENDS = Set.of("networkx", "nano", "json");

    private static final NativeIndex FAISS = new NativeIndex(
            "Faiss",
            List.of(new FilePattern("faiss_index_", ".index"), new FilePattern("faiss_index_", ".index.meta.json")));

    private static final RecordInterpreter RECORDS = new LightRagRecords();

    private static final RecordRewriter REWRITER = new LightRagRewriter();

    private static final RecordNames NAMES = new RecordNames(
            List.of(LightRagRecords.ENTITY_ID),
            Optional.empty(),
            Optional.empty(),
            "",
            LightRagRecords.ENTITY_NAME,
            NAMESPACES,
            List.of());

    private static final SettingSpec EMBEDDING_DIMENSION = SettingSpec.plain(
            "EMBEDDING_DIM",
            null,
            "LightRAG's vector size. If set, `ngbak check` compares the live collections with it.");

    @Override
    public String name() {
        return "lightrag";
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
    public List<SettingSpec> settings() {
        return LightRagSettings.all();
    }

    @Override
    public Settings effective(Settings settings) {
        return LightRagSettings.effective(settings);
    }

    @Override
    public Optional<String> workspace(Settings settings) {
        return Workspaces.common(settings);
    }

    @Override
    public Settings withWorkspace(Settings settings, String workspace) {
        return Workspaces.select(settings, workspace, this::scope);
    }

    @Override
    public StoreScope scope(Role role, Settings settings) {
        return switch (role) {
            case GRAPH ->
                scope(
                                Workspaces.NEO4J.of(settings).orElse(Workspaces.NEO4J.unnamed()),
                                Workspaces.NEO4J,
                                settings,
                                new FilePattern("graph_", ".graphml"))
                        .withDatabases(DATABASES);
            case VECTOR ->
                scope(COLLECTIONS, Workspaces.QDRANT, settings, new FilePattern("vdb_", ".json"))
                        .withPayload(
                                Map.of(TENANT, Workspaces.QDRANT.of(settings).orElse(Workspaces.QDRANT.unnamed())));
            case KV ->
                scope(
                                Workspaces.REDIS
                                        .of(settings)
                                        .map(workspace -> workspace + "_")
                                        .orElse(Workspaces.REDIS.unnamed()),
                                Workspaces.REDIS,
                                settings,
                                new FilePattern("kv_store_", ".json"))
                        .withNamespaces(Stream.concat(NAMESPACES.stream(), STATUS_INDEX.stream())
                                .collect(Collectors.toUnmodifiableSet()));
        };
    }

    private static StoreScope scope(String name, Workspaces storage, Settings settings, FilePattern files) {
        Path directory = settings.path(WORKING_DIR.name(), LightRagSettings.WORKING_DIR);
        Optional<String> workspace = Workspaces.common(settings);
        FileScope folder = new FileScope(
                workspace.map(directory::resolve).orElse(directory),
                WORKING_DIR.name() + (workspace.isPresent() ? "/" + Workspaces.WORKSPACE.name() : ""),
                files,
                FAISS);
        return StoreScope.of(name, storage.variables(), folder);
    }

    @Override
    public Optional<NeutralForm> neutralForm(Role role, String backend, Settings settings) {
        return LightRagForms.of(role, backend, settings);
    }

    @Override
    public StoreSchema schema(Role role, Settings settings) {
        return LightRagForms.schema(role, scope(role, settings).name());
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
    public RecordRewriter rewriter() {
        return REWRITER;
    }

    @Override
    public List<CheckRule> rules() {
        return LightRagRules.ALL;
    }

    @Override
    public Optional<SettingSpec> embeddingDimension() {
        return Optional.of(EMBEDDING_DIMENSION);
    }

    @Override
    public List<String> beforeRestore(Map<Role, String> backends) {
        return Collections.disjoint(backends.values(), FILE_BACKENDS)
                ? List.of()
                : List.of(
                        "Stop LightRAG before this restore, and start it afterwards: it keeps its files in memory, does not"
                                + " notice that they were replaced, and would write its old state over them.");
    }

    /** Compares the numbers of entities, of which every store has one: LightRAG writes them one after the other. */
    @Override
    public List<String> warnings(Map<Role, StoreCounts> counts) {
        if (counts.size() < Role.values().length) {
            return List.of();
        }
        long nodes = counts.get(Role.GRAPH).counts().getOrDefault("entities", 0L);
        long lists = counts.get(Role.KV).counts().getOrDefault(ENTITY_CHUNKS, 0L);
        long vectors = counts.get(Role.VECTOR).counts().entrySet().stream()
                .filter(collection -> RECORDS.pointKind(collection.getKey())
                        .filter(RecordInterpreter.PointKind.ENTITY::equals)
                        .isPresent())
                .mapToLong(Map.Entry::getValue)
                .max()
                .orElse(0);
        List<String> warnings = new ArrayList<>();
        // Earlier releases had no lists.
        if (nodes != vectors || lists > 0 && nodes != lists) {
            warnings.add("The graph has " + nodes + " entities, but the vector store has " + vectors + " and "
                    + ENTITY_CHUNKS + " has " + lists + ". If nothing was being inserted, data is missing; ngbak check"
                    + " names it.");
        }
        return warnings;
    }
}
