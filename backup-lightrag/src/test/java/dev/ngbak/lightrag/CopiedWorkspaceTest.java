package dev.ngbak.lightrag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestorePlan;
import dev.ngbak.engine.RestoreRequest;
import dev.ngbak.engine.RestoreResult;
import dev.ngbak.engine.RestoreTarget;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import dev.ngbak.testkit.QdrantServer;
import dev.ngbak.testkit.RedisServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** Copies workspaces that LightRAG itself wrote to files, and one whose stores have different workspaces. */
class CopiedWorkspaceTest {

    @TempDir
    Path folder;

    private final Map<String, String> environment = new HashMap<>();
    private Path storage;

    @BeforeEach
    void copySample() throws IOException {
        storage = folder.resolve("rag_storage");
        Folders.copy(Folders.SAMPLE, storage);
        environment.put("GRAPHRAG_SYSTEM", "lightrag");
        environment.put("WORKSPACE", "harbour");
        environment.put("WORKING_DIR", storage.toString());
        environment.put("BACKUP_DIR", folder.resolve("backups").toString());
    }

    private BackupManager manager() {
        return new BackupManager(Settings.of(environment));
    }

    private String backup() throws IOException {
        try (BackupManager manager = manager()) {
            return manager.create(null, null, new Job()).id();
        }
    }

    private RestoreResult restore(String archive, RestoreTarget target) throws IOException {
        try (BackupManager manager = manager()) {
            return manager.restore(
                    RestoreRequest.builder(archive).target(target).build());
        }
    }

    private RestorePlan plan(String archive, RestoreTarget target) throws IOException {
        try (BackupManager manager = manager()) {
            return manager.plan(RestoreRequest.builder(archive).target(target).build());
        }
    }

    private Map<String, String> files(String workspace) throws IOException {
        return Folders.contents(storage.resolve(workspace), path -> true);
    }

