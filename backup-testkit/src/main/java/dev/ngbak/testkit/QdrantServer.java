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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A Qdrant server for tests: the program at {@code QDRANT_BIN} with a temporary directory, or the running server at
 * {@code QDRANT_URL}, or else {@link QdrantDouble}. Prints which one it is.
 */
public final class QdrantServer implements AutoCloseable {

    /** The variable that names the programs of Qdrant. Tests of a single version use the first. */
    public static final String PROGRAMS = "QDRANT_BIN";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long START_TIMEOUT_MILLIS = 60_000;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String url;
    private final int grpcPort;
    private final ProcessBuilder program;
    private final Path directory;
    private final QdrantDouble fake;
    private final String apiKey;
    private Process process;

    private QdrantServer(
            String url, int grpcPort, ProcessBuilder program, Path directory, QdrantDouble fake, String apiKey) {
        this.url = url;
        this.grpcPort = grpcPort;
        this.program = program;
        this.directory = directory;
        this.fake = fake;
        this.apiKey = apiKey;
    }

    /** Starts a server, the real one if possible. */
    public static QdrantServer start() throws IOException {
        return start(null);
    }

    /**
     * Starts a server that requires an API key. Uses the double instead of a running server, whose key is fixed.
     *
     * @param apiKey {@code null} for none
     */
    public static QdrantServer start(@Nullable String apiKey) throws IOException {
        Optional<Path> program = ServerPrograms.of(PROGRAMS).stream().findFirst();
        if (program.isPresent()) {
            return startProgram(program.get(), apiKey);
        }
        String running = System.getenv("QDRANT_URL");
        if (running != null && !running.isBlank() && apiKey == null) {
            int grpcPort = Integer.parseInt(System.getenv().getOrDefault("QDRANT_GRPC_PORT", "6334"));
            return announce(new QdrantServer(running, grpcPort, null, null, null, System.getenv("QDRANT_API_KEY")));
        }
        return startDouble(apiKey);
    }

    /** Starts a server that a test may damage: never one that is running already. */
    public static QdrantServer startDedicated() throws IOException {
        Optional<Path> program = ServerPrograms.of(PROGRAMS).stream().findFirst();
        return program.isPresent() ? startProgram(program.get(), null) : startDouble(null);
    }

    /**
     * Starts the double even if a real server is available, because it can be made to fail.
     *
     * @param apiKey {@code null} for none
     */
    public static QdrantServer startDouble(@Nullable String apiKey) throws IOException {
        QdrantDouble fake = new QdrantDouble(apiKey);
        return announce(new QdrantServer(fake.url(), fake.grpcPort(), null, null, fake, apiKey));
    }

    /**
     * Starts one of the programs that {@link #PROGRAMS} names.
     *
     * @param apiKey {@code null} for none
     */
    public static QdrantServer startProgram(Path program, @Nullable String apiKey) throws IOException {
        return startProgram(program, apiKey, List.of(), Map.of());
    }

