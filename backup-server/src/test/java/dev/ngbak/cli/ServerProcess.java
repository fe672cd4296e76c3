package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ngbak.server.LeftoverFiles;
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
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Base of tests that run the server as a process, and stop, kill and restart it. */
abstract class ServerProcess {

    static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Pattern URL = Pattern.compile("http://[0-9.]+:\\d+/");

    @TempDir
    Path temp;

    private final HttpClient http = HttpClient.newHttpClient();
    NgbakProcess ngbak;
    Process process;
    String url;
    Path out;
    Path err;
    String[] headers = {};

    @BeforeEach
    void createWorkingFolder() throws IOException {
        ngbak = new NgbakProcess(temp);
        WorkingFolders.make(ngbak.workingDir(), 40, 1);
        ngbak.settings.put("PORT", "0");
    }

    @AfterEach
    void kill() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }

    void serve() throws Exception {
        start(NgbakProcess.java(Main.class.getName(), "serve"));
    }

    void start(List<String> command) throws Exception {
        out = Files.createTempFile(temp, "serve", ".out");
        err = Files.createTempFile(temp, "serve", ".err");
        process = ngbak.start(command, out, err);
        Matcher address = URL.matcher("");
        while (!address.find()) {
            assertThat(process.isAlive()).as(Files.readString(err)).isTrue();
            Thread.sleep(20);
            address = URL.matcher(Files.readString(out));
        }
        url = address.group();
    }

    JsonNode get(String path) throws Exception {
        return MAPPER.readTree(text("GET", path, null).body());
    }

    HttpResponse<String> text(String method, String path, String json) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                .header("Content-Type", "application/json")
                .method(method, json == null ? BodyPublishers.noBody() : BodyPublishers.ofString(json));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    String startJob(String path, String json) throws Exception {
        HttpResponse<String> accepted = text("POST", "api/v1/" + path, json);
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
        return MAPPER.readTree(accepted.body()).path("job_id").asText();
    }

    JsonNode ended(String job) throws Exception {
        JsonNode now = get("api/v1/jobs/" + job);
        while (!now.path("completed_at").isTextual()) {
            Thread.sleep(20);
            now = get("api/v1/jobs/" + job);
        }
        return now;
    }

    List<String> leftoverFiles() throws IOException {
        return LeftoverFiles.in(ngbak.backups());
    }

    Map<String, String> working() throws IOException {
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
}
