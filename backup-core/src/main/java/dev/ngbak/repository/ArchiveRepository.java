package dev.ngbak.repository;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.spi.BackupException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The place where finished archives live. A reader never sees an incomplete archive. Found by the scheme of its address
 * through a {@link RepositoryProvider}. Thread-safe. Reading a repository creates nothing.
 */
public interface ArchiveRepository extends AutoCloseable {

    /**
     * Returns all archives, the newest first, including those that cannot be read. Reads only the manifests.
     *
     * @return empty if the repository does not exist yet
     * @throws BackupException {@code INVALID} if the address is not that of a repository
     */
    List<ArchiveInfo> list() throws IOException;

    /** Returns whether the repository contains anything under this id, even something that is not an archive. */
    boolean contains(BackupId id) throws IOException;

    /** Returns all ids for which {@link #contains} is true. Reads no archive. */
    Set<BackupId> ids() throws IOException;

    /**
     * Returns an archive.
     *
     * @throws BackupException {@code NOT_FOUND}; {@code CORRUPT} for something that is not a regular file or object
     */
    ReadableArchive open(BackupId id) throws IOException;

    /**
     * Starts an archive, which becomes visible when it is committed. The lock must be held.
     *
     * @throws BackupException {@code ALREADY_EXISTS} if the id is in use
     */
    ArchiveUpload create(BackupId id) throws IOException;

    /** Returns whether the local disk needs room for an archive while it is being made. */
    default boolean needsLocalSpace(BackupId id) {
        return true;
    }

    /**
     * Deletes an archive. The lock must be held. The deletion is durable when this returns.
     *
     * @throws BackupException {@code NOT_FOUND}; {@code LOCKED} with the date if the repository has to keep the archive
     */
    void delete(BackupId id) throws IOException;

    /** Returns the small files that belong to the archives. */
    Sidecars sidecars();

    /**
     * Takes the lock that every write needs, and creates the repository if it does not exist. A repository outside this
     * machine takes the lock of the state directory, too.
     *
     * @param owner the job as a message names it to any other job that needs the lock, such as {@code the backup
     *     before-reindex}
     * @throws BackupException {@code BUSY} with the owner of the lock; {@code INVALID} if the repository cannot be
     *     written
     */
    RepositoryLock lock(String owner) throws IOException;

    /** Returns the free space in bytes, if it is limited. */
    OptionalLong freeSpace() throws IOException;

    /** Returns a problem if {@link #lock} or a backup would fail, without creating anything. */
    Optional<BackupException> problem() throws IOException;

    /**
     * Tests whether the service behind this repository keeps its promises. Leaves nothing behind in the repository.
     *
     * @return what is weaker than in a local directory: sentences for users
     * @throws BackupException {@code INCOMPATIBLE} if a backup would be refused
     */
    default List<String> examine() throws IOException {
        return List.of();
    }

    /** Returns what kind of place this is: the scheme of its address, such as {@code s3}, or {@code file} for a folder. */
    String kind();

    /** Returns the address for messages. It never contains a secret. */
    String displayName();

    /** Returns the id of an archive, or empty if the archive is not in this repository. */
    default Optional<BackupId> idOf(ReadableArchive archive) throws IOException {
        if (!BackupId.isArchiveName(archive.name())) {
            return Optional.empty();
        }
        BackupId id = BackupId.ofFileName(archive.name());
        return contains(id) && open(id).location().equals(archive.location()) ? Optional.of(id) : Optional.empty();
    }

    /** Releases connections. Archives that are being read become unreadable. */
    @Override
    default void close() {}
}
