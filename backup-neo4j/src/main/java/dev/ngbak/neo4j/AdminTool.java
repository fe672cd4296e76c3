package dev.ngbak.neo4j;

import dev.ngbak.neo4j.Neo4jSettings.Commands;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Runs the operator's commands: neo4j-admin, and what stops and starts Neo4j. Dumps go through standard input and output,
 * so that the commands may run on another machine or in a container. Commands are never shown, as there may be secrets in
 * them; of what they say, the end.
 */
final class AdminTool {

    private static final Redirect NOTHING = Redirect.from(Path.of("/dev/null").toFile());
    private static final long POLL_MILLISECONDS = 200;
    private static final int SECONDS_TO_END = 10;
    private static final int TAIL = 2_000;
    private static final int LINES = 3;

    private final Neo4jSettings settings;
    private final Commands commands;
    private volatile boolean aborted;
    private volatile Process running;

    AdminTool(Neo4jSettings settings) {
        this.settings = settings;
        this.commands = settings.commands();
    }

    /** Runs neo4j-admin for nothing but to see that it can be run, while Neo4j is still up. */
    void check() throws IOException {
        run(Neo4jSettings.ADMIN_CMD, commands.admin() + " --version", null, null, true);
    }

    void stop() throws IOException {
        run(Neo4jSettings.STOP_CMD, commands.stop(), null, null, false);
    }

