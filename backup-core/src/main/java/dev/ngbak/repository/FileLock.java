package dev.ngbak.repository;

import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A lock file in the state directory. The operating system releases the lock when its process dies. The owner's name is in
 * another file: a process loses a POSIX lock as soon as it closes any channel on the locked file, so nobody may open that file
 * to read it.
 */
final class FileLock implements RepositoryLock {

    private final FileChannel channel;
    private final Path ownerFile;

    private FileLock(FileChannel channel, Path ownerFile) {
        this.channel = channel;
        this.ownerFile = ownerFile;
    }

    static RepositoryLock take(StateDirectory state, String owner) throws IOException {
        Path ownerFile = state.resolve("holder");
        FileChannel channel =
                PrivateFiles.open(state.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() == null) {
                throw busy(ownerFile);
            }
            writeOwner(state.resolve("holder.new"), ownerFile, owner);
            return new FileLock(channel, ownerFile);
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw busy(ownerFile);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Writes the owner's name, which is only for messages. Ignores a full disk, so that a job can free space. */
    private static void writeOwner(Path draft, Path ownerFile, String owner) {
        try {
            try {
                PrivateFiles.write(draft, LockOwner.describe(owner));
                Files.move(draft, ownerFile, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(draft);
            }
        } catch (IOException e) {
            ownerFile.toFile().delete(); // The file still names an earlier job.
        }
    }

    private static BackupException busy(Path ownerFile) {
        String owner;
        try {
            owner = Files.readString(ownerFile).strip();
        } catch (IOException e) {
            owner = "an unknown job";
        }
        return new BackupException(
                Kind.BUSY, "The repository is locked by another job: " + owner, "Try again when that job has ended");
    }

    @Override
    public void close() throws IOException {
        try {
            Files.deleteIfExists(ownerFile);
        } finally {
            channel.close();
        }
    }
}
