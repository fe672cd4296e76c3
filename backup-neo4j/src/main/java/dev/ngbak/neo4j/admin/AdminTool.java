package dev.ngbak.neo4j.admin;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Runs the operator's commands: neo4j-admin, and the commands that stop and start Neo4j. Dumps go through standard input
 * and output, so the commands may run on another machine or in a container. Messages contain the last lines of a command's
 * output but never the command itself, because it may contain secrets. One thread uses it; {@link #abort} may come from
 * another.
 */
final class AdminTool {

    private static final Path NO_INPUT = Path.of("/dev/null");
    private static final long POLL_MILLIS = 200;
    private static final int SECONDS_TO_EXIT = 10;
    private static final int EXIT_NOT_EXECUTABLE = 126;
    private static final int EXIT_NOT_FOUND = 127;
    private static final int MAX_OUTPUT_BYTES = 2_000;
    private static final int MAX_OUTPUT_LINES = 3;

    private final AdminSettings settings;
    private volatile boolean aborted;
    private volatile Process running;

    AdminTool(AdminSettings settings) {
        this.settings = settings;
    }

    void checkVersion() throws IOException {
        run(admin("--version", NO_INPUT, true));
    }

    /** Writes the database, which must be stopped, to a stream. */
    void dump(OutputStream out, ProgressMeter meter) throws IOException {
        Command dump = admin("database dump --to-stdout " + settings.database(), NO_INPUT, true);
        if (!run(dump, Optional.of(content -> NativeDump.copy(content, out, meter)))) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    AdminSettings.ADMIN_COMMAND.name() + " did not write a dump to its standard output",
                    "The command must write the dump there and nothing else, as neo4j-admin does from version 5.19 on");
        }
    }

    /** Lets neo4j-admin check the header of a dump. Changes nothing. */
    void checkDump(Path dump) throws IOException {
        run(admin("database load --info --from-stdin " + settings.database(), dump, true));
    }

    /** Replaces the database, which must be stopped. If this fails, the database is left unusable. */
    void load(Path dump, boolean abortable) throws IOException {
        String load = "database load --from-stdin --overwrite-destination=true ";
        run(admin(load + settings.database(), dump, abortable));
    }

    void stop() throws IOException {
        run(new Command(AdminSettings.STOP_COMMAND, settings.command(AdminSettings.STOP_COMMAND), NO_INPUT, false));
    }

    private Command admin(String arguments, Path input, boolean abortable) {
        String line = settings.command(AdminSettings.ADMIN_COMMAND) + " " + arguments;
        return new Command(AdminSettings.ADMIN_COMMAND, line, input, abortable);
    }

    /**
     * Starts Neo4j and returns when the database answers, even if the command is still running. Cannot be aborted,
     * because a database that was stopped must be started again.
     *
     * @param ping throws a {@link BackupException} if the database does not answer
     */
    void start(Runnable ping) throws IOException {
        Process process = new ProcessBuilder("sh", "-c", settings.command(AdminSettings.START_COMMAND))
                .redirectInput(NO_INPUT.toFile())
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD)
                .start();
        long begin = System.nanoTime();
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                boolean exited = !process.isAlive();
                try {
                    ping.run();
                    return;
                } catch (BackupException e) {
                    boolean failed = exited && process.exitValue() != 0;
                    if (failed || System.nanoTime() - begin > settings.timeout().toNanos()) {
                        throw notStarted(e, failed ? Optional.of(process.exitValue()) : Optional.empty());
                    }
                }
                try {
                    Thread.sleep(POLL_MILLIS);
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

    private BackupException notStarted(BackupException unanswered, Optional<Integer> exitCode) {
        return new BackupException(
                Kind.UNREACHABLE,
                "Neo4j was stopped for this operation and did not come back: " + AdminSettings.START_COMMAND.name()
                        + exitCode.map(code -> " ended with exit code " + code)
                                .orElse(" was run " + settings.timeout().toSeconds() + " s ago")
                        + ". " + unanswered.problem(),
                "Start Neo4j manually, and check its log",
                unanswered);
    }

    /** Reads what a command writes to its standard output, and returns whether it is as expected. */
    private interface OutputReader {
        boolean read(InputStream output) throws IOException;
    }

    /** A command for the shell, and the setting that it comes from. */
    private record Command(SettingSpec setting, String line, Path input, boolean abortable) {

        boolean isStop() {
            return setting.equals(AdminSettings.STOP_COMMAND);
        }
    }

    private void run(Command command) throws IOException {
        run(command, Optional.empty());
    }

    /**
     * Runs a command. Its output becomes part of messages, unless there is a reader for its standard output.
     *
     * @return what the reader returned, or true
     */
    private boolean run(Command command, Optional<OutputReader> reader) throws IOException {
        Path log = Files.createTempFile(settings.temporaryDirectory(), "ngbak-", ".log");
        try {
            return run(command, reader, log);
        } finally {
            Files.deleteIfExists(log);
        }
    }

    private boolean run(Command command, Optional<OutputReader> reader, Path log) throws IOException {
        Redirect toLog = Redirect.appendTo(log.toFile());
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", command.line())
                .redirectInput(command.input().toFile())
                .redirectOutput(reader.isPresent() ? Redirect.PIPE : toLog)
                .redirectError(toLog);
        if (command.abortable()) {
            checkAborted();
        }
        boolean asExpected = true;
        Process process = builder.start();
        try {
            if (command.abortable()) {
                running = process;
                if (aborted) {
                    terminate(process);
                }
            }
            if (reader.isPresent()) {
                asExpected = reader.get().read(process.getInputStream());
            }
            await(command, process);
        } finally {
            running = null;
            terminate(process);
        }
        if (command.abortable()) {
            checkAborted();
        }
        if (process.exitValue() != 0) {
            throw failure(command, process.exitValue(), log);
        }
        return asExpected;
    }

    /**
     * Waits for a command. Only the command that stops Neo4j has a time limit, because the duration of neo4j-admin
     * depends on the size of the database.
     */
    private void await(Command command, Process process) {
        long limit = command.isStop() ? settings.timeout().toMillis() : Long.MAX_VALUE;
        boolean interrupted = false;
        try {
            while (process.isAlive()) {
                try {
                    if (!process.waitFor(limit, TimeUnit.MILLISECONDS)) {
                        throw new BackupException(
                                Kind.UNREACHABLE,
                                command.setting().name() + " did not end within "
                                        + settings.timeout().toSeconds() + " s",
                                "Correct the command: it must shut Neo4j down cleanly, and end when that is done");
                    }
                } catch (InterruptedException e) {
                    interrupted = true;
                    if (command.abortable()) {
                        throw new CancellationException("the work on Neo4j was interrupted");
                    }
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private BackupException failure(Command command, int exitCode, Path log) throws IOException {
        boolean notRun = exitCode == EXIT_NOT_EXECUTABLE || exitCode == EXIT_NOT_FOUND;
        Kind kind = notRun ? Kind.INVALID : command.isStop() ? Kind.UNREACHABLE : Kind.INCOMPATIBLE;
        String output = lastLines(log);
        return new BackupException(
                kind,
                command.setting().name() + (notRun ? " cannot be run" : " failed") + " (exit code " + exitCode
                        + (output.isEmpty() ? "" : ": " + output) + ")",
                "Fix the reported cause, or correct the command");
    }

    /** Returns the last lines of a command's output, without progress lines and without the password. */
    private String lastLines(Path log) throws IOException {
        byte[] end;
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            file.seek(Math.max(0, file.length() - MAX_OUTPUT_BYTES));
            end = new byte[(int) (file.length() - file.getFilePointer())];
            file.readFully(end);
        }
        List<String> lines = settings.redact(new String(end, StandardCharsets.UTF_8))
                .lines()
                .map(String::strip)
                .filter(line ->
                        !line.isEmpty() && !line.startsWith("Files: ") && !line.startsWith("Run with '--verbose'"))
                .toList();
        return lines.subList(Math.max(0, lines.size() - MAX_OUTPUT_LINES), lines.size()).stream()
                .map(SafeText::forMessage)
                .collect(Collectors.joining("; "));
    }

    /** @throws CancellationException after {@link #abort} */
    void checkAborted() {
        if (aborted) {
            throw new CancellationException("the work on Neo4j was aborted");
        }
    }

    /** Ends the running command, unless it stops the database or brings it back. */
    void abort() {
        aborted = true;
        Process process = running;
        if (process != null) {
            signal(process);
        }
    }

    /** Asks a command and all of its children to end, and kills them if they do not. */
    private static void signal(Process process) {
        List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
        all.forEach(ProcessHandle::destroy);
        process.onExit().orTimeout(SECONDS_TO_EXIT, TimeUnit.SECONDS).whenComplete((exited, timeout) -> {
            if (timeout != null) {
                all.forEach(ProcessHandle::destroyForcibly);
            }
        });
    }

    /** Ends a command and waits for it. The next command needs the files of the database. */
    private static void terminate(Process process) {
        if (process.isAlive()) {
            signal(process);
            process.onExit().join();
        }
    }
}