    private List<String> archives() throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve("backups"))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".ngbak"))
                    .toList();
        }
    }

    @Test
    void copyHasTheSameFilesAndNothingElseChanges() throws Exception {
        Map<String, String> harbour = files("harbour");
        Map<String, String> other = files("harbour_2");

        RestoreResult result = restore(backup(), RestoreTarget.workspace("copy", false));

        assertThat(files("copy")).isEqualTo(harbour).hasSize(12);
        assertThat(files("harbour")).isEqualTo(harbour);
        assertThat(files("harbour_2")).isEqualTo(other);
        assertThat(result.sample()).isNotEmpty();
        environment.put("WORKSPACE", "copy");
        try (BackupManager manager = manager()) {
            assertThat(manager.create(null, null, new Job()).manifest().system().workspace())
                    .isEqualTo("copy");
        }
    }

    @Test
    void workspaceThatIsNotEmptyIsNamedAndReplacedOnlyIfAsked() throws Exception {
        String archive = backup();
        Map<String, String> other = files("harbour_2");
        RestorePlan plan = plan(archive, RestoreTarget.workspace("harbour_2", false));

        assertThat(plan.problemKind()).isEqualTo(Kind.INVALID);
        assertThat(plan.problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem)
                        .contains("workspace \"harbour_2\"", "graph (", "entities ", "kv (", "--replace"));
        assertThat(files("harbour_2")).isEqualTo(other);

        RestoreResult result = restore(archive, RestoreTarget.workspace("harbour_2", true));
        assertThat(files("harbour_2")).isEqualTo(files("harbour"));

        restore(result.safetyArchive(), RestoreTarget.workspace("harbour_2", true));
        assertThat(files("harbour_2")).isEqualTo(other);
    }

    @Test
    void unnamedWorkspaceIsATargetAndASource() throws Exception {
        restore(backup(), RestoreTarget.workspace("", false));
        assertThat(Folders.contents(storage, path -> !path.contains("/"))).isEqualTo(files("harbour"));

        environment.remove("WORKSPACE");
        RestorePlan plan = plan(backup(), RestoreTarget.workspace("named", false));
        assertThat(plan.problems()).isEmpty();
        assertThat(plan.workspace()).isEqualTo("named");
        restore("latest", RestoreTarget.workspace("named", false));
        assertThat(files("named")).isEqualTo(files("harbour"));
    }

    @Test
    void pathsAreMappedInDocumentsAndEverythingElseStaysByteForByte() throws Exception {
        Path documents = storage.resolve("harbour/kv_store_full_docs.json");
        String text = Files.readString(documents)
                .replaceFirst(
                        "\"parse_format\"",
                        "\"sidecar_location\": \"file:///data/in%20puts/__parsed__/x.parsed/\",\n    \"parse_format\"");
        Files.writeString(documents, text);
        Map<String, String> harbour = files("harbour");
        RestoreTarget target = new RestoreTarget("copy", false, false, Map.of("/data/in puts", "/srv/dépôt"));

        RestoreResult result = restore(backup(), target);

        assertThat(Files.readString(storage.resolve("copy/kv_store_full_docs.json")))
                .isEqualTo(text.replace("/data/in%20puts/", "/srv/d%C3%A9p%C3%B4t/"));
        Map<String, String> copy = files("copy");
        copy.remove("kv_store_full_docs.json");
        harbour.remove("kv_store_full_docs.json");
        assertThat(copy).isEqualTo(harbour);
        assertThat(result.proofs().toString()).contains("content digest");
        assertThat(archives()).hasSize(1);
    }

    @Test
    void otherWorkspacesOfOneStoreAreRefusedByName() throws Exception {
        String archive = backup();
        for (Map.Entry<String, String> setting : Map.of(
                        "NEO4J_WORKSPACE", "x",
                        "NEO4J_GRAPH_NAMESPACE", "x",
                        "QDRANT_WORKSPACE", "x",
                        "QDRANT_NAMESPACE_PREFIX", "x",
                        "REDIS_WORKSPACE", "x",
                        "REDIS_KEY_PREFIX", "x")
                .entrySet()) {
            Map<String, String> before = Map.copyOf(environment);
            environment.put(setting.getKey(), setting.getValue());
            environment.put("LIGHTRAG_GRAPH_STORAGE", "Neo4JStorage");
            environment.put("LIGHTRAG_VECTOR_STORAGE", "QdrantVectorDBStorage");
            environment.put("LIGHTRAG_KV_STORAGE", "RedisKVStorage");
            environment.put("LIGHTRAG_DOC_STATUS_STORAGE", "RedisDocStatusStorage");

            assertThatThrownBy(() -> plan(archive, RestoreTarget.workspace("copy", false)))
                    .isInstanceOfSatisfying(
                            BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INVALID))
                    .hasMessageContainingAll("\"copy\"", setting.getKey() + " is \"x\"", "Unset " + setting.getKey());
            environment.clear();
            environment.putAll(before);
        }
    }

    @Test
    void namesThatLightRagOrAStoreCannotTellApartAreRefused() throws Exception {
        String archive = backup();
        for (String name : List.of("a/b", "..", "*", " a", "a\nb", "x".repeat(256))) {
            assertThatThrownBy(() -> plan(archive, RestoreTarget.workspace(name, false)))
                    .as(name)
                    .isInstanceOfSatisfying(
                            BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INVALID))
                    .hasMessageContaining("cannot be restored into");
        }
        environment.put("LIGHTRAG_GRAPH_STORAGE", "Neo4JStorage");
        environment.put("LIGHTRAG_VECTOR_STORAGE", "QdrantVectorDBStorage");
        environment.put("LIGHTRAG_KV_STORAGE", "RedisKVStorage");
        environment.put("LIGHTRAG_DOC_STATUS_STORAGE", "RedisDocStatusStorage");
        for (String name : List.of("base", "_", "a:b")) {
            assertThatThrownBy(() -> plan(archive, RestoreTarget.workspace(name, false)))
                    .as(name)
                    .isInstanceOf(BackupException.class)
                    .hasMessageContaining("cannot be restored into");
        }
    }

    /** An archive may contain another workspace in each store. All go to the one new name. */
    @Test
    void storesOfDifferentWorkspacesGetTheSameName() throws Exception {
        try (QdrantServer qdrant = QdrantServer.startDedicated();
                RedisServer redis = RedisServer.start();
                Jedis jedis = new Jedis("127.0.0.1", redis.port())) {
            SharedCollection entities = new SharedCollection(qdrant, SharedCollection.ENTITIES).create();
            entities.add("vectors", 30, 1);
            entities.add("new_2", 30, 2);
            jedis.set("keys_full_docs:doc-1", "{\"content\": \"text\"}");
            jedis.set("new_2_full_docs:doc-1", "{}");
            Object before = entities.points();
            for (String name : List.of("QDRANT_URL", "QDRANT_GRPC_PORT")) {
                environment.put(name, qdrant.settings().text(name));
            }
            environment.putAll(Map.of(
                    "REDIS_URI",
                    redis.url(),
                    "LIGHTRAG_VECTOR_STORAGE",
                    "QdrantVectorDBStorage",
                    "LIGHTRAG_KV_STORAGE",
                    "RedisKVStorage",
                    "LIGHTRAG_DOC_STATUS_STORAGE",
                    "RedisDocStatusStorage",
                    "QDRANT_WORKSPACE",
                    "vectors",
                    "REDIS_WORKSPACE",
                    "keys"));
            String archive = backup();
            environment.remove("QDRANT_WORKSPACE");
            environment.remove("REDIS_WORKSPACE");

            RestoreResult result = restore(archive, RestoreTarget.workspace("new", false));

            assertThat(files("new")).hasSize(1);
            assertThat(jedis.get("new_full_docs:doc-1")).isEqualTo("{\"content\": \"text\"}");
            assertThat(entities.points().stream("new"::equals)).hasSize(30);
            assertThat(result.plan().targets().values())
                    .allSatisfy(target ->
                            assertThat(target.place() + target.scope()).contains("new"));
            assertThat(archives()).hasSize(1);
            entities.deletePointsOf("new");
            assertThat(entities.points()).isEqualTo(before);
            assertThat(jedis.keys("*")).hasSize(3);
        }
    }
}
