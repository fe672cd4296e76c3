package dev.ngbak.repository;

import dev.ngbak.archive.EntryStaging;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.spi.BackupException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/** An archive that is being written. Nobody sees it before {@link #commit}. Not thread-safe. */
public interface ArchiveUpload extends Closeable {

    /** Reads an archive back that was written completely. */
    interface Check {
        /** @throws BackupException if the archive must not stay */
        void read(ReadableArchive written) throws IOException;
    }

    /** Returns a place for the entries of the archive. The caller closes it before it closes the upload. */
    EntryStaging staging() throws IOException;

    /**
     * Returns a place on the local disk for the entries of an archive whose bytes are not theirs, because it is encrypted as a
     * whole. Instead of {@link #staging}.
     */
    default EntryStaging localStaging() throws IOException {
        return staging();
    }

    /**
     * Returns the channel for the bytes of the archive. The upload closes it. Call it once.
     *
     * @param expectedBytes the size of the archive, give or take the manifest
     */
    WritableByteChannel channel(long expectedBytes) throws IOException;

    /**
     * Makes everything written durable, has it read back, and makes the archive visible, atomically. No bytes may follow.
     *
     * <p>A repository that can read an archive before it is visible checks it then. Another one checks it immediately
     * afterwards, and deletes it if the check fails.
     *
     * @throws BackupException {@code ALREADY_EXISTS} if the id has been taken meanwhile; the failure of the check
     */
    ReadableArchive commit(Check check) throws IOException;

    /** Deletes everything written, unless it was committed. */
    @Override
    void close() throws IOException;
}
