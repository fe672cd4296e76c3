package dev.ngbak.engine;

import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;

/**
 * One job at a time on one archive folder, across threads and processes. The operating system drops the lock when its
 * process dies. Who holds it stands in a file of its own: a POSIX lock is lost as soon as any channel of the process on
 * the same file is closed, so nobody may open the locked file to read it.
 */
final class RepositoryLock implements Closeable {

    private final FileChannel channel;
    private final Path holder;

    private RepositoryLock(FileChannel channel, Path holder) {
        this.channel = channel;
        this.holder = holder;
    }

    /** @throws BackupException {@code BUSY} with who holds it, when somebody does */
    static RepositoryLock take(Path work, String job) throws IOException {
        Path holder = work.resolve("holder");
        FileChannel channel =
                PrivateFiles.open(work.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw busy(holder);
            }
            tellHolder(work.resolve("holder.new"), holder, job);
            return new RepositoryLock(channel, holder);
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw busy(holder);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** The text is for messages only, so a full disk must not keep a job from making room on it. */
    private static void tellHolder(Path draft, Path holder, String job) {
        try {
            try {
                Files.writeString(draft, describe(job));
                Files.move(draft, holder, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(draft);
            }
        } catch (IOException e) {
            holder.toFile().delete(); // what it says is about an earlier job
        }
    }

    private static String describe(String job) {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            host = "this host";
        }
        return job + ", process " + ProcessHandle.current().pid() + " on " + host + ", since "
                + Sizes.time(Instant.now()) + " UTC";
    }

    private static BackupException busy(Path holder) {
        String who;
        try {
            who = Files.readString(holder).strip();
        } catch (IOException e) {
            who = "a job whose name is not known";
        }
        return new BackupException(
                Kind.BUSY, "Another job holds this archive folder: " + who, "Wait until it has ended, and try again");
    }

    @Override
    public void close() throws IOException {
        try {
            Files.deleteIfExists(holder);
        } finally {
            channel.close();
        }
    }
}
