package dev.ngbak.testkit;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * A real Redis server of a test's own: a child process on a free port, with a temporary folder that goes with it. It is the
 * machine's {@code redis-server} where there is one, else (or with {@code -Dngbak.test.redis=embedded}) that of the
 * embedded-redis artifact. Never one that runs already.
 */
public final class RedisServer implements Closeable {

    private static final long PATIENCE_MILLIS = 20_000;

    private final Path folder;
    private final int port;
    private final Process process;

    private RedisServer(Path folder, int port, Process process) {
        this.folder = folder;
        this.port = port;
        this.process = process;
    }

    /** Starts a server with options such as {@code --requirepass}, {@code secret}, and prints which one it is. */
    public static RedisServer start(String... options) {
        return start(false, options);
    }

    /** The same with the embedded-redis artifact's server, a 6.2, whatever the machine has. */
    public static RedisServer startEmbedded(String... options) {
        return start(true, options);
    }

    private static RedisServer start(boolean embedded, String... options) {
        try {
            Path folder = Files.createTempDirectory("ngbak-redis-");
            int port = freePort();
            List<String> command = new ArrayList<>(List.of(
                    executable(folder, embedded),
                    "--port",
                    Integer.toString(port),
                    "--bind",
                    "127.0.0.1",
                    "--dir",
                    folder.toString(),
                    "--save",
                    "",
                    "--daemonize",
                    "no"));
            command.addAll(List.of(options));
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log").toFile())
                    .start();
            RedisServer server = new RedisServer(folder, port, process);
            server.awaitReady();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static String executable(Path folder, boolean embedded) throws IOException {
        String forced = System.getProperty("ngbak.test.redis", "");
        if (!embedded && !forced.equals("embedded")) {
            for (String path : System.getenv().getOrDefault("PATH", "").split(java.io.File.pathSeparator)) {
                if (Files.isExecutable(Path.of(path, "redis-server"))) {
                    return Path.of(path, "redis-server").toString();
                }
            }
        }
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("mac") ? "darwin" : "linux";
        String arch = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
        String name = "/redis-server-6.2.6-v5-" + os + "-" + arch;
        Path file = folder.resolve("redis-server");
        try (InputStream in = RedisServer.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("no redis-server on PATH, and no " + name + " on the class path");
            }
            Files.copy(in, file);
        }
        if (!file.toFile().setExecutable(true)) {
            throw new IOException("the embedded redis-server cannot be made executable");
        }
        return file.toString();
    }

    private void awaitReady() throws IOException {
        long deadline = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (process.isAlive() && System.currentTimeMillis() < deadline) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress("127.0.0.1", port), 200);
                System.out.println("redis for tests: " + version() + ", port " + port);
                return;
            } catch (IOException e) {
                sleep();
            }
        }
        String log = Files.readString(folder.resolve("log"));
        close();
        throw new IOException("redis-server did not start: " + log);
    }

    private String version() throws IOException {
        return Files.readString(folder.resolve("log"), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.contains("version="))
                .map(line -> line.replaceAll(".*?(\\w+ version=[^,]*).*", "$1"))
                .findFirst()
                .orElse("unknown version");
    }

    private static void sleep() throws IOException {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    public int port() {
        return port;
    }

    /** The value of {@code REDIS_URL} for this server. */
    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** Ends the process at once, as a crash would. */
    public void kill() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        kill();
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
