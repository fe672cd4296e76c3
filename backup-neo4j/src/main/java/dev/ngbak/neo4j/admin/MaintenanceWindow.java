package dev.ngbak.neo4j.admin;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The time during which Neo4j is stopped. Neo4j is started again whatever happens, even if this process is killed: a note
 * in the state directory contains the stage, and the next session that gets no answer from Neo4j finishes the work. The
 * note of a process that still runs is left alone.
 */
public final class MaintenanceWindow {

    private enum Stage {
        /** Neo4j is stopped; its database is unchanged. */
        STOPPED,
        /** The database is being replaced; a dump of the previous one exists. */
        LOADING;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A note: the stage, and the id and the start time of the process that owns it. */
    private static final Pattern NOTE = Pattern.compile("(stopped|loading) (\\d{1,18}) (\\d{1,18})");

    /** The process id in a note that no process owns. */
    private static final long NO_PROCESS = 0;

    /** The maximum difference between two readings of a process's start time that may be due to the clock. */
    private static final long CLOCK_TOLERANCE_MILLIS = 2_000;

    private final AdminSettings settings;
    private final AdminTool tool;
    private final Runnable ping;
    private final Path note;
    private final Path previousDump;

    /** @param ping throws a {@link BackupException} if the database does not answer */
    public MaintenanceWindow(AdminSettings settings, Runnable ping) {
        this.settings = settings;
        this.tool = new AdminTool(settings);
        this.ping = ping;
        this.note = settings.stateFile(".note");
        this.previousDump = settings.stateFile(".former.dump");
    }

    /** Throws if the database that was loaded is not acceptable. */
    public interface Check {
        void run() throws IOException;
    }

    /**
     * Finishes the work of a process that died while Neo4j was stopped: starts Neo4j, and first loads the previous data if the
     * database was being replaced. Does nothing if Neo4j answers. Call it before you connect.
     */
    public void recoverInterrupted() {
        try {
            Optional<Stage> stage = interruptedStage();
            if (stage.isPresent()) {
                recover(stage.get());
            }
        } catch (IOException e) {
            throw unusableDirectory(e);
        }
    }

    private void recover(Stage stage) throws IOException {
        try {
            ping.run();
            Files.deleteIfExists(note);
        } catch (BackupException e) {
            // Any other failure, or a missing command, is reported when the caller connects.
            if (e.kind() == Kind.UNREACHABLE && settings.isUsable()) {
                bringBack(stage);
            }
        }
    }

    private static BackupException unusableDirectory(IOException cause) {
        return new BackupException(
                Kind.INVALID,
                "The directory .ngbak in BACKUP_DIR cannot be used",
                "Correct BACKUP_DIR, or the permissions of the directory",
                cause);
    }

    /** Checks that neo4j-admin can be run, while Neo4j is still up. */
    public void checkCommand() throws IOException {
        tool.checkVersion();
    }

    /**
     * Stops Neo4j, dumps the database into a file of an archive, and starts Neo4j again. Neo4j answers when this
     * returns.
     */
    public void dump(EntrySink sink, String name, String suffix, ProgressMeter meter) throws IOException {
        writeNote(Stage.STOPPED, true);
        try {
            tool.stop();
            sink.put(name, suffix, out -> tool.dump(out, meter));
        } catch (Throwable e) {
            restartAfter(e);
            throw e;
        }
        bringBack(Stage.STOPPED);
    }

    /**
     * Writes the dump from an archive to a file, and lets neo4j-admin check it. Changes nothing.
     *
     * @return the file, for {@link #replaceWith}
     */
    public Path stage(EntrySink.Contents contents) throws IOException {
        Path staged = settings.stateDirectory().resolve("restored.dump");
        writePrivately(staged, contents);
        try {
            tool.checkDump(staged);
        } catch (Throwable e) {
            Files.delete(staged);
            throw e;
        }
        return staged;
    }

    /**
     * Replaces the database with a staged dump, and deletes the dump. If anything fails, loads the previous data again. Neo4j
     * answers when this returns.
     *
     * @param check run after the load; its failure rolls back
     */
    public void replaceWith(Path staged, Check check) throws IOException {
        try {
            replace(staged, check);
        } finally {
            Files.delete(staged);
        }
    }

    private void replace(Path dump, Check check) throws IOException {
        writeNote(Stage.STOPPED, true);
        try {
            tool.stop();
            savePrevious();
            writeNote(Stage.LOADING, true);
        } catch (Throwable e) {
            restartAfter(e);
            throw e;
        }
        try {
            tool.load(dump, true);
            tool.start(ping);
            check.run();
        } catch (Throwable e) {
            rollBackAfter(e);
            throw e;
        }
        deleteNoteAndDump();
    }

