package dev.ngbak.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A Qdrant to test with: the program that {@code QDRANT_BIN} names, started with a folder of its own and removed at the
 * end; or the server that runs at {@code QDRANT_URL}; or else {@link QdrantDouble}. {@link #answering} says which.
 */
public final class QdrantServer implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long START_MILLIS = 60_000;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String url;
    private final int grpcPort;
    private final ProcessBuilder program;
    private final Path folder;
    private final QdrantDouble stand;
    private final String key;
    private Process process;

    private QdrantServer(
            String url, int grpcPort, ProcessBuilder program, Path folder, QdrantDouble stand, String key) {
        this.url = url;
        this.grpcPort = grpcPort;
        this.program = program;
        this.folder = folder;
        this.stand = stand;
        this.key = key;
    }

    /** The best there is here. */
    public static QdrantServer start() throws IOException {
        return start(null);
    }

    /** The same, which lets in only who has a key. A server that runs already cannot be given one: then, a double. */
    public static QdrantServer start(String key) throws IOException {
        String program = System.getenv("QDRANT_BIN");
        if (program != null && !program.isBlank()) {
            return run(program, key);
        }
        String running = System.getenv("QDRANT_URL");
        if (running != null && !running.isBlank() && key == null) {
            int grpcPort = Integer.parseInt(System.getenv().getOrDefault("QDRANT_GRPC_PORT", "6334"));
            return told(new QdrantServer(running, grpcPort, null, null, null, System.getenv("QDRANT_API_KEY")));
        }
        return standIn(key);
    }

    /** A server of our own, which may be damaged: never one that runs already. */
    public static QdrantServer startOwn() throws IOException {
        String program = System.getenv("QDRANT_BIN");
        return program != null && !program.isBlank() ? run(program, null) : standIn(null);
    }

    /** The double, also where a real server could be had: it can be made to fail. */
    public static QdrantServer standIn(String key) throws IOException {
        QdrantDouble stand = new QdrantDouble(key);
        return told(new QdrantServer(stand.url(), stand.grpcPort(), null, null, stand, key));
    }

    private static QdrantServer run(String program, String key) throws IOException {
        Path folder = Files.createTempDirectory("qdrant-test-");
        Files.createDirectories(folder.resolve("tmp"));
        int port = freePort();
        int grpcPort = freePort();
        ProcessBuilder builder = new ProcessBuilder(program, "--disable-telemetry").directory(folder.toFile());
        Map<String, String> environment = new HashMap<>(Map.of(
                "QDRANT__SERVICE__HOST", "127.0.0.1",
                "QDRANT__SERVICE__HTTP_PORT", Integer.toString(port),
                "QDRANT__SERVICE__GRPC_PORT", Integer.toString(grpcPort),
                "QDRANT__TELEMETRY_DISABLED", "true",
                "QDRANT__SERVICE__ENABLE_STATIC_CONTENT", "false",
                "QDRANT__STORAGE__STORAGE_PATH", folder.resolve("storage").toString(),
                "QDRANT__STORAGE__SNAPSHOTS_PATH", folder.resolve("snapshots").toString(),
                "QDRANT__STORAGE__TEMP_PATH", folder.resolve("tmp").toString(),
                "QDRANT__STORAGE__HANDLE_COLLECTION_LOAD_ERRORS", "true"));
        if (key != null) {
            environment.put("QDRANT__SERVICE__API_KEY", key);
        }
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile());
        QdrantServer server = new QdrantServer("http://127.0.0.1:" + port, grpcPort, builder, folder, null, key);
        server.run();
        return told(server);
    }

    private void run() throws IOException {
        process = program.start();
        awaitReady();
    }

    private static QdrantServer told(QdrantServer server) {
        System.out.println("Qdrant in this test: " + server.answering());
        return server;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void awaitReady() throws IOException {
        long deadline = System.currentTimeMillis() + START_MILLIS;
        while (true) {
            try {
                if (status("GET", "/readyz", null) == 200) {
                    return;
                }
            } catch (IOException e) {
                // Not yet.
            }
            if (!process.isAlive() || System.currentTimeMillis() > deadline) {
                String log = Files.readString(folder.resolve("log"));
                close();
                throw new IOException("Qdrant did not start: " + log);
            }
            sleep(50);
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Which server answers, with its version. */
    public String answering() {
        try {
            return (stand != null ? "the protocol double, as " : process != null ? "the real server, " : "at its URL, ")
                    + "version "
                    + call("GET", "/", null).path("version").asText();
        } catch (IOException e) {
            return "none (" + e.getMessage() + ")";
        }
    }

    /** Whether it is Qdrant itself. */
    public boolean isReal() {
        return stand == null;
    }

    /** The double, where it is the one that answers. */
    public QdrantDouble stand() {
        return stand;
    }

    public String url() {
        return url;
    }

    /** Where it listens for gRPC. */
    public int grpcPort() {
        return grpcPort;
    }

    /** The settings that lead to it, by REST and by gRPC. */
    public Settings settings() {
        Settings settings = Settings.of(Map.of("QDRANT_URL", url, "QDRANT_GRPC_PORT", Integer.toString(grpcPort)));
        return key == null ? settings : settings.with("QDRANT_API_KEY", key);
    }

    /** Makes the files of a collection such that it cannot be loaded any more. Not for a server that is not ours. */
    public void damage(String collection) throws IOException {
        if (stand != null) {
            stand.damage(collection);
            return;
        }
        kill();
        List<Path> segments;
        try (Stream<Path> files =
                Files.walk(folder.resolve("storage/collections").resolve(collection))) {
            segments = files.filter(file -> file.endsWith("segment.json")).toList();
        }
        for (Path segment : segments) {
            Files.writeString(segment, "damaged");
        }
        run();
    }

    /** Calls it, and returns the whole answer, which must be a good one. */
    public JsonNode call(String method, String path, String json) throws IOException {
        HttpResponse<String> response = send(method, path, json);
        if (response.statusCode() / 100 != 2) {
            throw new IOException(method + " " + path + ": " + response.statusCode() + " " + response.body());
        }
        return JSON.readTree(response.body());
    }

    /** Calls it, and returns the status only. */
    public int status(String method, String path, String json) throws IOException {
        return send(method, path, json).statusCode();
    }

    private HttpResponse<String> send(String method, String path, String json) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                .header("Content-Type", "application/json")
                .method(method, json == null ? BodyPublishers.noBody() : BodyPublishers.ofString(json));
        if (key != null) {
            request.header("api-key", key);
        }
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Ends it at once, as a crash does. One that is not ours goes on. */
    public void kill() {
        if (process != null) {
            process.destroyForcibly().onExit().join();
        } else if (stand != null) {
            stand.close();
        }
    }

    @Override
    public void close() throws IOException {
        kill();
        if (folder != null) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file :
                        files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
