package dev.ngbak.neo4j;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.Progress;
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
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The time in which Neo4j is stopped. It is started again whatever happens: by a note on the disk even when this process is
 * killed, since the next session that finds no answer reads it. A note of a process that still runs is left alone.
 */
final class Outage {

    private static final String STOPPED = "stopped";
    private static final String LOADING = "loading";
    private static final Pattern NOTE = Pattern.compile("(stopped|loading) (\\d{1,18}) (\\d{1,18})");

    /** By how much a process's start may seem to move, in milliseconds. */
    private static final long CLOCK_ERROR = 2_000;

    private final Neo4jSettings settings;
    private final AdminTool tool;
    private final Path note;
    private final Path former;

    Outage(Neo4jSettings settings, AdminTool tool) {
        this.settings = settings;
        this.tool = tool;
        byte[] place = (settings.url() + " " + settings.database()).getBytes(StandardCharsets.UTF_8);
        String key = HexFormat.of().formatHex(ContentDigest.sha256().digest(place), 0, 8);
        Path folder = settings.commands().folder();
        note = folder.resolve(key + ".note");
        former = folder.resolve(key + ".former.dump");
    }

    /**
     * Connects to the database. One that does not answer because a process was killed while it was stopped is brought back
     * first: started, or put back where another one was being loaded into its place.
     */
    static Connection connect(Neo4jSettings settings) throws IOException {
        Outage outage = new Outage(settings, new AdminTool(settings));
        try {
            Connection connection = Connection.open(settings);
            if (outage.cutOff() != null) {
                Files.deleteIfExists(outage.note);
            }
            return connection;
        } catch (BackupException e) {
            String stage = e.kind() == Kind.UNREACHABLE ? outage.cutOff() : null;
            if (stage == null || settings.commands().problem(settings.database(), "") != null) {
                throw e;
            }
            return outage.bringBack(stage);
        }
    }

    /** A failure to open a session, for want of the folder that remembers. */
    static BackupException unusable(IOException e) {
        return new BackupException(
                Kind.INVALID,
                "The folder .ngbak below BACKUP_DIR cannot be used",
                "Correct BACKUP_DIR, or its rights",
                e);
    }

    /** Work on the files of the database. */
    interface Work {
        void run() throws IOException;
    }

    /** What has to be right of a database that was loaded; throws if it is not. */
    interface SummaryComparison {
        void of(Connection connection) throws IOException;
    }

    /** Does work while Neo4j is stopped. */
    Connection during(Work work) throws IOException {
        write(STOPPED, true);
        try {
            tool.stop();
            work.run();
        } catch (Throwable e) {
            startAfter(e);
            throw e;
        }
        return bringBack(STOPPED);
    }

    /** Puts a dump in the place of the database. Whatever fails, the former state comes back. */
    void replace(Path dump, SummaryComparison proof) throws IOException {
        write(STOPPED, true);
        try {
            tool.stop();
            keepFormer();
            write(LOADING, true);
        } catch (Throwable e) {
            startAfter(e);
            throw e;
        }
        Connection connection = null;
        try {
            tool.load(dump, true);
            connection = tool.start();
            proof.of(connection);
        } catch (Throwable e) {
            if (connection != null) {
                connection.close();
            }
            putBackAfter(e);
            throw e;
        }
        forget();
    }

    private void startAfter(Throwable e) throws IOException {
        try {
            bringBack(STOPPED).close();
        } catch (BackupException notBack) {
            throw new BackupException(
                    notBack.kind(),
                    (e instanceof BackupException first ? first.problem() + ". And then " : "") + notBack.problem()
                            + ". The data is as before",
                    notBack.remedy(),
                    e);
        }
    }

    private void putBackAfter(Throwable e) throws IOException {
        String first = e instanceof BackupException failure ? failure.problem() : "The restore was cut off";
        try {
            bringBack(LOADING).close();
        } catch (IOException | RuntimeException notBack) {
            throw new BackupException(
                    Kind.UNREACHABLE,
                    first + ". THE FORMER STATE COULD NOT BE PUT BACK ("
                            + (notBack instanceof BackupException known ? known.problem() : "the disk failed")
                            + "). It is kept in " + former,
                    "Correct what stands against it, and run ngbak again: it tries that first. By hand: stop Neo4j, run"
                            + " neo4j-admin database load --from-stdin --overwrite-destination=true "
                            + settings.database() + " with that file as its input, and start Neo4j",
                    e);
        }
        if (e instanceof BackupException failure) {
            throw new BackupException(
                    failure.kind(),
                    first + ". The former state of the database was put back, and Neo4j answers",
                    failure.remedy(),
                    e);
        }
    }

    private Connection bringBack(String stage) throws IOException {
        try {
            if (stage.equals(LOADING)) {
                stopIfItRuns();
                tool.load(former, false);
            }
            Connection connection = tool.start();
            forget();
            return connection;
        } catch (IOException | RuntimeException e) {
            write(stage, false);
            throw e;
        }
    }

    private void stopIfItRuns() throws IOException {
        try {
            tool.stop();
        } catch (BackupException e) {
            // Then it did not run; if it did, the load says so.
        }
    }

    private void keepFormer() throws IOException {
        Path part = former.resolveSibling(former.getFileName() + ".part");
        writePrivately(part, out -> tool.dump(out, new Meter(Progress.NONE, tool::aborted)));
        Files.move(part, former, StandardCopyOption.ATOMIC_MOVE);
    }

    private void forget() throws IOException {
        Files.deleteIfExists(note);
        Files.deleteIfExists(former);
    }

    /** How many bytes are free for what is kept. */
    long freeSpace() throws IOException {
        Path existing = note.getParent();
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        return Files.getFileStore(existing).getUsableSpace();
    }

    /** Where the dump out of an archive waits until it is known to be whole. */
    Path spool(EntrySink.Contents contents) throws IOException {
        Path spool = note.resolveSibling("restored.dump");
        writePrivately(spool, contents);
        return spool;
    }

    /** Writes a file that is on the disk when this returns, and that nobody else may read. */
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

    /** @param mine whether this process takes care of it, or nobody does */
    private void write(String stage, boolean mine) throws IOException {
        ProcessHandle self = ProcessHandle.current();
        String text = stage + " " + (mine ? self.pid() : 0) + " " + startOf(self);
        writePrivately(note, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** @return the stage in which a process left Neo4j that is no more; {@code null} if none did */
    private String cutOff() throws IOException {
        if (!Files.exists(note)) {
            return null;
        }
        Matcher words = NOTE.matcher(Files.readString(note));
        if (!words.matches()) {
            return STOPPED;
        }
        long started = Long.parseLong(words.group(3));
        boolean alive = ProcessHandle.of(Long.parseLong(words.group(2)))
                .filter(process -> Math.abs(startOf(process) - started) <= CLOCK_ERROR)
                .isPresent();
        return alive ? null : words.group(1);
    }

    private static long startOf(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }
}
