package dev.ngbak.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.engine.RestorePlan;
import dev.ngbak.engine.RestorePlan.Content;
import dev.ngbak.engine.RestoreResult;
import dev.ngbak.engine.StateDifference;
import dev.ngbak.server.Server;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Restores an archive as nano-graphrag's own backup tool writes it, which {@code other-tool/make.py} made. Its snapshots are
 * native ones, so only a real Qdrant can recover them.
 */
class OtherToolTest {

    private static final Path GOLDEN =
            Path.of("../../backup-core/src/test/resources/golden/nano-graphrag-backup.ngbak");

    private static Stack stack;

    @TempDir
    Path backups;

    private BackupManager manager;
    private Map<Role, String> before;
    private Map<Role, String> foreign;

    @BeforeAll
    static void start() {
        stack = Stack.startWithSharedNeo4j();
        stack.fillForeign();
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @BeforeEach
    void fill() {
        stack.wipeScope();
        stack.fill(new Dataset(DatasetSize.TINY, GraphVariant.FORK, 1, 16, true));
        manager = new BackupManager(stack.settings(backups));
        before = stack.fingerprints();
        foreign = stack.foreignFingerprints();
    }

    private static RestoreOptions options(Set<Role> roles) {
        return new RestoreOptions(roles, false, true);
    }

    /** Returns the stores that can be restored without a real Qdrant. */
    private static Set<Role> restorable() {
        return stack.hasRealQdrant() ? EnumSet.allOf(Role.class) : Set.of(Role.GRAPH, Role.KV);
    }

    private RestoreResult restore(Path archive, Set<Role> roles) {
        return manager.restore(
                new ArchiveFile(archive),
                options(roles),
                plan -> plan.problems().isEmpty(),
                new Job());
    }

    private Path adapted() {
        return backups.resolve(".ngbak/adapted");
    }

    @Test
    void restoreGivesTheStateInTheArchive() {
        RestoreResult result = restore(GOLDEN, restorable());

        assertThat(result.proofs())
                .containsEntry(Role.GRAPH, "content digest")
                .containsEntry(Role.KV, "content digest");
        assertRestored();
        assertThat(stack.foreignFingerprints()).isEqualTo(foreign);
        assertThat(adapted()).doesNotExist();
        // Equal contents are found even without an adapted archive, because both sides are decoded.
        StateDifference difference = manager.compare(new ArchiveFile(GOLDEN), null, new Job());
        assertThat(difference.stores().get(Role.GRAPH).content()).isEqualTo(Content.EQUAL);
        assertThat(difference.stores().get(Role.KV).content()).isEqualTo(Content.EQUAL);
        assertThat(result.safetyArchive()).isNotNull();

        restore(backups.resolve(result.safetyArchive() + ".ngbak"), restorable());
        assertThat(stack.fingerprints()).isEqualTo(before);
    }

    private static long number(String cypher) {
        return stack.neo4j().run(cypher).get(0).get(0).asLong();
    }

    private static void assertRestored() {
        assertThat(number("MATCH (n:" + Neo4jStore.LABEL + ") RETURN count(n)")).isEqualTo(3);
        assertThat(number("MATCH (:" + Neo4jStore.LABEL + ":PERSON {id: 'ALICE'})-[r:RELATED]->({id: 'BOB'})"
                        + " RETURN count(r)"))
                .isEqualTo(2);
        assertThat(number("MATCH (n {id: 'ALICE'}) WHERE n.description = 'says \"hi\"\\nand ' + '\\\\' + 'u0041 é 🚀'"
                        + " AND n.communityIds = [17, 3] RETURN count(n)"))
                .isEqualTo(1);
        assertThat(number("SHOW CONSTRAINTS YIELD name WHERE name = 'constraint_d1b75167' RETURN count(*)"))
                .isEqualTo(1);
        var redis = stack.redis().jedis();
        assertThat(redis.keys(RedisStore.PREFIX + "*")).hasSize(5);
        assertThat(redis.keys(RedisStore.PREFIX + "text_chunks:*"))
                .singleElement()
                .satisfies(key -> {
                    assertThat(redis.get(key)).startsWith("{\"tokens\": 4, \"content\": \"ALICE knows BOB.\", ");
                    assertThat(redis.ttl(key)).isEqualTo(-1);
                });
        assertThat(redis.get(RedisStore.PREFIX + "community_reports:3")).contains("\"occurrence\": NaN");
        assertThat(redis.get(RedisStore.PREFIX + "llm_response_cache:text")).isEqualTo("\"no JSON\"");
    }

    @Test
    void vectorsAreRestoredAndProvedByCounts() {
        assumeTrue(stack.hasRealQdrant(), "A double of Qdrant cannot recover native snapshots");

        RestoreResult result = restore(GOLDEN, Set.of(Role.VECTOR));

        assertThat(result.proofs()).isEqualTo(Map.of(Role.VECTOR, "counts"));
        assertThat(stack.qdrant()
                        .call("GET", "/collections/api_working_dir_entities", "")
                        .toString())
                .contains("\"points_count\":2");
        assertThat(stack.qdrant()
                        .call("GET", "/collections/api_working_dir_chunks", "")
                        .toString())
                .contains("\"points_count\":1");
    }

    @Test
    void planNamesWhatTheArchiveDoesNotContain() {
        RestorePlan plan = manager.plan(new ArchiveFile(GOLDEN), options(Set.of()), new Job());

        assertThat(plan.problems()).isEmpty();
        assertThat(plan.archived()).containsEntry("entities", 3L).containsEntry("documents", 1L);
        assertThat(String.join("\n", plan.warnings()))
                .contains(
                        "\"index_bc2f6294\"",
                        "no expiry times",
                        "api_working_dir_chunks, api_working_dir_entities and no others",
                        "passwords in clear text",
                        "its statistics say 2 documents, but it contains 1",
                        "entities_dimensions 0",
                        "which version of Qdrant")
                .doesNotContain("not-a-real-password");
        assertThat(stack.fingerprints()).isEqualTo(before);
        assertThat(adapted()).doesNotExist();
    }

    @Test
    void failureRollsBack() throws IOException {
        Path archive = with("qdrant/api_working_dir_entities.snapshot", "not a snapshot");

        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> restore(archive, Set.of()))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK));

        assertThat(stack.fingerprints()).isEqualTo(before);
        assertThat(stack.foreignFingerprints()).isEqualTo(foreign);
        assertThat(adapted()).doesNotExist();
    }

    @Test
    void cypherThatTheToolDoesNotWriteIsNeitherExecutedNorRestored() throws IOException {
        Path archive = with("graph/neo4j.dump", ":begin\nMATCH (n) DETACH DELETE n;\n:commit\n");

        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> restore(archive, Set.of()))
                .satisfies(e -> {
                    assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
                    assertThat(e.problem()).contains("line 2, column");
                });

        assertThat(stack.fingerprints()).isEqualTo(before);
        assertThat(stack.foreignFingerprints()).isEqualTo(foreign);
    }

    @Test
    void scopeThatDoesNotFitIsRefusedWithTheSettingToChange() {
        for (String setting : new String[] {"NEO4J_GRAPH_NAMESPACE", "QDRANT_NAMESPACE_PREFIX"}) {
            manager = new BackupManager(stack.settings(backups).with(setting, "another"));
            assertThatExceptionOfType(BackupException.class)
                    .isThrownBy(() -> restore(GOLDEN, Set.of()))
                    .satisfies(e -> {
                        assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
                        assertThat(e.remedy()).contains("Set " + setting);
                    });
        }
        assertThat(stack.fingerprints()).isEqualTo(before);
    }

    @Test
    void serverRestoresAnUpload() throws Exception {
        String roles = stack.hasRealQdrant() ? "[\"graph\",\"vector\",\"kv\"]" : "[\"graph\",\"kv\"]";
        try (Server server =
                new Server(stack.settings(backups).with("PORT", "0").with("HOST", "127.0.0.1"))) {
            String api = "http://127.0.0.1:" + server.port() + "/api/v1";
            String boundary = "boundary";
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            write(
                    body,
                    "--boundary\r\nContent-Disposition: form-data; name=\"options\"\r\n\r\n{\"backends\": " + roles
                            + "}\r\n--boundary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.ngbak\"\r\n\r\n");
            body.write(Files.readAllBytes(GOLDEN));
            write(body, "\r\n--boundary--\r\n");
            HttpRequest upload = HttpRequest.newBuilder(URI.create(api + "/backup/restore"))
                    .header("Content-Type", "multipart/form-data; boundary=" + boundary)
                    .POST(BodyPublishers.ofByteArray(body.toByteArray()))
                    .build();

            JsonNode job = send(upload);
            while (job.path("status").asText().matches("pending|processing")) {
                Thread.sleep(100);
                job = send(HttpRequest.newBuilder(
                                URI.create(api + "/jobs/" + job.path("job_id").asText()))
                        .build());
            }

            assertThat(job.path("status").asText()).as(job.toString()).isEqualTo("completed");
            assertThat(job.at("/metadata/proofs/graph").asText()).isEqualTo("content digest");
        }
        assertRestored();
    }

    private static JsonNode send(HttpRequest request) throws IOException, InterruptedException {
        return new ObjectMapper()
                .readTree(HttpClient.newHttpClient()
                        .send(request, BodyHandlers.ofString())
                        .body());
    }

    private static void write(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the archive with another content of a file, and the checksum that the tool would write. */
    private Path with(String path, String content) throws IOException {
        return ToolArchives.with(GOLDEN, path, content.getBytes(StandardCharsets.UTF_8), backups.resolve("x.ngbak"));
    }
}
