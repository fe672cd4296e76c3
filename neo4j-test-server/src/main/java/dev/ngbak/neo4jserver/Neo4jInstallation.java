package dev.ngbak.neo4jserver;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * A Neo4j Community as an administrator has it: a folder with commands that start it, stop it and run neo4j-admin, each a
 * real one. Always on the same port, chosen at the beginning. It ends with the process that made it.
 */
public final class Neo4jInstallation implements AutoCloseable {

    private final Path home;
    private final int port;

    private Neo4jInstallation(Path home, int port) {
        this.home = home;
        this.port = port;
    }

    /** Makes one, without starting it. */
    public static Neo4jInstallation create() {
        try {
            Path home = Files.createTempDirectory("neo4j-home-");
            Files.createDirectory(home.resolve("conf"));
            Files.createFile(home.resolve("conf/neo4j.conf"));
            Files.createFile(stopped(home));
            Neo4jInstallation made = new Neo4jInstallation(home, freePort());
            made.writeCommands();
            return made;
        } catch (IOException e) {
            throw new IllegalStateException("A Neo4j could not be put in place", e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void writeCommands() throws IOException {
        String server = String.join(" ", Neo4jServer.java()) + " " + Main.class.getName() + " " + home + " " + port
                + " " + ProcessHandle.current().pid();
        script(
                "start",
                "[ -e " + stopped(home) + " ] || exit 0",
                "rm " + stopped(home),
                Neo4jServer.PASSWORD_VARIABLE + "=" + Neo4jServer.PASSWORD + " nohup " + server + " < /dev/null >> "
                        + home + "/server.log 2>&1 &",
                "echo $! > " + home + "/pid");
        script(
                "stop",
                "[ -e " + stopped(home) + " ] && exit 0",
                "kill $(cat " + home + "/pid) || exit 1",
                "until [ -e " + stopped(home) + " ]; do sleep 0.1; done");
        script(
                "admin",
                "NEO4J_HOME=" + home + " NEO4J_CONF=" + home + "/conf exec " + String.join(" ", Neo4jServer.java())
                        + " org.neo4j.cli.AdminTool \"$@\"");
    }

    private void script(String name, String... lines) throws IOException {
        Path file = Files.write(home.resolve(name), List.of("#!/bin/sh", String.join("\n", lines)));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    /** There when the server has stopped in an orderly way. */
    static Path stopped(Path home) {
        return home.resolve("stopped");
    }

    /** The command that starts it, and does not wait until it answers. */
    public String startCommand() {
        return home.resolve("start").toString();
    }

    /** The command that stops it, and waits for that. */
    public String stopCommand() {
        return home.resolve("stop").toString();
    }

    /** The command that runs neo4j-admin on it. */
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

    /** Runs the command that starts it. */
    public void start() {
        run(startCommand());
    }

    /** Runs the command that stops it. */
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
            throw new IllegalStateException("Neo4j could not be removed", e);
        }
    }
}
