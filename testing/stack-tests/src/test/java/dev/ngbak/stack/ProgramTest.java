package dev.ngbak.stack;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs the program as a process against Neo4j, Qdrant and Redis. */
class ProgramTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static Stack stack;

    @TempDir
    Path home;

    private Map<String, String> environment;

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
        environment = stack.environment();
    }

    private record ProcessResult(int code, String out, String err) {

        JsonNode result() throws IOException {
            String[] lines = out.split("\n");
            JsonNode last = JSON.readTree(lines[lines.length - 1]);
            assertThat(last.path("type").asText()).isEqualTo("result");
            return last;
        }
    }

    private static List<String> java(String main, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                // The class path contains two SLF4J providers, that of the product and that of this module.
                "-Dslf4j.provider=org.slf4j.nop.NOPServiceProvider",
                "-Dslf4j.internal.verbosity=WARN",
                "-cp",
                System.getProperty("java.class.path"),
                main));
        command.addAll(List.of(arguments));
        return command;
    }

    private ProcessResult ngbak(String... arguments) throws IOException, InterruptedException {
        List<String> command = java("dev.ngbak.cli.Main", arguments);
        Path out = home.resolve("out");
        Path err = home.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.matches("(BACKUP|NEO4J|QDRANT|REDIS|GRAPH|VECTOR|KV)_.*"));
        builder.environment().remove("WORKING_DIR");
        builder.environment().putAll(environment);
        int code = builder.start().waitFor();
        ProcessResult result = new ProcessResult(
                code, Files.readString(out, StandardCharsets.UTF_8), Files.readString(err, StandardCharsets.UTF_8));
        assertThat(result.out() + result.err())
                .doesNotContain(stack.environment().get("NEO4J_PASSWORD"))
                .doesNotContain("\tat ");
        return result;
    }

    private static void assertSuccess(ProcessResult result) {
        assertThat(result.code()).as(result.out() + result.err()).isZero();
    }

    @Test
    void backupIsListedInspectedVerifiedAndRestored() throws Exception {
        Map<?, String> before = stack.fingerprints();
        Map<?, String> foreign = stack.foreignFingerprints();

        ProcessResult doctor = ngbak("doctor");
        assertSuccess(doctor);
        assertThat(doctor.out()).contains("neo4j can be read", "qdrant can be read", "redis can be read");
        ProcessResult backup = ngbak("backup", "--id", "mine", "--note", "before re-index", "--json");
        assertSuccess(backup);
        assertThat(backup.result().at("/statistics/relationships").asInt()).isGreaterThan(80);
        assertThat(backup.result().at("/storage_backends").toString())
                .isEqualTo("{\"graph\":\"neo4j\",\"vector\":\"qdrant\",\"kv\":\"redis\"}");
        assertThat(ngbak("list").out()).contains("mine");
        assertThat(ngbak("inspect", "mine").out()).contains("mine").containsIgnoringCase("neo4j");
        assertSuccess(ngbak("verify", "mine"));

        stack.wipeScope();
        ProcessResult restore = ngbak("restore", "mine", "--yes");
        assertSuccess(restore);
        assertThat(restore.out()).contains("Proved equal to the archive");
        assertThat(stack.fingerprints()).isEqualTo(before);
        assertThat(stack.foreignFingerprints()).isEqualTo(foreign);

        stack.redis().jedis().set(RedisStore.PREFIX + "full_docs:doc-text", "changed");
        assertSuccess(ngbak("restore", "mine", "--yes", "--backends", "kv"));
        assertThat(stack.fingerprints()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource({
        "NEO4J_URL, bolt://127.0.0.1:PORT, 7, NEO4J_URL",
        "QDRANT_URL, http://127.0.0.1:PORT, 7, QDRANT_URL",
        "REDIS_URL, redis://127.0.0.1:PORT, 7, REDIS_URL",
        "NEO4J_PASSWORD, wr0ng, 2, NEO4J_PASSWORD",
        "REDIS_PASSWORD, wr0ng, 2, REDIS_PASSWORD",
        "NEO4J_DATABASE, nowhere, 2, NEO4J_DATABASE",
        "NEO4J_GRAPH_NAMESPACE, Another, 2, NEO4J_GRAPH_NAMESPACE",
        "QDRANT_NAMESPACE_PREFIX, another, 2, QDRANT_NAMESPACE_PREFIX",
        "WORKING_DIR, /srv/another, 2, QDRANT_NAMESPACE_PREFIX",
        "REDIS_KEY_PREFIX, another:, 2, REDIS_KEY_PREFIX"
    })
    void backupWithAWrongSettingFailsAndNamesTheSetting(String name, String value, int code, String named)
            throws Exception {
        environment.put(name, value.replace("PORT", Integer.toString(deadPort())));

        ProcessResult backup = ngbak("backup", "--json");

        assertThat(backup.code()).as(backup.out() + backup.err()).isEqualTo(code);
        assertThat(backup.result().path("ok").asBoolean()).isFalse();
        assertThat(backup.out()).contains(named).doesNotContain("wr0ng");
        try (Stream<Path> files = Files.list(home.resolve("backups"))) {
            assertThat(files.filter(Files::isRegularFile)).isEmpty();
        }
    }

    private static int deadPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void restoreIntoOtherBackendsFailsAndChangesNothing() throws Exception {
        assertSuccess(ngbak("backup", "--id", "servers"));
        Map<?, String> before = stack.fingerprints();
        Map<String, String> servers = environment;

        environment = new HashMap<>();
        Path folder = Files.createDirectory(home.resolve("api_working_dir"));
        Files.writeString(folder.resolve("kv_store_full_docs.json"), "{\"doc-1\": {\"content\": \"one\"}}");
        ProcessResult intoFiles = ngbak("restore", "servers", "--yes");
        assertThat(intoFiles.code()).as(intoFiles.err()).isEqualTo(8);
        assertThat(intoFiles.err()).contains("GRAPH_BACKEND=neo4j", "VECTOR_BACKEND=qdrant", "KV_BACKEND=redis");
        assertThat(folder.resolve("kv_store_full_docs.json")).hasContent("{\"doc-1\": {\"content\": \"one\"}}");
        assertSuccess(ngbak("backup", "--id", "files"));

        environment = servers;
        ProcessResult intoServers = ngbak("restore", "files", "--yes");
        assertThat(intoServers.code()).as(intoServers.err()).isEqualTo(8);
        assertThat(intoServers.err()).contains("GRAPH_BACKEND");
        assertThat(stack.fingerprints()).isEqualTo(before);
    }

    @Test
    void toolFillsReadsRewritesAndWipesStores() throws Exception {
        Map<String, String> before = new HashMap<>();
        stack.fingerprints().forEach((role, fingerprint) -> before.put(role.id(), fingerprint));
        assertThat(tool("wipe")).contains("graph wiped", "vector wiped", "kv wiped");
        assertThat(stack.fingerprints().get(Role.GRAPH)).startsWith("0 records");
        assertThat(tool("fill", "tiny", "fork", "--seed", "1", "--dimension", "16"))
                .contains("graph filled", "vector filled", "kv filled");
        assertThat(tool("read", "--together")).contains("graph ", "vector ", "kv ", "all ");
        assertThat(tool("rewrite")).contains("graph ", "vector ", "kv ");
        // Redis is not compared: keys have new expiry times. All other data depends on the seed alone.
        assertThat(stack.fingerprints().get(Role.GRAPH)).isEqualTo(before.get("graph"));
        assertThat(stack.fingerprints().get(Role.VECTOR)).isEqualTo(before.get("vector"));
        assertThat(tool("help")).contains("SIZE", "fork");
    }

    private String tool(String... arguments) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(java(Main.class.getName(), arguments))
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("tool").toFile());
        builder.environment().putAll(environment);
        assertThat(builder.start().waitFor()).as(String.join(" ", arguments)).isZero();
        return Files.readString(home.resolve("tool"));
    }
}
