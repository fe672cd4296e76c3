package dev.ngbak.neo4jserver;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A running Neo4j Community for tests, on a free port with its own temporary directory. It ends with the process that started
 * it. It runs with a class path that the build wrote to a file, so that Neo4j's libraries do not conflict with the driver's.
 */
public final class Neo4jServer implements AutoCloseable {

    static final String PASSWORD_VARIABLE = "NEO4J_TEST_PASSWORD";

    static final String PASSWORD = "test-s3cret-pass";

    private final Process process;
    private final Path home;
    private final int port;
    private final String version;

    private Neo4jServer(Process process, Path home, int port, String version) {
        this.process = process;
        this.home = home;
        this.port = port;
        this.version = version;
    }

    /**
     * Returns the server that all tests of this process share. The first call starts it, with the release that
     * {@link Neo4jRelease#selected} returns.
     */
    public static Neo4jServer shared() {
        return Shared.SERVER;
    }

    /** Starts a server of the selected release. The caller closes it. */
    public static Neo4jServer start() {
        return start(Neo4jRelease.selected());
    }

    /** Starts a server. The caller closes it. */
    public static Neo4jServer start(Neo4jRelease release) {
        try {
            Path home = Files.createTempDirectory("neo4j-test-");
            release.writeConfiguration(home);
            List<String> command = new ArrayList<>(release.java());
            command.addAll(List.of(ServerMain.class.getName(), home.toString(), "0"));
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().put(PASSWORD_VARIABLE, PASSWORD);
            builder.redirectError(home.resolve("stderr.log").toFile());
            Process process = builder.start();
            BufferedReader output =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                String[] words = line.split(" ");
                if (words[0].equals("ready")) {
                    drain(output);
                    System.out.println("Tests run against Neo4j Community " + words[2]);
                    return new Neo4jServer(process, home, Integer.parseInt(words[1]), words[2]);
                }
            }
            throw new IllegalStateException(
                    "Neo4j did not start: " + Files.readString(home.resolve("stderr.log"), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException("cannot start Neo4j", e);
        }
    }

    private static void drain(BufferedReader output) {
        Thread thread = new Thread(() -> output.lines().forEach(line -> {}), "neo4j-output");
        thread.setDaemon(true);
        thread.start();
    }

    public String url() {
        return "bolt://127.0.0.1:" + port;
    }

    public int port() {
        return port;
    }

    public String username() {
        return "neo4j";
    }

    public String password() {
        return PASSWORD;
    }

    public String version() {
        return version;
    }

    /** Kills the server, as a power failure would. */
    public void kill() {
        process.destroyForcibly();
        await();
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(15, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            await();
            deleteTree(home);
        } catch (IOException e) {
            throw new IllegalStateException("cannot stop Neo4j and delete its directory", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static void deleteTree(Path root) throws IOException {
        List<Path> files;
        try (Stream<Path> tree = Files.walk(root)) {
            files = tree.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }

    private void await() {
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static final class Shared {

        private static final Neo4jServer SERVER = start();

        static {
            Runtime.getRuntime().addShutdownHook(new Thread(SERVER::close, "neo4j-stop"));
        }

        private Shared() {}
    }
}
