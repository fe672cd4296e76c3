package dev.ngbak.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ngbak.neo4jserver.Neo4jInstallation;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.neo4j.driver.Record;

/**
 * Restores archives of Neo4j, Qdrant and Redis that ngbak 0.1 created, and compares the content digests with those that 0.1
 * recorded. {@code backup-server/src/test/resources/golden/README.md} describes the archives. The test uses only the command
 * line, because that does not change between versions.
 */
class GoldenStackTest {

    private static final Path GOLDEN = Path.of("../../backup-server/src/test/resources/golden");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The start of the year 3000, in milliseconds since the epoch. Every key that expires does so then or 1 ms later. */
    private static final long YEAR_3000 = 32_503_680_000_000L;

    @TempDir
    private Path home;

    private final Map<String, String> environment = new HashMap<>();

    /** The two archives contain the same data. One has Qdrant snapshots, the other has scrolled points. */
    @Test
    void restoreFromSnapshotAndScrollArchivesGivesTheSameContent() throws Exception {
        try (Stack stack = Stack.startWithSharedNeo4j()) {
            assumeTrue(stack.hasRealQdrant(), "Snapshots need a real Qdrant: set QDRANT_BIN");
            assumeTrue(
                    redisMajorVersion(stack) >= 7,
                    "The archives were created with Redis 7, and older versions cannot load their values");
            stack.fillForeign();
            Map<Role, String> foreign = stack.foreignFingerprints();
            environment.putAll(stack.environment());

            stack.fill(new Dataset(DatasetSize.TINY, GraphVariant.FORK, 1, 8, true));
            environment.put("QDRANT_BACKUP_MODE", "snapshot");
            restore("servers-snapshot");
            assertBackupEquals("servers-snapshot");
            Map<Role, String> fromSnapshots = stack.fingerprints();
            assertExactValues(stack);

            stack.wipeScope();
            environment.put("QDRANT_BACKUP_MODE", "scroll");
            restore("servers-scroll");
            assertBackupEquals("servers-scroll");
            assertThat(stack.fingerprints()).isEqualTo(fromSnapshots);
            assertExactValues(stack);
            assertThat(stack.foreignFingerprints()).isEqualTo(foreign);
        }
    }

    @Test
    void restoreOfANeo4jAdminDumpGivesTheSameDigest() throws Exception {
        try (Neo4jInstallation neo4j = Neo4jInstallation.create()) {
            environment.put("GRAPH_BACKEND", "neo4j");
            environment.put("VECTOR_BACKEND", "nano");
            environment.put("KV_BACKEND", "json");
            environment.put("NEO4J_URL", neo4j.url());
            environment.put("NEO4J_PASSWORD", neo4j.password());
            environment.put("NEO4J_GRAPH_NAMESPACE", "*");
            environment.put("NEO4J_BACKUP_MODE", "admin");
            environment.put("NEO4J_ADMIN_CMD", neo4j.adminCommand());
            environment.put("NEO4J_STOP_CMD", neo4j.stopCommand());
            environment.put("NEO4J_START_CMD", neo4j.startCommand());
            Files.createDirectory(home.resolve("api_working_dir"));
            neo4j.start();
            awaitNeo4j();

            restore("neo4j-admin");
            // The digest is the same in either mode. This mode does not stop the server.
            environment.put("NEO4J_BACKUP_MODE", "bolt");
            assertBackupEquals("neo4j-admin");
        }
    }

    private void restore(String archive) throws IOException, InterruptedException {
        Path backups = Files.createDirectories(home.resolve("backups"));
        Files.copy(GOLDEN.resolve("archives/" + archive + ".ngbak"), backups.resolve(archive + ".ngbak"));

        JsonNode restored = succeed("restore", archive, "--yes", "--no-safety-backup");

        for (Role role : Role.values()) {
            assertThat(restored.at("/proofs/" + role.id()).asText())
                    .as(archive + ", proof of " + role.id())
                    .isEqualTo("content digest");
        }
    }

