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
 * Restores the archives that ngbak 0.1 made of Neo4j, Qdrant and Redis into servers, and compares the content digests with
 * those that 0.1 wrote down. {@code backup-server/src/test/resources/golden/README.md} describes the archives. Only the
 * command line is used, because it is what stays the same between versions.
 */
class GoldenStackTest {

    private static final Path GOLDEN = Path.of("../../backup-server/src/test/resources/golden");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The expiry of all keys that have one, in milliseconds since the epoch: the year 3000. */
    private static final long YEAR_3000 = 32_503_680_000_000L;

    @TempDir
    private Path home;

    private final Map<String, String> environment = new HashMap<>();

    /** Both archives hold the same content, in the two forms that Qdrant's vectors are archived in. */
    @Test
    void serversHoldTheSameContentFromEitherArchive() throws Exception {
        try (Stack stack = Stack.startBesideSharedNeo4j()) {
            assumeTrue(stack.hasRealQdrant(), "QDRANT_BIN does not name a Qdrant, which alone can read its snapshots");
            assumeTrue(redisMajorVersion(stack) >= 7, "Redis before 7 cannot load the values that 0.1 archived");
            stack.fillForeign();
            Map<Role, String> foreign = stack.foreignPictures();
            environment.putAll(stack.environment());

            stack.fill(new Dataset(Size.TINY, Variant.FORK, 1, 8, true));
            environment.put("QDRANT_BACKUP_MODE", "snapshot");
            restore("servers-snapshot");
            assertBackupEquals("servers-snapshot");
            Map<Role, String> fromSnapshots = stack.pictures();
            assertExactValues(stack);

            stack.wipe();
            environment.put("QDRANT_BACKUP_MODE", "scroll");
            restore("servers-scroll");
            assertBackupEquals("servers-scroll");
            assertThat(stack.pictures()).isEqualTo(fromSnapshots);
            assertExactValues(stack);
            assertThat(stack.foreignPictures()).isEqualTo(foreign);
        }
    }

    @Test
    void neo4jDumpOfTheAdminToolIsRestoredWithTheSameDigest() throws Exception {
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
            // The digest does not depend on the mode, and this one does not stop the server.
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

    /** A new backup of the restored stores has the digests that 0.1 wrote into the archive. */
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

    /** A few values that are easily lost, read without the product's code. */
    private static void assertExactValues(Stack stack) {
        Record types = stack.graph()
                .run("MATCH (n:" + Graph.LABEL + " {id: 'EVERY TYPE'}) RETURN n.exact = 9007199254740993,"
                        + " 1 / n.minusZero < 0, n.zone = datetime('2020-10-25T02:30:00+01:00[Europe/Paris]'),"
                        + " n.place = point({longitude: -180.0, latitude: 0.1, height: 8848.86}),"
                        + " n.duration = duration({months: 14, days: -3, seconds: 5, nanoseconds: 7})")
                .get(0);
        assertThat(types.values())
                .allSatisfy(value -> assertThat(value.asBoolean()).isTrue());
        assertThat(stack.keys().jedis().pexpireTime(Keys.PREFIX + "extra:hash")).isEqualTo(YEAR_3000);
        assertThat(stack.keys().jedis().pexpireTime(Keys.PREFIX + "community_reports:0"))
                .isEqualTo(YEAR_3000 + 1);
        assertThat(stack.keys().jedis().lrange(Keys.PREFIX + "extra:list", 0, -1))
                .containsExactly("b", "a", "b", "");
        JsonNode aliases = stack.vectors()
                .call("GET", "/collections/" + Vectors.PREFIX + "entities/aliases", null)
                .at("/result/aliases");
        assertThat(aliases).hasSize(1);
        assertThat(aliases.at("/0/alias_name").asText()).isEqualTo("current entities");
        JsonNode entities = stack.vectors()
                .call("GET", "/collections/" + Vectors.PREFIX + "entities", null)
                .path("result");
        assertThat(entities.at("/payload_schema/content/params/tokenizer").asText())
                .isEqualTo("word");
        assertThat(entities.at("/config/params/sparse_vectors/sparse_name/modifier")
                        .asText())
                .isEqualTo("idf");
        assertThat(entities.path("points_count").asInt()).isEqualTo(4);
    }

    private static int redisMajorVersion(Stack stack) {
        return stack.keys()
                .jedis()
                .info("server")
                .lines()
                .filter(line -> line.startsWith("redis_version:"))
                .mapToInt(line -> Integer.parseInt(line.replaceAll("redis_version:(\\d+).*", "$1")))
                .findFirst()
                .orElseThrow();
    }

    /** The start command returns before the server answers, and the server answers before it has its password. */
    private void awaitNeo4j() throws IOException, InterruptedException {
        Ended doctor = ngbak("doctor", "--json");
        for (int i = 0; i < 60 && doctor.code() != 0; i++) {
            doctor = ngbak("doctor", "--json");
        }
        assertThat(doctor.code()).as(doctor.out() + doctor.err()).isZero();
    }

    private record Ended(int code, String out, String err) {}

    private JsonNode succeed(String... arguments) throws IOException, InterruptedException {
        List<String> withJson = new ArrayList<>(List.of(arguments));
        withJson.add("--json");
        Ended ended = ngbak(withJson.toArray(String[]::new));
        assertThat(ended.code()).as(ended.out() + ended.err()).isZero();
        List<String> lines = ended.out().lines().toList();
        return JSON.readTree(lines.get(lines.size() - 1));
    }

    private Ended ngbak(String... arguments) throws IOException, InterruptedException {
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
        return new Ended(
                code, Files.readString(out, StandardCharsets.UTF_8), Files.readString(err, StandardCharsets.UTF_8));
    }
}
