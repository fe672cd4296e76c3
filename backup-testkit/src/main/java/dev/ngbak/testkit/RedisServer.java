package dev.ngbak.testkit;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
 * A real Redis server for tests: a child process on a free port with a temporary directory. Uses the {@code redis-server} on
 * the PATH. If there is none, or with {@code -Dngbak.test.redis=embedded}, uses the one of the embedded-redis artifact. {@code
 * -Dngbak.test.redis} can also be the path of another program.
 */
public final class RedisServer implements Closeable {

    private static final long START_TIMEOUT_MILLIS = 20_000;
    private static final int BUS_OFFSET = 10_000;
    private static final int MAX_PORT = 65_535;

    private final Path directory;
    private final int port;
    private final List<String> command;
    private Process process;

    private RedisServer(Path directory, int port, List<String> command) {
        this.directory = directory;
        this.port = port;
        this.command = command;
    }

    /** Starts a server with options, such as {@code --requirepass} and {@code secret}, and prints its version. */
    public static RedisServer start(String... options) {
        return start(false, options);
    }

    /** Starts the Redis 6.2 of the embedded-redis artifact, as {@link #start} does. */
    public static RedisServer startEmbedded(String... options) {
        return start(true, options);
    }

    /** Starts another program, such as one of {@link ServerPrograms}, as {@link #start} does. */
    public static RedisServer startProgram(Path program, String... options) {
        return start(directory -> program.toString(), options);
    }

    /**
     * Starts a sentinel that decides alone when the master has failed, which is after half a second.
     *
     * @param lines for its configuration, such as {@code requirepass secret}
     */
    public static RedisServer startSentinel(String masterName, RedisServer master, String... lines) {
        List<String> configuration = new ArrayList<>(List.of(
                "sentinel monitor " + masterName + " 127.0.0.1 " + master.port() + " 1",
                "sentinel down-after-milliseconds " + masterName + " 500",
                "sentinel failover-timeout " + masterName + " 5000"));
        configuration.addAll(List.of(lines));
        return startCommand(directory -> List.of(
                executable(directory, false),
                Files.write(directory.resolve("sentinel.conf"), configuration).toString(),
                "--sentinel"));
    }

    private static RedisServer start(boolean embeddedOnly, String... options) {
        return start(directory -> executable(directory, embeddedOnly), options);
    }

    /** Finds the program of a server, which may use the server's directory. */
    @FunctionalInterface
    private interface Finder {
        String program(Path directory) throws IOException;
    }

    private static RedisServer start(Finder finder, String... options) {
        List<String> all = new ArrayList<>(List.of("--save", ""));
        all.addAll(List.of(options));
        return startCommand(directory -> List.of(finder.program(directory)), all.toArray(new String[0]));
    }

    /** Returns a program and its first arguments, which may use the server's directory. */
    @FunctionalInterface
    private interface CommandStart {
        List<String> in(Path directory) throws IOException;
    }

    private static RedisServer startCommand(CommandStart start, String... options) {
        try {
            Path directory = Files.createTempDirectory("ngbak-redis-");
            int port = freePort();
            List<String> command = new ArrayList<>(start.in(directory));
            command.addAll(List.of(
                    "--port",
                    Integer.toString(port),
                    "--bind",
                    "127.0.0.1",
                    "--dir",
                    directory.toString(),
                    "--daemonize",
                    "no"));
            command.addAll(List.of(options));
            RedisServer server = new RedisServer(directory, port, command);
            server.restart();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts the process again after {@link #kill}. The server is empty, but a node of a cluster keeps its id and slots. */
    public void restart() {
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
            awaitReady();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a free port. The port of the cluster bus, which is higher by 10,000, is free too. */
    public static int freePort() throws IOException {
        while (true) {
            try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                int port = socket.getLocalPort();
                if (port <= MAX_PORT - BUS_OFFSET && isFree(port + BUS_OFFSET)) {
                    return port;
                }
            }
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns the path of the program. Unpacks the embedded one into the directory. */
    private static String executable(Path directory, boolean embeddedOnly) throws IOException {
        String forced = System.getProperty("ngbak.test.redis", "");
        if (!embeddedOnly && forced.contains(File.separator)) {
            return forced;
        }
        if (!embeddedOnly && !forced.equals("embedded")) {
            for (String path : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
                if (Files.isExecutable(Path.of(path, "redis-server"))) {
                    return Path.of(path, "redis-server").toString();
                }
            }
        }
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("mac") ? "darwin" : "linux";
        String arch = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
        String name = "/redis-server-6.2.6-v5-" + os + "-" + arch;
        Path file = directory.resolve("redis-server");
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
        long deadline = System.currentTimeMillis() + START_TIMEOUT_MILLIS;
        while (process.isAlive() && System.currentTimeMillis() < deadline) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress("127.0.0.1", port), 200);
                System.out.println("Redis for tests: " + version() + ", port " + port);
                return;
            } catch (IOException e) {
                sleepBriefly();
            }
        }
        String log = Files.readString(directory.resolve("log"));
        close();
        throw new IOException("redis-server did not start: " + log);
    }

    private String version() throws IOException {
        return Files.readString(directory.resolve("log"), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.contains("version="))
                .map(line -> line.replaceAll(".*?(\\w+ version=[^,]*).*", "$1"))
                .findFirst()
                .orElse("unknown version");
    }

    private static void sleepBriefly() throws IOException {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while redis-server started", e);
        }
    }

    /** Returns the port, on 127.0.0.1. */
    public int port() {
        return port;
    }

    public boolean isRunning() {
        return process.isAlive();
    }

    /** Returns the value of {@code REDIS_URL} for this server. */
    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    /**
     * Runs a command without quotes or spaces in its arguments.
     *
     * @return the reply; the elements of an array are lines
     * @throws IllegalStateException if the reply is an error
     */
    public String command(String command) {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            OutputStream out = socket.getOutputStream();
            out.write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
            return reply(new DataInputStream(new BufferedInputStream(socket.getInputStream())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String reply(DataInputStream in) throws IOException {
        String header = line(in);
        String rest = header.substring(1);
        switch (header.charAt(0)) {
            case '-' -> throw new IllegalStateException(rest);
            case '$' -> {
                byte[] bytes = new byte[Math.max(0, Integer.parseInt(rest))];
                in.readFully(bytes);
                if (!rest.equals("-1")) {
                    line(in);
                }
                return new String(bytes, StandardCharsets.UTF_8);
            }
            case '*' -> {
                List<String> elements = new ArrayList<>();
                for (int i = 0; i < Integer.parseInt(rest); i++) {
                    elements.add(reply(in));
                }
                return String.join("\n", elements);
            }
            default -> {
                return rest;
            }
        }
    }

    private static String line(DataInputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.readByte(); c != '\r'; c = in.readByte()) {
            line.append((char) c);
        }
        in.readByte();
        return line.toString();
    }

    /** Kills the process, as a crash would. May be called more than once. */
    public void kill() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Kills the process and deletes its directory. */
    @Override
    public void close() {
        kill();
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