    /** Asserts that a new backup of the restored stores has the digests that 0.1 recorded in the archive. */
    private void assertBackupEquals(String archive) throws IOException, InterruptedException {
        JsonNode manifest = JSON.readTree(
                        GOLDEN.resolve("expected/" + archive + ".json").toFile())
                .path("inspect");

        succeed("backup", "--id", archive + "-again");
        JsonNode again = succeed("inspect", archive + "-again");

        for (Role role : Role.values()) {
            String store = "/stores/" + role.id();
            assertThat(manifest.at(store + "/content_digest").isTextual()).isTrue();
            for (String member : List.of("/records", "/content_digest", "/counts")) {
                assertThat(again.at(store + member))
                        .as(archive + ", " + role.id() + member)
                        .isEqualTo(manifest.at(store + member));
            }
        }
    }

    /** Asserts a few values that are easily lost. Reads them without the product's code. */
    private static void assertExactValues(Stack stack) {
        Record types = stack.neo4j()
                .run("MATCH (n:" + Neo4jStore.LABEL + " {id: 'EVERY TYPE'}) RETURN n.exact = 9007199254740993,"
                        + " 1 / n.minusZero < 0, n.zone = datetime('2020-10-25T02:30:00+01:00[Europe/Paris]'),"
                        + " n.place = point({longitude: -180.0, latitude: 0.1, height: 8848.86}),"
                        + " n.duration = duration({months: 14, days: -3, seconds: 5, nanoseconds: 7})")
                .get(0);
        assertThat(types.values())
                .allSatisfy(value -> assertThat(value.asBoolean()).isTrue());
        assertThat(stack.redis().jedis().pexpireTime(RedisStore.PREFIX + "extra:hash"))
                .isEqualTo(YEAR_3000);
        assertThat(stack.redis().jedis().pexpireTime(RedisStore.PREFIX + "community_reports:0"))
                .isEqualTo(YEAR_3000 + 1);
        assertThat(stack.redis().jedis().lrange(RedisStore.PREFIX + "extra:list", 0, -1))
                .containsExactly("b", "a", "b", "");
        JsonNode aliases = stack.qdrant()
                .call("GET", "/collections/" + QdrantStore.PREFIX + "entities/aliases", null)
                .at("/result/aliases");
        assertThat(aliases).hasSize(1);
        assertThat(aliases.at("/0/alias_name").asText()).isEqualTo("current entities");
        JsonNode entities = stack.qdrant()
                .call("GET", "/collections/" + QdrantStore.PREFIX + "entities", null)
                .path("result");
        assertThat(entities.at("/payload_schema/content/params/tokenizer").asText())
                .isEqualTo("word");
        assertThat(entities.at("/config/params/sparse_vectors/sparse_name/modifier")
                        .asText())
                .isEqualTo("idf");
        assertThat(entities.path("points_count").asInt()).isEqualTo(4);
    }

    private static int redisMajorVersion(Stack stack) {
        return stack.redis()
                .jedis()
                .info("server")
                .lines()
                .filter(line -> line.startsWith("redis_version:"))
                .mapToInt(line -> Integer.parseInt(line.replaceAll("redis_version:(\\d+).*", "$1")))
                .findFirst()
                .orElseThrow();
    }

    /** Waits until Neo4j accepts the password. The start command returns earlier. */
    private void awaitNeo4j() throws IOException, InterruptedException {
        ProcessResult doctor = ngbak("doctor", "--json");
        for (int i = 0; i < 60 && doctor.code() != 0; i++) {
            doctor = ngbak("doctor", "--json");
        }
        assertThat(doctor.code()).as(doctor.out() + doctor.err()).isZero();
    }

    private record ProcessResult(int code, String out, String err) {}

    private JsonNode succeed(String... arguments) throws IOException, InterruptedException {
        List<String> withJson = new ArrayList<>(List.of(arguments));
        withJson.add("--json");
        ProcessResult result = ngbak(withJson.toArray(String[]::new));
        assertThat(result.code()).as(result.out() + result.err()).isZero();
        List<String> lines = result.out().lines().toList();
        return JSON.readTree(lines.get(lines.size() - 1));
    }

    private ProcessResult ngbak(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.ngbak.cli.Main"));
        command.addAll(List.of(arguments));
        Path out = home.resolve("out");
        Path err = home.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment()
                .keySet()
                .removeIf(name -> name.matches("(BACKUP|NEO4J|QDRANT|REDIS|GRAPH|VECTOR|KV)_.*|WORKING_DIR"));
        builder.environment().putAll(environment);
        int code = builder.start().waitFor();
        return new ProcessResult(
                code, Files.readString(out, StandardCharsets.UTF_8), Files.readString(err, StandardCharsets.UTF_8));
    }
}
