package dev.ngbak.archive;

import dev.ngbak.spi.Role;
import java.io.Closeable;
import java.io.IOException;

/**
 * The place where the packed entries of one archive wait until the manifest is known, which comes before them in the archive.
 * Thread-safe.
 */
public interface EntryStaging extends Closeable {

    /**
     * Starts an entry. Entries may be written at the same time.
     *
     * @param role the store of the entry, or {@code null}
     * @param path of the entry; the archive will contain the entries in the order of {@link ArchivePaths#ORDER}
     */
    StagedEntry begin(Role role, String path) throws IOException;

    /** Deletes everything that still waits. */
    @Override
    void close() throws IOException;
}
