package dev.ngbak.repository;

import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.spi.BackupException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/** An archive that is being written. Nobody sees it before {@link #commit}. Not thread-safe. */
public interface ArchiveUpload extends Closeable {

    /** Returns the channel for the bytes of the archive. The upload closes it. */
    WritableByteChannel channel() throws IOException;

    /** Makes everything written durable and returns it for reading back. No bytes may follow. */
    ReadableArchive written() throws IOException;

    /**
     * Makes the archive visible, atomically and durably.
     *
     * @throws BackupException {@code ALREADY_EXISTS} if the id has been taken meanwhile
     */
    ReadableArchive commit() throws IOException;

    /** Deletes everything written, unless it was committed. */
    @Override
    void close() throws IOException;
}
