package dev.ngbak.lightrag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreCounts;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** LightRAG's own environment file selects the stores and the workspace. */
class LightRagLayoutTest {

    private static GraphLayout layout() {
        return GraphLayout.of(Settings.of(Map.of("GRAPHRAG_SYSTEM", "lightrag")));
    }

    private static Settings settings(String... namesAndValues) {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            values.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return Settings.of(values);
    }

    private static Settings effective(String... namesAndValues) {
        return layout().effective(settings(namesAndValues));
    }

    @Test
    void storagesAndAddressesOfLightRagSelectTheBackends() {
        Settings effective = effective(
                "LIGHTRAG_GRAPH_STORAGE", "Neo4JStorage",
                "LIGHTRAG_VECTOR_STORAGE", "QdrantVectorDBStorage",
                "LIGHTRAG_KV_STORAGE", "RedisKVStorage",
                "LIGHTRAG_DOC_STATUS_STORAGE", "RedisDocStatusStorage",
                "NEO4J_URI", "bolt://graph:7687",
                "REDIS_URI", "redis://keys:6379/2");

        assertThat(effective.text("GRAPH_BACKEND")).isEqualTo("neo4j");
        assertThat(effective.text("VECTOR_BACKEND")).isEqualTo("qdrant");
        assertThat(effective.text("KV_BACKEND")).isEqualTo("redis");
        assertThat(effective.text("NEO4J_URL")).isEqualTo("bolt://graph:7687");
        assertThat(effective.text("REDIS_URL")).isEqualTo("redis://keys:6379/2");
        assertThat(effective.text("WORKING_DIR")).isEqualTo("./rag_storage");
    }

    @Test
    void variablesOfNgbakWin() {
        Settings effective = effective(
                "GRAPH_BACKEND", "networkx",
                "LIGHTRAG_GRAPH_STORAGE", "MemgraphStorage",
                "NEO4J_URL", "bolt://mine",
                "NEO4J_URI", "bolt://other",
                "WORKING_DIR", "/data");

        assertThat(effective.text("GRAPH_BACKEND")).isEqualTo("networkx");
        assertThat(effective.text("NEO4J_URL")).isEqualTo("bolt://mine");
        assertThat(effective.text("WORKING_DIR")).isEqualTo("/data");
    }

    @ParameterizedTest
    @ValueSource(strings = {"MilvusVectorDBStorage", "FaissVectorDBStorage"})
    void storageThatNgbakCannotBackUpIsRefusedByName(String storage) {
        assertThatThrownBy(() -> effective("LIGHTRAG_VECTOR_STORAGE", storage))
                .isInstanceOf(BackupException.class)
                .hasMessageContainingAll("LIGHTRAG_VECTOR_STORAGE", storage, "QdrantVectorDBStorage");
    }

    @Test
    void statusInAnotherKindOfStoreThanTheDocumentsIsRefused() {
        assertThatThrownBy(() -> effective("LIGHTRAG_KV_STORAGE", "RedisKVStorage"))
                .isInstanceOf(BackupException.class)
                .hasMessageContainingAll("LIGHTRAG_DOC_STATUS_STORAGE", "(redis and json)");
        assertThatThrownBy(() -> effective("LIGHTRAG_DOC_STATUS_STORAGE", "RedisDocStatusStorage"))
                .isInstanceOf(BackupException.class)
                .hasMessageContaining("(json and redis)");
    }

    @Test
    void unnamedWorkspaceIsCalledDifferentlyInEachStore() {
        Settings unnamed = settings("WORKING_DIR", "/data");

        assertThat(layout().workspace(unnamed)).isEmpty();
        assertThat(layout().scope(Role.GRAPH, unnamed).name()).isEqualTo("base");
        assertThat(layout().scope(Role.VECTOR, unnamed).payload()).isEqualTo(Map.of("workspace_id", "_"));
        assertThat(layout().scope(Role.KV, unnamed).name()).isEmpty();
        assertThat(layout().scope(Role.KV, unnamed).files().directory()).isEqualTo(Path.of("/data"));
    }

