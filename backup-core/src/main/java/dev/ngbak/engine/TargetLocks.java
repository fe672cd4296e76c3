package dev.ngbak.engine;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StorageRestorer;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Prevents two restores from replacing the same target at the same time. The repository lock cannot do that, because
 * the restores may use different repositories.
 *
 * <p>On one machine, each target has a lock file, named by a hash of the target, in a directory that all users share.
 * The file is deleted when the restore ends, and the operating system releases the lock of a process that dies.
 * Restores on different machines see each other by the signs that their plugins place on the stores' servers, if a
 * server supports that.
 */
final class TargetLocks implements Closeable {

    /** A server takes some time to remove the sign of a process that was killed. */
    private static final Duration CONTEST_TIMEOUT = Duration.ofSeconds(10);

    private record Held(Path file, FileChannel channel) {}

    private final List<Held> held = new ArrayList<>();
    private final List<StorageRestorer.TargetSign> signs = new ArrayList<>();

    private TargetLocks() {}

    /**
     * Locks the targets of stores, all or none.
     *
     * @throws BackupException {@code BUSY} if another restore holds one of them
     */
    static TargetLocks take(StoreRegistry stores, Collection<Role> roles, Job job) throws IOException {
        TargetLocks locks = new TargetLocks();
        try {
            for (Role role : roles) {
                locks.lock(stores.target(role), job);
                locks.announce(stores, role, job);
            }
            return locks;
        } catch (IOException | RuntimeException | Error e) {
            locks.close();
            throw e;
        }
    }

    private void lock(String target, Job job) throws IOException {
        byte[] hash = ContentDigest.sha256().digest(target.getBytes(StandardCharsets.UTF_8));
        Path file = folder().resolve("ngbak-" + HexFormat.of().formatHex(hash, 0, 16) + ".lock");
        while (true) {
            FileChannel channel;
            try {
                channel = open(file);
            } catch (IOException e) {
                job.warn(target + " cannot be locked against other restores on this machine, because the file " + file
                        + " cannot be opened. Make sure that no other restore runs.");
                return;
            }
            boolean taken = false;
            try {
                if (channel.tryLock() == null) {
                    throw busy(target, "on this machine, with another BACKUP_DIR,");
                }
                taken = isStill(file, channel);
            } catch (OverlappingFileLockException e) {
                throw busy(target, "on this machine, with another BACKUP_DIR,");
            } finally {
                if (!taken) {
                    channel.close();
                }
            }
            if (taken) {
                held.add(new Held(file, channel));
                return;
            }
        }
    }

    /** Returns a directory that all users and services of this machine share, if there is one. */
    private static Path folder() {
        Path shared = Path.of("/run/lock");
        return Files.isWritable(shared) ? shared : Path.of(System.getProperty("java.io.tmpdir"));
    }

    /**
     * Opens the file, and creates it only if it does not exist: in a shared directory, Linux does not let a user open
     * another user's file with the option to create it.
     */
    private static FileChannel open(Path file) throws IOException {
        while (true) {
            try {
                return FileChannel.open(file, StandardOpenOption.WRITE);
            } catch (NoSuchFileException e) {
                try {
                    FileChannel created =
                            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
                    }
                    return created;
                } catch (FileAlreadyExistsException raced) {
                    continue;
                }
            }
        }
    }

    /** Returns whether the locked file is still in the directory. Its last holder may have deleted it meanwhile. */
    private static boolean isStill(Path file, FileChannel channel) throws IOException {
        byte[] token = UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII);
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(token), 0);
        try {
            return Arrays.equals(Files.readAllBytes(file), token);
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** Places a sign. Ignores a failure, which must not prevent a restore, least of all a recovery. */
    private void announce(StoreRegistry stores, Role role, Job job) {
        StorageRestorer restorer = stores.restorer(role, stores.backend(role));
        long end = System.nanoTime() + CONTEST_TIMEOUT.toNanos();
        while (true) {
            StorageRestorer.TargetSign sign;
            boolean contested;
            try {
                sign = restorer.announce(stores.settings());
                if (sign == null) {
                    return;
                }
                signs.add(sign);
                contested = sign.isContested();
            } catch (RuntimeException e) {
                return;
            }
            if (!contested) {
                return;
            }
            remove(signs.remove(signs.size() - 1));
            if (System.nanoTime() > end) {
                throw busy(stores.target(role), "on another machine or in another container");
            }
            job.checkCancelled();
            // A random delay, so that two restores do not retry in step.
            LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(200_000_000L, 1_000_000_000L));
        }
    }

    private static void remove(StorageRestorer.TargetSign sign) {
        try {
            sign.close();
        } catch (RuntimeException e) {
            return; // The server removes it when the connection ends.
        }
    }

    private static BackupException busy(String target, String where) {
        return new BackupException(
                Kind.BUSY, "Another restore " + where + " holds " + target, "Try again when that restore has ended");
    }

    /** Releases all targets. */
    @Override
    public void close() throws IOException {
        signs.forEach(TargetLocks::remove);
        signs.clear();
        for (Held lock : held) {
            try (FileChannel channel = lock.channel()) {
                Files.deleteIfExists(lock.file());
            }
        }
        held.clear();
    }
}