    /** Writes the database, which must be stopped, to a stream. */
    void dump(OutputStream out, Meter meter) throws IOException {
        boolean[] isDump = new boolean[1];
        run(
                Neo4jSettings.ADMIN_CMD,
                admin("dump --to-stdout"),
                null,
                content -> isDump[0] = NativeDump.transfer(content, out, meter),
                true);
        if (!isDump[0]) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    Neo4jSettings.ADMIN_CMD + " wrote something else than a dump to its standard output",
                    "Let it write nothing else there; neo4j-admin does so from version 5.19 on");
        }
        meter.tell();
    }

    /** Lets neo4j-admin look at a dump. Changes nothing. */
    void examine(Path dump) throws IOException {
        run(Neo4jSettings.ADMIN_CMD, admin("load --info --from-stdin"), dump, null, true);
    }

    /** Replaces the database, which must be stopped. When this fails, the database is in ruins. */
    void load(Path dump, boolean abortable) throws IOException {
        run(Neo4jSettings.ADMIN_CMD, admin("load --from-stdin --overwrite-destination=true"), dump, null, abortable);
    }

    private String admin(String command) {
        return commands.admin() + " database " + command + " " + settings.database();
    }

    /**
     * Starts Neo4j and waits until the database answers, which it may do while the command is still running. Not to be
     * aborted: a database that was stopped is started again, whatever else happens.
     */
    Connection start() throws IOException {
        Process process = new ProcessBuilder("sh", "-c", commands.start())
                .redirectInput(NOTHING)
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD)
                .start();
        long begin = System.nanoTime();
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                boolean ended = !process.isAlive();
                try {
                    return Connection.open(settings);
                } catch (BackupException e) {
                    boolean failed = ended && process.exitValue() != 0;
                    if (failed
                            || System.nanoTime() - begin > settings.patience().toNanos()) {
                        throw new BackupException(
                                Kind.UNREACHABLE,
                                "Neo4j was stopped and does not answer again: " + Neo4jSettings.START_CMD
                                        + (failed
                                                ? " ended with exit code " + process.exitValue()
                                                : " was run "
                                                        + settings.patience().toSeconds() + " s ago")
                                        + ", and " + e.problem(),
                                "Start Neo4j by hand, and look into its log",
                                e);
                    }
                }
                try {
                    Thread.sleep(POLL_MILLISECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Takes what a command writes to its standard output. */
    private interface Output {
        void take(InputStream content) throws IOException;
    }

    private void run(String setting, String command, Path input, Output output, boolean abortable) throws IOException {
        Path said = Files.createTempFile("ngbak-", ".log");
        try {
            ProcessBuilder builder = new ProcessBuilder("sh", "-c", command)
                    .redirectInput(input == null ? NOTHING : Redirect.from(input.toFile()))
                    .redirectError(Redirect.appendTo(said.toFile()));
            if (output == null) {
                builder.redirectOutput(Redirect.appendTo(said.toFile()));
            }
            if (abortable && aborted) {
                throw stopped();
            }
            Process process = builder.start();
            try {
                if (abortable) {
                    running = process;
                    if (aborted) {
                        end(process);
                    }
                }
                if (output != null) {
                    output.take(process.getInputStream());
                }
                await(setting, process, abortable);
            } finally {
                running = null;
                end(process);
            }
            if (abortable && aborted) {
                throw stopped();
            }
            if (process.exitValue() != 0) {
                throw failed(setting, process.exitValue(), said);
            }
        } finally {
            Files.deleteIfExists(said);
        }
    }

    /** The work of neo4j-admin takes as long as it takes; that of stopping does not. */
    private void await(String setting, Process process, boolean abortable) {
        boolean interrupted = false;
        try {
            while (process.isAlive()) {
                try {
                    if (!setting.equals(Neo4jSettings.STOP_CMD)) {
                        process.waitFor();
                    } else if (!process.waitFor(settings.patience().toMillis(), TimeUnit.MILLISECONDS)) {
                        throw new BackupException(
                                Kind.UNREACHABLE,
                                setting + " did not end within "
                                        + settings.patience().toSeconds() + " s",
                                "Correct the command: it must stop Neo4j in an orderly way, and end when that is done");
                    }
                } catch (InterruptedException e) {
                    interrupted = true;
                    if (abortable) {
                        throw stopped();
                    }
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private BackupException failed(String setting, int exit, Path said) throws IOException {
        String words = tail(said);
        boolean none = exit == 126 || exit == 127;
        return new BackupException(
                none ? Kind.INVALID : setting.equals(Neo4jSettings.ADMIN_CMD) ? Kind.INCOMPATIBLE : Kind.UNREACHABLE,
                setting + (none ? " cannot be run" : " failed") + " (exit code " + exit
                        + (words.isEmpty() ? "" : ": " + words) + ")",
                "Correct what it says, or the command");
    }

    /** The last lines of what a command said, without those that only tell how far it is, and without the password. */
    private String tail(Path said) throws IOException {
        byte[] end;
        try (RandomAccessFile file = new RandomAccessFile(said.toFile(), "r")) {
            file.seek(Math.max(0, file.length() - TAIL));
            end = new byte[(int) (file.length() - file.getFilePointer())];
            file.readFully(end);
        }
        String text = new String(end, StandardCharsets.UTF_8);
        if (settings.password() != null) {
            text = settings.password().hiddenIn(text);
        }
        String[] lines = text.lines()
                .map(String::strip)
                .filter(line ->
                        !line.isEmpty() && !line.startsWith("Files: ") && !line.startsWith("Run with '--verbose'"))
                .toArray(String[]::new);
        return Arrays.stream(lines, Math.max(0, lines.length - LINES), lines.length)
                .map(Texts::shown)
                .collect(Collectors.joining("; "));
    }

    private static CancellationException stopped() {
        return new CancellationException("the work on Neo4j was told to stop");
    }

    boolean aborted() {
        return aborted;
    }

    /** Ends the command that is running, unless it is one that brings the database back. */
    void abort() {
        aborted = true;
        Process process = running;
        if (process != null) {
            signal(process);
        }
    }

    /** Asks a command and all that it started to end, and makes them end if they do not. */
    private static void signal(Process process) {
        List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
        all.forEach(ProcessHandle::destroy);
        process.onExit().orTimeout(SECONDS_TO_END, TimeUnit.SECONDS).whenComplete((ended, late) -> {
            if (late != null) {
                all.forEach(ProcessHandle::destroyForcibly);
            }
        });
    }

    /** Nothing of a command is left when this returns: what comes next needs the database's files. */
    private static void end(Process process) {
        if (process.isAlive()) {
            signal(process);
            process.onExit().join();
        }
    }
}
