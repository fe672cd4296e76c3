package dev.ngbak.lightrag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.check.CheckReport;
import dev.ngbak.check.CheckReport.Outcome;
import dev.ngbak.check.ReferenceCheck;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestorePlan;
import dev.ngbak.engine.RestoreRequest;
import dev.ngbak.engine.RestoreResult;
import dev.ngbak.engine.RestoreTarget;
import dev.ngbak.files.JsonRestorer;
import dev.ngbak.files.NanoRestorer;
import dev.ngbak.files.NetworkxRestorer;
import dev.ngbak.neo4j.Neo4jExporter;
import dev.ngbak.neo4j.Neo4jRestorer;
import dev.ngbak.qdrant.QdrantExporter;
import dev.ngbak.qdrant.QdrantRestorer;
import dev.ngbak.redis.RedisRestorer;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.neo4j.driver.Record;
import redis.clients.jedis.Jedis;

/** Moves a workspace that LightRAG wrote from files to servers and back. */
class ConversionTest {

    static final RestoreTarget CONVERTED = new RestoreTarget(null, false, true, Map.of());

    private static ServerStores stores;

    @TempDir
    Path folder;

    private Settings files;
    private Settings servers;

    @BeforeAll
    static void start() throws IOException {
        stores = new ServerStores();
    }

    @AfterAll
    static void stop() throws IOException {
        stores.close();
    }

    @BeforeEach
    void copySample() throws IOException {
        stores.wipe();
        Folders.copy(Folders.SAMPLE, folder.resolve("rag_storage"));
        files = ServerStores.files(folder.resolve("rag_storage"), folder.resolve("backups"), "harbour");
        servers = stores.servers(files);
    }

    private static ArchiveInfo backup(Settings settings) {
        try (BackupManager manager = new BackupManager(settings)) {
            return manager.create(null, null, new Job());
        }
    }

    private static RestoreResult convert(ArchiveInfo archive, Settings target) {
        try (BackupManager manager = new BackupManager(target)) {
            return manager.restore(
                    RestoreRequest.builder(archive.id()).target(CONVERTED).build());
        }
    }

    private static void assertThatReferencesHold(Settings settings) {
        try (BackupManager manager = new BackupManager(settings)) {
            CheckReport report = ReferenceCheck.live(manager, new Job());
            assertThat(report.results())
                    .allSatisfy(result ->
                            assertThat(result.outcome()).as(result.toString()).isEqualTo(Outcome.HOLDS));
        }
    }

    @Test
    void workspaceMovesFromFilesToServersAndBack() throws Exception {
        Path workspace = folder.resolve("rag_storage/harbour");
        Map<String, Object> before = WorkspaceContent.of(workspace);

        RestoreResult moved = convert(backup(files), servers);

        assertThat(moved.sample()).isNotEmpty();
        assertThatReferencesHold(servers);
        Folders.delete(workspace);
        Files.createDirectories(workspace);
        convert(backup(servers), files);
        assertThat(WorkspaceContent.of(workspace)).isEqualTo(before).hasSize(12);
        assertThatReferencesHold(files);
    }

    @Test
    void serversGetWhatLightRagWouldHaveWritten() throws Exception {
        convert(backup(files), servers);

        Record node = stores.cypher("MATCH (n {entity_id: 'Ingrid Åsmund'}) RETURN labels(n) AS labels, n")
                .get(0);
        assertThat(node.get("labels").asList()).isEqualTo(List.of("harbour"));
        assertThat(node.get("n").asMap().keySet())
                .containsExactlyInAnyOrder(
                        "entity_id", "entity_type", "description", "source_id", "file_path", "created_at", "truncate");
        assertThat(node.get("n").get("created_at").asObject()).isInstanceOf(Long.class);
        assertThat(stores.cypher("MATCH (a)-[r:DIRECTED]->(b) WHERE a.entity_id > b.entity_id RETURN r"))
                .isEmpty();
        assertThat(stores.cypher("MATCH ()-[r]->() RETURN r.weight")
                        .get(0)
                        .get(0)
                        .asObject())
                .isInstanceOf(Double.class);
        assertThat(stores.cypher(
                        "SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN type, name ORDER BY type"))
                .extracting(index -> index.get(0).asString())
                .containsExactly("FULLTEXT", "RANGE");
        JsonNode collection = stores.qdrant()
                .call("GET", "/collections/lightrag_vdb_entities_stub_hash_96d", null)
                .path("result");
        assertThat(collection.at("/config/params/vectors/distance").asText()).isEqualTo("Cosine");
        assertThat(collection.at("/config/hnsw_config/m").asInt(-1)).isZero();
        assertThat(collection.at("/config/hnsw_config/payload_m").asInt()).isEqualTo(16);
        assertThat(collection
                        .at("/payload_schema/workspace_id/params/is_tenant")
                        .asBoolean())
                .isTrue();
        try (Jedis jedis = stores.redis()) {
            assertThat(jedis.keys("*doc_status__sched*")).isEmpty();
            assertThat(jedis.get("harbour_entity_chunks:Sølvhavn"))
                    .startsWith("{\"chunk_ids\": [\"doc-66c9")
                    .endsWith("\"update_time\": 1796036829, \"_id\": \"S\\u00f8lvhavn\"}");
        }
    }

