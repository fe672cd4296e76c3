package dev.ngbak.lightrag;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.DrillResult;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestoreRequest;
import dev.ngbak.engine.RestoreTarget;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** Drills of a workspace of LightRAG, beside another workspace, in files and on servers. */
class DrillTest {

    @TempDir
    Path folder;

    private static DrillResult drill(Settings settings, String id) {
        try (BackupManager manager = new BackupManager(settings)) {
            manager.create(id, null, new Job());
            return manager.drill(id);
        }
    }

    private static void assertPassed(DrillResult drill) {
        assertThat(drill.proofs()).containsOnlyKeys(Role.values());
        assertThat(drill.proofs().values()).containsOnly("content digest");
        assertThat(drill.sample()).isNotEmpty();
        assertThat(drill.evidence()).contains("| Workspace | harbour |");
    }

    @Test
    void drillOfFilesLeavesAllWorkspacesAsTheyWere() throws Exception {
        Path storage = folder.resolve("rag_storage");
        Folders.copy(Folders.SAMPLE, storage);
        Map<String, String> before = Folders.contents(storage, path -> true);

        DrillResult drill = drill(ServerStores.files(storage, folder.resolve("backups"), "harbour"), "files");

        assertPassed(drill);
        assertThat(Folders.contents(storage, path -> true)).isEqualTo(before);
        assertThat(folder.resolve("backups/.ngbak/drill")).doesNotExist();
    }

    @Test
    void drillOnServersLeavesAllWorkspacesAsTheyWere() throws Exception {
        Path storage = folder.resolve("rag_storage");
        Folders.copy(Folders.SAMPLE, storage);
        Path backups = folder.resolve("backups");
        try (ServerStores servers = new ServerStores()) {
            servers.wipe();
            Settings files = ServerStores.files(storage, backups, "harbour");
            try (BackupManager from = new BackupManager(files);
                    BackupManager to = new BackupManager(servers.servers(files))) {
                from.create("files", null, new Job());
                to.restore(RestoreRequest.builder("files")
                        .target(new RestoreTarget(null, false, true, Map.of()))
                        .build());
            }
            servers.cypher("CREATE (:harbour_2 {entity_id: 'A'})-[:DIRECTED]->(:harbour_2 {entity_id: 'B'})");
            try (Jedis jedis = servers.redis()) {
                jedis.set("harbour_2_full_docs:doc-1", "{}");
            }
            Map<String, Object> before = contents(servers);

            DrillResult drill = drill(servers.servers(files), "servers");

            assertPassed(drill);
            Map<String, Object> after = contents(servers);
            assertThat(after).containsOnlyKeys(before.keySet());
            assertThat(after.keySet()).allMatch(part -> after.get(part).equals(before.get(part)));
            servers.wipe();
        }
    }

    /** Returns everything on the servers: all nodes, relationships, indexes, collections, points and keys. */
    private static Map<String, Object> contents(ServerStores servers) throws IOException {
        Map<String, Object> contents = new TreeMap<>();
        contents.put(
                "nodes", servers.cypher("MATCH (n) RETURN elementId(n) AS id, labels(n), properties(n) ORDER BY id"));
        contents.put(
                "relationships",
                servers.cypher("MATCH ()-[r]->() RETURN elementId(r) AS id, properties(r) ORDER BY id"));
        contents.put(
                "schema",
                servers.cypher("SHOW INDEXES YIELD name, labelsOrTypes RETURN name, labelsOrTypes ORDER BY name"));
        servers.qdrant()
                .call("GET", "/collections", null)
                .at("/result/collections")
                .forEach(collection -> contents.put(
                        "collection " + collection.path("name").asText(),
                        points(servers, collection.path("name").asText())));
        try (Jedis jedis = servers.redis()) {
            jedis.keys("*").forEach(key -> contents.put("key " + key, Arrays.toString(jedis.dump(key))));
        }
        return contents;
    }

    private static String points(ServerStores servers, String collection) {
        try {
            return servers.qdrant()
                    .call(
                            "POST",
                            "/collections/" + collection + "/points/scroll",
                            "{\"limit\": 10000, \"with_vector\": true}")
                    .at("/result/points")
                    .toString();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
