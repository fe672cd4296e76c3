package dev.ngbak.lightrag;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ngbak.check.CheckReport;
import dev.ngbak.check.CheckReport.Outcome;
import dev.ngbak.check.ReferenceCheck;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestoreRequest;
import dev.ngbak.engine.RestoreResult;
import dev.ngbak.engine.RestoreTarget;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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

    private static final ObjectMapper JSON = new ObjectMapper();

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
        Map<String, Object> before = contents(workspace);

        RestoreResult moved = convert(backup(files), servers);

        assertThat(moved.sample()).isNotEmpty();
        assertThatReferencesHold(servers);
        Folders.delete(workspace);
        Files.createDirectories(workspace);
        convert(backup(servers), files);
        assertThat(contents(workspace)).isEqualTo(before).hasSize(12);
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

    /** Returns the content of all files, without what a conversion leaves out or puts into another order. */
    private static Map<String, Object> contents(Path workspace) throws IOException {
        Map<String, Object> contents = new TreeMap<>();
        try (var list = Files.list(workspace)) {
            for (Path file : list.toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(".graphml")) {
                    contents.put(name, GraphmlContent.of(file));
                } else {
                    JsonNode json = JSON.readTree(file.toFile());
                    contents.put(name, name.startsWith("vdb_") ? vectors(json) : json);
                }
            }
        }
        return contents;
    }

    private static Map<String, Object> vectors(JsonNode file) throws IOException {
        byte[] matrix = file.path("matrix").binaryValue();
        int size = 4 * file.path("embedding_dim").asInt();
        Map<String, Object> rows = new TreeMap<>();
        for (int i = 0; i < file.path("data").size(); i++) {
            var row = (com.fasterxml.jackson.databind.node.ObjectNode)
                    file.path("data").get(i);
            row.remove("__write_seq__");
            String bits = java.util.HexFormat.of().formatHex(matrix, i * size, (i + 1) * size);
            rows.put(row.path("__id__").asText(), List.of(row, bits));
        }
        return rows;
    }
}
