package dev.ngbak.neo4jserver;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * An installation of Neo4j Community: a directory with commands that start it, stop it and run neo4j-admin. All of them do
 * the real work. The port stays the same. The server ends with the process that created the installation.
 */
public final class Neo4jInstallation implements AutoCloseable {

    private final Path home;
    private final int port;

    private Neo4jInstallation(Path home, int port) {
        this.home = home;
        this.port = port;
    }

    /** Creates an installation of the selected release. The server is not running yet. */
    public static Neo4jInstallation create() {
        return create(Neo4jRelease.selected());
    }

    /** Creates an installation. The server is not running yet. */
    public static Neo4jInstallation create(Neo4jRelease release) {
        try {
            Path home = Files.createTempDirectory("neo4j-home-");
            release.writeConfiguration(home);
            Files.createFile(stoppedMarker(home));
            Neo4jInstallation installation = new Neo4jInstallation(home, freePort());
            installation.writeCommands(String.join(" ", release.java()));
            return installation;
        } catch (IOException e) {
            throw new IllegalStateException("cannot create a Neo4j installation", e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** @param java the command for Java with the class path of Neo4j */
    private void writeCommands(String java) throws IOException {
        String server = java + " " + ServerMain.class.getName() + " " + home + " " + port + " "
                + ProcessHandle.current().pid();
        script(
                "start",
                "[ -e " + stoppedMarker(home) + " ] || exit 0",
                "rm " + stoppedMarker(home),
                Neo4jServer.PASSWORD_VARIABLE + "=" + Neo4jServer.PASSWORD + " nohup " + server + " < /dev/null >> "
                        + home + "/server.log 2>&1 &",
                "echo $! > " + home + "/pid");
        script(
                "stop",
                "[ -e " + stoppedMarker(home) + " ] && exit 0",
                "kill $(cat " + home + "/pid) || exit 1",
                "until [ -e " + stoppedMarker(home) + " ]; do sleep 0.1; done");
        script(
                "admin",
                "NEO4J_HOME=" + home + " NEO4J_CONF=" + home + "/conf exec " + java
                        + " org.neo4j.cli.AdminTool \"$@\"");
    }

    private void script(String name, String... lines) throws IOException {
        Path file = Files.write(home.resolve(name), List.of("#!/bin/sh", String.join("\n", lines)));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    /** Returns the file that exists when the server has shut down cleanly. */
    static Path stoppedMarker(Path home) {
        return home.resolve("stopped");
    }

    /** Returns the command that starts the server. It does not wait until the server answers. */
    public String startCommand() {
        return home.resolve("start").toString();
    }

    /** Returns the command that stops the server and waits until it has shut down. */
    public String stopCommand() {
        return home.resolve("stop").toString();
    }

    /** Returns the command that runs neo4j-admin on this installation. */
    public String adminCommand() {
        return home.resolve("admin").toString();
    }

    public String url() {
        return "bolt://127.0.0.1:" + port;
    }

    public String username() {
        return "neo4j";
    }

    public String password() {
        return Neo4jServer.PASSWORD;
    }

    /** Runs {@link #startCommand}. */
    public void start() {
        run(startCommand());
    }

    /** Runs {@link #stopCommand}. */
    public void stop() {
        run(stopCommand());
    }

    private static void run(String command) {
        try {
            int exit = new ProcessBuilder("sh", "-c", command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
            if (exit != 0) {
                throw new IllegalStateException(command + " ended with exit code " + exit);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        stop();
        try {
            Neo4jServer.deleteTree(home);
        } catch (IOException e) {
            throw new IllegalStateException("cannot delete the Neo4j installation", e);
        }
    }
}