    /**
     * Starts a program with further options.
     *
     * @param options arguments of the command line
     * @param variables environment variables
     */
    static QdrantServer startProgram(
            Path program, @Nullable String apiKey, List<String> options, Map<String, String> variables)
            throws IOException {
        Path directory = Files.createTempDirectory("qdrant-test-");
        Files.createDirectories(directory.resolve("tmp"));
        int port = freePort();
        int grpcPort = freePort();
        List<String> command = new ArrayList<>(List.of(program.toString(), "--disable-telemetry"));
        command.addAll(options);
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        Map<String, String> environment = new HashMap<>(Map.of(
                "QDRANT__SERVICE__HOST", "127.0.0.1",
                "QDRANT__SERVICE__HTTP_PORT", Integer.toString(port),
                "QDRANT__SERVICE__GRPC_PORT", Integer.toString(grpcPort),
                "QDRANT__TELEMETRY_DISABLED", "true",
                "QDRANT__SERVICE__ENABLE_STATIC_CONTENT", "false",
                "QDRANT__STORAGE__STORAGE_PATH", directory.resolve("storage").toString(),
                "QDRANT__STORAGE__SNAPSHOTS_PATH",
                        directory.resolve("snapshots").toString(),
                "QDRANT__STORAGE__TEMP_PATH", directory.resolve("tmp").toString(),
                "QDRANT__STORAGE__HANDLE_COLLECTION_LOAD_ERRORS", "true"));
        if (apiKey != null) {
            environment.put("QDRANT__SERVICE__API_KEY", apiKey);
        }
        environment.putAll(variables);
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile());
        QdrantServer server = new QdrantServer("http://127.0.0.1:" + port, grpcPort, builder, directory, null, apiKey);
        server.run();
        return announce(server);
    }

    /** Starts the program, again if it was killed, with the same ports and files. */
    void run() throws IOException {
        process = program.start();
        awaitReady();
    }

    private static QdrantServer announce(QdrantServer server) {
        System.out.println("Qdrant in this test: " + server.description());
        return server;
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void awaitReady() throws IOException {
        long deadline = System.currentTimeMillis() + START_TIMEOUT_MILLIS;
        while (true) {
            try {
                if (status("GET", "/readyz", null) == 200) {
                    return;
                }
            } catch (IOException e) {
                // The server is still starting.
            }
            if (!process.isAlive() || System.currentTimeMillis() > deadline) {
                String log = Files.readString(directory.resolve("log"));
                close();
                throw new IOException("Qdrant did not start: " + log);
            }
            sleep(50);
        }
    }

    static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns which server this is, with its version. */
    public String description() {
        try {
            return (fake != null ? "the test double, " : process != null ? "the real server, " : "the running server, ")
                    + "version "
                    + call("GET", "/", null).path("version").asText();
        } catch (IOException e) {
            return "not reachable (" + e.getMessage() + ")";
        }
    }

    /** Returns whether this is a real Qdrant. */
    public boolean isReal() {
        return fake == null;
    }

    /** Returns the double. Only after {@link #startDouble}. */
    public QdrantDouble fake() {
        if (fake == null) {
            throw new IllegalStateException("this server is not the double");
        }
        return fake;
    }

    public String url() {
        return url;
    }

    /** Returns the port of the gRPC API. */
    public int grpcPort() {
        return grpcPort;
    }

    /** Returns the settings that lead to this server. */
    public Settings settings() {
        Settings settings = Settings.of(Map.of("QDRANT_URL", url, "QDRANT_GRPC_PORT", Integer.toString(grpcPort)));
        return apiKey == null ? settings : settings.with("QDRANT_API_KEY", apiKey);
    }

    /** Damages the files of a collection so that the server cannot load it. Only after {@link #startDedicated}. */
    public void damage(String collection) throws IOException {
        if (fake != null) {
            fake.damage(collection);
            return;
        }
        kill();
        List<Path> segments;
        try (Stream<Path> files =
                Files.walk(directory.resolve("storage/collections").resolve(collection))) {
            segments = files.filter(file -> file.endsWith("segment.json")).toList();
        }
        for (Path segment : segments) {
            Files.writeString(segment, "damaged");
        }
        run();
    }

    /** Calls the REST API and returns the answer, which must be successful. */
    public JsonNode call(String method, String path, String json) throws IOException {
        HttpResponse<String> response = send(method, path, json);
        if (response.statusCode() / 100 != 2) {
            throw new IOException(method + " " + path + ": " + response.statusCode() + " " + response.body());
        }
        return JSON.readTree(response.body());
    }

    /** Calls the REST API and returns the status of the answer. */
    public int status(String method, String path, String json) throws IOException {
        return send(method, path, json).statusCode();
    }

    private HttpResponse<String> send(String method, String path, String json) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                .header("Content-Type", "application/json")
                .method(method, json == null ? BodyPublishers.noBody() : BodyPublishers.ofString(json));
        if (apiKey != null) {
            request.header("api-key", apiKey);
        }
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Ends the server at once, like a crash. A server that was already running goes on. */
    public void kill() {
        if (process != null) {
            process.destroyForcibly().onExit().join();
        } else if (fake != null) {
            fake.close();
        }
    }

    @Override
    public void close() throws IOException {
        kill();
        if (directory != null) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file :
                        files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