    @Test
    void planListsWhatTheServersCannotHoldAndChangesNothing() throws Exception {
        ArchiveInfo archive = backup(files);
        try (BackupManager manager = new BackupManager(servers)) {
            RestorePlan plan = manager.plan(
                    RestoreRequest.builder(archive.id()).target(CONVERTED).build());

            assertThat(plan.problems()).isEmpty();
            assertThat(plan.warnings())
                    .containsExactly(
                            "vector: __write_seq__, the order of writes within one second, is left out (199 times,"
                                    + " for example: doc-66c9f8f4b451279d641e6960bd729537-chunk-000).");
        }
        assertThat(stores.cypher("MATCH (n) RETURN n")).isEmpty();
        try (Jedis jedis = stores.redis()) {
            assertThat(jedis.keys("*")).isEmpty();
        }
    }

    @Test
    void recordThatCannotBeConvertedIsNamedBeforeAnythingIsChanged() throws Exception {
        Path graph = folder.resolve("rag_storage/harbour/graph_chunk_entity_relation.graphml");
        Files.writeString(
                graph,
                Files.readString(graph).replace("</graph>", "<edge source=\"Sølvhavn\" target=\"Atlantis\"/></graph>"));

        assertRefused(
                servers, Kind.INCOMPATIBLE, "a relationship of the node \"Sølvhavn\" ends at a node that does not");
    }

    @Test
    void rowThatIsTooLongIsRefused() throws Exception {
        Path vectors = folder.resolve("rag_storage/harbour/vdb_entities.json");
        Files.writeString(
                vectors,
                Files.readString(vectors)
                        .replaceFirst("\"content\": \"", "\"content\": \"" + "long ".repeat(4_000_000)));

        assertRefused(servers, Kind.INCOMPATIBLE, "The vector store has 1 record of more than 16");
    }

    @Test
    void embeddingModelMustBeKnown() {
        assertRefused(servers.with("EMBEDDING_MODEL", ""), Kind.INVALID, "EMBEDDING_MODEL is not set");
    }

    @Test
    void archiveIsNotConvertedUnlessThatIsWanted() {
        ArchiveInfo archive = backup(files);
        try (BackupManager manager = new BackupManager(servers)) {
            assertThatThrownBy(() -> manager.restore(archive.id()))
                    .isInstanceOf(BackupException.class)
                    .hasMessageContaining("GRAPH_BACKEND");
        }
    }

    /** A plugin that writes something else than it is given is noticed before a store is touched. */
    @Test
    void writtenRecordsMustHaveTheSameNeutralDigest() {
        ArchiveInfo archive = backup(files);
        try (BackupManager manager = new BackupManager(
                servers,
                List.of(new Neo4jExporter(), new QdrantExporter(), new CarelessExporter()),
                List.of(
                        new Neo4jRestorer(),
                        new QdrantRestorer(),
                        new RedisRestorer(),
                        new NetworkxRestorer(),
                        new NanoRestorer(),
                        new JsonRestorer()),
                Clock.systemUTC())) {
            assertRefused(manager, archive, Kind.INTERNAL, "does not contain the same records as the archive");
        }
    }

    private void assertRefused(Settings target, Kind kind, String message) {
        ArchiveInfo archive = backup(files);
        try (BackupManager manager = new BackupManager(target)) {
            assertRefused(manager, archive, kind, message);
        }
    }

    private static void assertRefused(BackupManager manager, ArchiveInfo archive, Kind kind, String message) {
        assertThatThrownBy(() -> manager.restore(
                        RestoreRequest.builder(archive.id()).target(CONVERTED).build()))
                .isInstanceOfSatisfying(BackupException.class, e -> {
                    assertThat(e.kind()).isEqualTo(kind);
                    assertThat(e.effect()).contains(Effect.NOTHING_CHANGED);
                })
                .hasMessageContaining(message);
        assertThat(stores.cypher("MATCH (n) RETURN n")).isEmpty();
        try (Jedis jedis = stores.redis()) {
            assertThat(jedis.keys("*")).isEmpty();
        }
    }
}
