package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ngbak.cli.Ngbak.Ended;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server as a process: started, stopped, killed and started again. */
class ServeTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Pattern URL = Pattern.compile("http://[0-9.]+:\\d+/");

    @TempDir
    Path temp;

    private final HttpClient http = HttpClient.newHttpClient();
    private Ngbak ngbak;
    private Process process;
    private String url;
    private Path out;
    private Path err;
    private String[] headers = {};

    @BeforeEach
    void fillTheWorkingFolder() throws IOException {
        ngbak = new Ngbak(temp);
        WorkingFolders.make(ngbak.workingDir(), 40, 1);
        ngbak.settings.put("PORT", "0");
    }

    @AfterEach
    void kill() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }

    private void serve() throws Exception {
        start(Ngbak.java(Main.class.getName(), "serve"));
    }

    private void start(List<String> command) throws Exception {
        out = Files.createTempFile(temp, "serve", ".out");
        err = Files.createTempFile(temp, "serve", ".err");
        process = ngbak.start(command, out, err);
        Matcher said = URL.matcher("");
        while (!said.find()) {
            assertThat(process.isAlive()).as(Files.readString(err)).isTrue();
            Thread.sleep(20);
            said = URL.matcher(Files.readString(out));
        }
        url = said.group();
    }

    private JsonNode get(String path) throws Exception {
        return MAPPER.readTree(text("GET", path, null).body());
    }

    private HttpResponse<String> text(String method, String path, String json) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                .header("Content-Type", "application/json")
                .method(method, json == null ? BodyPublishers.noBody() : BodyPublishers.ofString(json));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private String begin(String path, String json) throws Exception {
        HttpResponse<String> accepted = text("POST", "api/v1/" + path, json);
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
        return MAPPER.readTree(accepted.body()).path("job_id").asText();
    }

    private JsonNode ended(String job) throws Exception {
        JsonNode now = get("api/v1/jobs/" + job);
        while (!now.path("completed_at").isTextual()) {
            Thread.sleep(20);
            now = get("api/v1/jobs/" + job);
        }
        return now;
    }

    private List<String> leftOvers() throws IOException {
        try (Stream<Path> files = Files.walk(ngbak.backups())) {
            return files.filter(Files::isRegularFile)
                    .map(file -> ngbak.backups().relativize(file).toString())
                    .filter(name -> name.startsWith(".ngbak/") && !name.startsWith(".ngbak/jobs/"))
                    .filter(name -> !name.equals(".ngbak/lock"))
                    .toList();
        }
    }

    private Map<String, String> working() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(ngbak.workingDir())) {
            for (Path file : files.filter(file -> !file.getFileName().toString().startsWith("."))
                    .toList()) {
                contents.put(
                        file.getFileName().toString(),
                        new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
        }
        return contents;
    }

    @Test
    void aTermSignalStopsTheServerAndTheJobThatRuns() throws Exception {
        Path started = temp.resolve("started");
        Path released = temp.resolve("released");
        ngbak.settings.put("BACKUP_PAUSE_HOOK", "touch " + started + "; sleep 100");
        ngbak.settings.put("BACKUP_RESUME_HOOK", "touch " + released);
        serve();
        String job = begin("backup", "{\"backup_id\": \"first\"}");
        while (!Files.exists(started)) {
            Thread.sleep(20);
        }

        process.destroy();

        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(released).exists();
        assertThat(leftOvers()).isEmpty();

        ngbak.settings.remove("BACKUP_PAUSE_HOOK");
        serve();
        assertThat(get("api/v1/jobs/" + job).path("status").asText()).isEqualTo("cancelled");
        assertThat(get("api/v1/backup")).isEmpty();
        assertThat(ended(begin("backup", "{\"backup_id\": \"first\"}"))
                        .path("status")
                        .asText())
                .isEqualTo("completed");
    }

    @Test
    void aBackupWhoseServerIsKilledHasFailedWhenTheNextStarts() throws Exception {
        Path started = temp.resolve("started");
        Path released = temp.resolve("released");
        ngbak.settings.put("BACKUP_PAUSE_HOOK", "touch " + started + "; sleep 5");
        ngbak.settings.put("BACKUP_RESUME_HOOK", "touch " + released);
        serve();
        String job = begin("backup", "{\"backup_id\": \"first\"}");
        while (!Files.exists(started)) {
            Thread.sleep(20);
        }

        process.destroyForcibly().waitFor();
        ngbak.settings.remove("BACKUP_PAUSE_HOOK");
        serve();

        JsonNode failed = get("api/v1/jobs/" + job);
        assertThat(failed.path("status").asText()).isEqualTo("failed");
        assertThat(failed.path("error").asText()).contains("No archive was made");
        assertThat(failed.path("completed_at").isTextual()).isTrue();
        assertThat(released).exists();
        assertThat(ended(begin("backup", "{\"backup_id\": \"second\"}"))
                        .path("status")
                        .asText())
                .isEqualTo("completed");
        assertThat(leftOvers()).isEmpty();
        assertThat(get("api/v1/jobs")).hasSize(2);
    }

    @Test
    void aRestoreWhoseServerIsKilledIsSettledByTheNext() throws Exception {
        Path large = temp.resolve("large");
        ngbak.settings.put("WORKING_DIR", WorkingFolders.make(large, 6_000, 2).toString());
        serve();
        ended(begin("backup", "{\"backup_id\": \"target\"}"));
        Path small = ngbak.workingDir();
        for (int n = 0; n < 4; n++) {
            // The same folder, with another content.
            try (Stream<Path> files = Files.list(large)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            try (Stream<Path> files = Files.list(small)) {
                for (Path file : files.toList()) {
                    Files.copy(file, large.resolve(file.getFileName()));
                }
            }
            Map<String, Long> before = sizes(large);
            String job = begin("restore", "{\"backup_id\": \"target\"}");
            while (!get("api/v1/jobs/" + job)
                            .path("progress")
                            .path("phase")
                            .asText()
                            .equals("restoring")
                    && !get("api/v1/jobs/" + job).path("completed_at").isTextual()) {
                Thread.sleep(1);
            }
            process.destroyForcibly().waitFor();

            serve();
            assertThat(get("health/live").path("status").asText()).isEqualTo("live");
            JsonNode killed = get("api/v1/jobs/" + job);
            assertThat(killed.path("status").asText()).isIn("failed", "completed");
            while (text("GET", "health/ready", null).statusCode() != 200) {
                Thread.sleep(20);
            }
            while (get("api/v1/jobs").findValuesAsText("status").contains("processing")) {
                Thread.sleep(20);
            }
            JsonNode jobs = get("api/v1/jobs");
            if (jobs.path(0).path("type").asText().equals("recover")) {
                assertThat(jobs.path(0).path("status").asText())
                        .as(jobs.path(0).toString())
                        .isEqualTo("completed");
                assertThat(sizes(large)).isEqualTo(before);
            }
            assertThat(sizes(large).get("kv_store_full_docs.json"))
                    .isIn(before.get("kv_store_full_docs.json"), archived("kv/full_docs.json"));
            boolean old = sizes(large).equals(before);
            boolean mixed = !old
                    && sizes(large).entrySet().stream()
                            .anyMatch(file -> file.getValue().equals(before.get(file.getKey())));
            assertThat(mixed).as(sizes(large) + " and before " + before).isFalse();
        }
    }

    private long archived(String path) throws Exception {
        for (JsonNode file : get("api/v1/backup/target").path("files")) {
            if (file.path("path").asText().equals(path)) {
                return file.path("size").asLong();
            }
        }
        throw new AssertionError(path);
    }

    private static Map<String, Long> sizes(Path folder) throws IOException {
        Map<String, Long> sizes = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(file -> !file.getFileName().toString().startsWith("."))
                    .toList()) {
                sizes.put(file.getFileName().toString(), Files.size(file));
            }
        }
        return sizes;
    }

    @Test
    void jobsOfTheCommandLineAreSeenAndKeepTheServerWaiting() throws Exception {
        serve();
        Path started = temp.resolve("started");
        Path go = temp.resolve("go");
        ngbak.settings.put(
                "BACKUP_PAUSE_HOOK", "touch " + started + "; while [ ! -e " + go + " ]; do sleep 0.02; done");
        Process other = ngbak.start(Ngbak.java(Main.class.getName(), "backup", "--id", "theirs"));
        while (!Files.exists(started)) {
            Thread.sleep(20);
        }
        JsonNode running = get("api/v1/jobs").path(0);
        assertThat(running.path("status").asText()).isEqualTo("processing");
        assertThat(running.path("metadata").path("backup_id").asText()).isEqualTo("theirs");
        String job = running.path("job_id").asText();

        HttpResponse<String> busy = text("POST", "api/v1/backup", null);
        assertThat(busy.statusCode()).isEqualTo(409);
        assertThat(MAPPER.readTree(busy.body()).path("job_id").asText()).isEqualTo(job);
        assertThat(text("POST", "api/v1/jobs/" + job + "/cancel", null).statusCode())
                .isEqualTo(409);

        Files.createFile(go);
        assertThat(other.waitFor()).isZero();
        assertThat(ended(job).path("status").asText()).isEqualTo("completed");

        Process killed = ngbak.start(Ngbak.java(Main.class.getName(), "verify", "theirs"));
        killed.waitFor();
        assertThat(get("api/v1/jobs").path(0).path("type").asText()).isEqualTo("verify");
        assertThat(get("api/v1/jobs")).hasSize(2);
    }

    @Test
    void nothingThatIsSecretIsSaid() throws Exception {
        ngbak.settings.put(
                "BACKUP_API_KEY_FILE",
                Files.writeString(temp.resolve("key"), "MARKER0").toString());
        ngbak.settings.put("NEO4J_PASSWORD", "MARKER1");
        ngbak.settings.put("REDIS_URL", "redis://u:MARKER2@127.0.0.1:1/0");
        ngbak.settings.put("QDRANT_API_KEY", "MARKER3");
        ngbak.settings.put("QDRANT_URL", "http://127.0.0.1:1");
        ngbak.settings.put("NEO4J_URL", "bolt://127.0.0.1:1");
        ngbak.settings.put("BACKUP_PAUSE_HOOK", "http://u:MARKER4@127.0.0.1:1/pause");
        headers = new String[] {"X-API-Key", "MARKER0"};
        StringBuilder said = new StringBuilder();
        for (Map<String, String> stores : List.of(
                Map.of("GRAPH_BACKEND", "neo4j", "VECTOR_BACKEND", "qdrant", "KV_BACKEND", "redis"),
                Map.of("GRAPH_BACKEND", "networkx", "VECTOR_BACKEND", "nano", "KV_BACKEND", "json"))) {
            ngbak.settings.putAll(stores);
            ngbak.settings.put("LOG_FORMAT", stores.containsValue("redis") ? "json" : "text");
            serve();
            JsonNode failed = ended(begin("backup", null));
            assertThat(failed.path("status").asText()).isEqualTo("failed");
            said.append(failed);
            said.append(text("POST", "api/v1/restore", "{\"backup_id\": \"none\"}"));
            said.append(text("POST", "api/v1/session", "{\"key\": \"MARKER0\"}").headers());
            for (String path : List.of("api/v1/stack", "api/v1/jobs", "metrics", "", "openapi.json", "health/ready")) {
                said.append(text("GET", path, null).body());
            }
            process.destroy();
            process.waitFor();
            String log = Files.readString(err);
            assertThat(log).contains("Failed after");
            said.append(Files.readString(out)).append(log);
        }
        try (Stream<Path> files = Files.walk(ngbak.backups())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                said.append(Files.readString(file));
            }
        }

        assertThat(said.toString()).doesNotContain("MARKER");
    }

    @Test
    void theLogIsLinesOfJsonWhenAskedSo() throws Exception {
        ngbak.settings.put("LOG_FORMAT", "json");
        ngbak.settings.put("HOST", "0.0.0.0");
        serve();
        String job = begin("backup", "{\"note\": \"two\\nlines\"}");
        ended(job);
        process.destroy();
        process.waitFor();

        List<String> lines = Files.readAllLines(err);
        List<JsonNode> events = new ArrayList<>();
        for (String line : lines.subList(0, lines.size() - 1)) { // the last is the terminal's
            events.add(MAPPER.readTree(line));
        }
        assertThat(events)
                .allSatisfy(event -> assertThat(event.path("message").asText()).isNotBlank());
        assertThat(events)
                .anySatisfy(event -> assertThat(event.path("job_id").asText()).isEqualTo(job))
                .anySatisfy(event -> {
                    assertThat(event.path("level").asText()).isEqualTo("warn");
                    assertThat(event.path("message").asText()).contains("BACKUP_API_KEY");
                });
    }

    @Test
    void whatCannotBeServedIsExitTwo() throws Exception {
        ngbak.settings.put("PORT", "many");
        Ended port = ngbak.run("serve");
        ngbak.settings.put("PORT", "0");
        ngbak.settings.put("KV_BACKEND", "paper");
        Ended backend = ngbak.run("serve", "--json");
        ngbak.settings.remove("KV_BACKEND");
        serve();
        ngbak.settings.put("PORT", Integer.toString(URI.create(url).getPort()));
        Ended taken = ngbak.run("serve");

        assertThat(port.code()).isEqualTo(2);
        assertThat(port.err()).contains("PORT is \"many\"");
        assertThat(backend.code()).isEqualTo(2);
        assertThat(backend.result().path("error").asText()).contains("KV_BACKEND");
        assertThat(taken.code()).as(taken.err()).isEqualTo(2);
        assertThat(taken.err()).contains("another program uses the port").doesNotContain("\tat ");
    }

    @Test
    void theDemoEndsWithTheDashboardAndLeavesNothingWhenItIsEnded() throws Exception {
        Path tmp = Files.createDirectory(temp.resolve("tmp"));
        List<String> command = new ArrayList<>(Ngbak.java(Main.class.getName(), "demo"));
        command.add(1, "-Djava.io.tmpdir=" + tmp);
        start(command);

        assertThat(get("api/v1/backup")).hasSizeGreaterThanOrEqualTo(1);
        assertThat(get("api/v1/jobs").findValuesAsText("type")).contains("backup", "restore");
        assertThat(get("api/v1/stack").path("kv").path("reachable").asBoolean()).isTrue();
        process.destroy();

        assertThat(process.waitFor()).isZero();
        assertThat(tmp).isEmptyDirectory();
        assertThat(working()).hasSize(3);
    }
}