    private void restartAfter(Throwable e) throws IOException {
        try {
            bringBack(Stage.STOPPED);
        } catch (BackupException notBack) {
            throw new BackupException(
                    notBack.kind(),
                    (e instanceof BackupException first ? first.problem() + ". In addition, " : "") + notBack.problem(),
                    notBack.remedy() + ". The database itself is unchanged",
                    e);
        }
    }

    private void rollBackAfter(Throwable e) throws IOException {
        String first = e instanceof BackupException failure ? failure.problem() : "The restore was interrupted";
        try {
            bringBack(Stage.LOADING);
        } catch (IOException | RuntimeException notBack) {
            throw new BackupException(
                    Kind.UNREACHABLE,
                    first + ". THE PREVIOUS DATABASE COULD NOT BE LOADED AGAIN ("
                            + (notBack instanceof BackupException known ? known.problem() : "the disk failed")
                            + "). A dump of it is kept in " + previousDump,
                    "Fix the cause and run ngbak again, which first retries this step. Alternatively, do it by hand:"
                            + " stop Neo4j, run neo4j-admin database load --from-stdin --overwrite-destination=true "
                            + settings.database() + " with this dump as its input, and start Neo4j",
                    e);
        }
        if (e instanceof BackupException failure) {
            throw new BackupException(
                    failure.kind(),
                    first + ". The previous database was loaded again, and Neo4j answers",
                    failure.remedy(),
                    e);
        }
    }

    private void bringBack(Stage stage) throws IOException {
        try {
            if (stage == Stage.LOADING) {
                stopIfRunning();
                tool.load(previousDump, false);
            }
            tool.start(ping);
            deleteNoteAndDump();
        } catch (IOException | RuntimeException e) {
            writeNote(stage, false);
            throw e;
        }
    }

    private void stopIfRunning() throws IOException {
        try {
            tool.stop();
        } catch (BackupException e) {
            // Neo4j was probably not running. If it still is, the load fails and reports that.
        }
    }

    private void savePrevious() throws IOException {
        Path part = previousDump.resolveSibling(previousDump.getFileName() + ".part");
        ProgressMeter meter = ProgressMeter.ofBytes(Progress.NONE, tool::checkAborted);
        writePrivately(part, out -> tool.dump(out, meter));
        Files.move(part, previousDump, StandardCopyOption.ATOMIC_MOVE);
    }

    private void deleteNoteAndDump() throws IOException {
        Files.deleteIfExists(note);
        Files.deleteIfExists(previousDump);
    }

    /** Returns the number of bytes that are free in the state directory. */
    public long freeSpace() throws IOException {
        Path existing = settings.stateDirectory();
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        return Files.getFileStore(existing).getUsableSpace();
    }

    /** Writes a file that only its owner may read, and forces it to the disk. */
    private static void writePrivately(Path file, EntrySink.Contents contents) throws IOException {
        Files.createDirectories(file.getParent());
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                OutputStream out = Channels.newOutputStream(channel)) {
            contents.writeTo(out);
            channel.force(true);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    /** @param owned whether this process goes on with the work; otherwise the next session does */
    private void writeNote(Stage stage, boolean owned) throws IOException {
        ProcessHandle self = ProcessHandle.current();
        String text = stage.word() + " " + (owned ? self.pid() : NO_PROCESS) + " " + startMillis(self);
        writePrivately(note, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Returns the stage in which a process died, if there is a note of one. */
    private Optional<Stage> interruptedStage() throws IOException {
        if (!Files.exists(note)) {
            return Optional.empty();
        }
        Matcher fields = NOTE.matcher(Files.readString(note));
        if (!fields.matches()) {
            return Optional.of(Stage.STOPPED);
        }
        long started = Long.parseLong(fields.group(3));
        boolean alive = ProcessHandle.of(Long.parseLong(fields.group(2)))
                .filter(process -> Math.abs(startMillis(process) - started) <= CLOCK_TOLERANCE_MILLIS)
                .isPresent();
        return alive
                ? Optional.empty()
                : Optional.of(fields.group(1).equals(Stage.LOADING.word()) ? Stage.LOADING : Stage.STOPPED);
    }

    /** Ends the running command, unless it stops the database or brings it back. May come from another thread. */
    public void abort() {
        tool.abort();
    }

    /** @throws java.util.concurrent.CancellationException after {@link #abort} */
    public void checkAborted() {
        tool.checkAborted();
    }

    private static long startMillis(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }
}
