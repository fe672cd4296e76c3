package dev.ngbak.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ngbak.cli.WorkingFolders;
import dev.ngbak.spi.Settings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A real server on a free port with a working folder, and a client that validates every answer against openapi.json. */
final class ApiClient implements AutoCloseable {

    static final String PREFIX = "/api/v1";
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    final Path home;
    final Server server;
    private final OpenApiSchemas schemas = new OpenApiSchemas();
    private final HttpClient http = HttpClient.newBuilder().build();

    /** One answer. */
    record Answer(int status, HttpResponse<byte[]> response) {

        String text() {
            return new String(response.body(), StandardCharsets.UTF_8);
        }

        JsonNode json() throws IOException {
            return MAPPER.readTree(response.body());
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse(null);
        }
    }

    ApiClient(Path home, String... settings) throws IOException {
        this.home = home;
        if (!Files.exists(workingDir())) {
            WorkingFolders.make(workingDir(), 40, 1);
        }
        Map<String, String> all = new HashMap<>(Map.of(
                "WORKING_DIR", workingDir().toString(), "BACKUP_DIR", backups().toString(), "PORT", "0"));
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        this.server = new Server(Settings.of(all));
    }

    Path workingDir() {
        return home.resolve("working_dir");
    }

    Path backups() {
        return home.resolve("backups");
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    Answer get(String path, String... with) throws IOException, InterruptedException {
        return send("GET", path, BodyPublishers.noBody(), with);
    }

    Answer post(String path, String json, String... with) throws IOException, InterruptedException {
        return json == null
                ? send("POST", path, BodyPublishers.noBody(), with)
                : send("POST", path, BodyPublishers.ofString(json), concat(with, "Content-Type", "application/json"));
    }

    /** Sends a request to a path below the prefix, or outside of it if the path begins with two slashes. */
    Answer send(String method, String path, BodyPublisher body, String... with)
            throws IOException, InterruptedException {
        String real = path.startsWith("//") ? path.substring(1) : PREFIX + path;
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri(real)).timeout(TIMEOUT).method(method, body);
        if (with.length > 0) {
            request.headers(with);
        }
        HttpResponse<byte[]> response = http.send(request.build(), BodyHandlers.ofByteArray());
        Answer answer = new Answer(response.statusCode(), response);
        String plain = (path.startsWith("//") ? path.substring(1) : path).replaceAll("\\?.*", "");
        String type = answer.header("Content-Type");
        schemas.check(method, plain, answer.status(), type == null ? "" : type, answer.text());
        return answer;
    }

    private static String[] concat(String[] some, String... more) {
        return Stream.concat(Stream.of(some), Stream.of(more)).toArray(String[]::new);
    }

    /** Waits for the job of an answer with 202, and returns it. */
    JsonNode ended(Answer accepted) throws IOException, InterruptedException {
        if (accepted.status() != 202) {
            throw new AssertionError("no job was started: " + accepted.status() + " " + accepted.text());
        }
        return ended(accepted.json().path("job_id").asText());
    }

    JsonNode ended(String job) throws IOException, InterruptedException {
        while (true) {
            Answer answer = get("/jobs/" + job);
            JsonNode now = answer.json();
            if (answer.status() != 200) {
                throw new AssertionError("the job left no record: " + now);
            }
            if (now.path("completed_at").isTextual()) {
                return now;
            }
            Thread.sleep(20);
        }
    }

    /** Creates a backup and returns its id. */
    String backup(String id) throws IOException, InterruptedException {
        JsonNode job = ended(post("/backup", "{\"backup_id\": \"" + id + "\"}"));
        if (!job.path("status").asText().equals("completed")) {
            throw new AssertionError(job.toString());
        }
        return id;
    }

    /** Returns a form with files and texts: name, content, name, content … */
    static BodyPublisher form(Object... parts) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int i = 0; i < parts.length; i += 2) {
            boolean file = parts[i + 1] instanceof byte[];
            body.writeBytes(("--frontier\r\nContent-Disposition: form-data; name=\"" + parts[i] + "\""
                            + (file
                                    ? "; filename=\"../../any.name\"\r\nContent-Type: application/octet-stream"
                                    : "\r\nContent-Type: application/json")
                            + "\r\n\r\n")
                    .getBytes(StandardCharsets.UTF_8));
            body.writeBytes(file ? (byte[]) parts[i + 1] : ((String) parts[i + 1]).getBytes(StandardCharsets.UTF_8));
            body.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
        }
        body.writeBytes("--frontier--\r\n".getBytes(StandardCharsets.UTF_8));
        return BodyPublishers.ofByteArray(body.toByteArray());
    }

    static final String FORM = "multipart/form-data; boundary=frontier";

    Answer upload(String path, Object... parts) throws IOException, InterruptedException {
        return send("POST", path, form(parts), "Content-Type", FORM);
    }

    /** Sends raw bytes, and returns everything that the server sends until it closes the connection. */
    String raw(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.setSoTimeout((int) TIMEOUT.toMillis());
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            try (InputStream in = socket.getInputStream()) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
        }
    }

    List<String> leftoverFiles() throws IOException {
        return LeftoverFiles.in(backups());
    }

    @Override
    public void close() {
        server.close();
    }
}