    @Test
    void variableOfAStoreOverridesTheWorkspaceOfThatStoreOnly() {
        Settings mixed = settings("WORKSPACE", "a", "QDRANT_WORKSPACE", "b");

        assertThat(layout().workspace(mixed)).contains("a");
        assertThat(layout().scope(Role.GRAPH, mixed).name()).isEqualTo("a");
        assertThat(layout().scope(Role.VECTOR, mixed).payload()).isEqualTo(Map.of("workspace_id", "b"));
        assertThat(layout().scope(Role.KV, mixed).name()).isEqualTo("a_");
        assertThat(layout().scope(Role.VECTOR, mixed).files().directory()).isEqualTo(Path.of("./rag_storage/a"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../other", "a\\b", ".", "..", "*"})
    void workspaceThatIsNotOneNameIsRefused(String workspace) {
        assertThatThrownBy(() -> layout().scope(Role.KV, settings("WORKSPACE", workspace)))
                .isInstanceOf(BackupException.class)
                .hasMessageContaining("WORKSPACE is \"" + workspace + "\"");
    }

    @Test
    void serversNeedNoRestart() {
        assertThat(layout().beforeRestore(Map.of(Role.GRAPH, "neo4j", Role.VECTOR, "qdrant", Role.KV, "redis")))
                .isEmpty();
        assertThat(layout().beforeRestore(Map.of(Role.GRAPH, "networkx", Role.VECTOR, "qdrant")))
                .hasSize(1);
    }

    @Test
    void missingVectorsAreWarnedAbout() {
        Map<Role, StoreCounts> counts = new HashMap<>(Map.of(
                Role.GRAPH, new StoreCounts(Map.of("entities", 54L)),
                Role.VECTOR, new StoreCounts(Map.of("lightrag_vdb_entities_stub_96d", 53L)),
                Role.KV, new StoreCounts(Map.of("entity_chunks", 54L))));

        assertThat(layout().warnings(counts)).singleElement().asString().contains("54 entities", "vector store has 53");
        counts.put(Role.VECTOR, new StoreCounts(Map.of("lightrag_vdb_entities_stub_96d", 54L)));
        assertThat(layout().warnings(counts)).isEmpty();
    }

    /** The expected ids are those of LightRAG's own function. */
    @Test
    void pointIdsAreThoseOfLightRag() {
        assertThat(Keys.md5("ent-", "Sølvhavn")).isEqualTo("ent-6767b53a948b0decd7b93752ed3eb6b5");
        assertThat(Keys.pointId("harbour", "ent-6767b53a948b0decd7b93752ed3eb6b5"))
                .isEqualTo("998535ac-cb3d-42e0-8d74-dda407a16e2b");
        assertThat(Keys.pointId("_", "ent-6767b53a948b0decd7b93752ed3eb6b5"))
                .isEqualTo("1535f68c-1447-4687-b6fb-30939fe59441");
    }

    @ParameterizedTest
    @CsvSource({
        "entity_id_fulltext_idx_ws, entity_id_fulltext_idx_copy, ws, copy",
        "entity_id_fulltext_idx_base, entity_id_fulltext_idx_ws_7_copy, base, 7-copy",
        "entity_id_fulltext_idx_ws_7_copy, entity_id_fulltext_idx_a, 7-copy, __a__",
        "entity_id_fulltext_idx_ws, entity_id_fulltext_idx_base, ws, é",
        "entity_id_fulltext_idx_ws_2, entity_id_fulltext_idx_ws_2, ws, copy",
        "entity_id_fulltext_idx, entity_id_fulltext_idx, ws, copy",
        "index_343aff4e, index_343aff4e, ws, copy",
    })
    void nameOfAnIndexFollowsTheLabelAsInLightRag(String name, String expected, String from, String to) {
        assertThat(layout().rewriter().indexName(name, from, to)).isEqualTo(expected);
    }

    /** The id was computed with the function of LightRAG 1.5.7. */
    @Test
    void idOfAPointFollowsFromWorkspaceAndKey() {
        assertThat(layout().rewriter().pointId(Map.of("workspace_id", "ws", "id", "ent-1")))
                .contains("9809eddc-d72c-4992-b116-8a14f28cfc9e");
        assertThat(layout().rewriter().pointId(Map.of("id", "ent-1"))).isEmpty();
        assertThat(layout().rewriter().pointId(Map.of("workspace_id", "ws", "id", 1)))
                .isEmpty();
    }
}
