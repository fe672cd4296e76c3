package dev.ngbak.repository;

import dev.ngbak.archive.BackupId;
import dev.ngbak.spi.BackupException;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The small files that a repository keeps for its archives, such as pins and the evidence of restore drills. An archive itself
 * never changes. Thread-safe. The repository's lock must be held for each change.
 */
public interface Sidecars {

    /** The maximum size of a sidecar. */
    int MAX_BYTES = 1 << 20;

    /** The names of sidecars, which are never paths. */
    Pattern NAME = Pattern.compile("[a-z][A-Za-z0-9.-]{0,99}");

    /**
     * Returns the names of all sidecars by archive. May contain archives that no longer exist.
     *
     * @return empty if the repository does not exist yet
     */
    Map<BackupId, Set<String>> all() throws IOException;

    /**
     * Returns the content of a sidecar.
     *
     * @throws BackupException {@code NOT_FOUND}; {@code CORRUPT} if it is larger than {@link #MAX_BYTES}
     */
    byte[] read(BackupId id, String name) throws IOException;

    /** Writes a sidecar, atomically and durably, in place of the one with this name. */
    void write(BackupId id, String name, byte[] content) throws IOException;

    /** Deletes a sidecar, durably. Does nothing if there is none. */
    void delete(BackupId id, String name) throws IOException;

    /** Deletes all sidecars of an archive, durably. */
    void deleteAll(BackupId id) throws IOException;
}
