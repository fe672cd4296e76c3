package dev.ngbak.archive;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;

/**
 * A finished archive that can be read any number of times. It holds nothing open, so it needs no closing. Thread-safe.
 *
 * <p>Failures are the repository's own: {@link java.nio.file.NoSuchFileException} if the archive is gone, {@link
 * java.nio.file.AccessDeniedException} if this user may not read it.
 */
public interface ReadableArchive {

    /** Returns the name for messages, without a directory: {@code snapshot_2026-11-30T02-00-00Z.ngbak}. */
    String name();

    /** Returns the absolute path or the URI of the archive, without secrets. It finds the same archive again later. */
    String location();

    /** Returns the number of bytes. */
    long size() throws IOException;

    /** Returns the time of the last change. Together with the size it identifies a version of the archive. */
    Instant lastModified() throws IOException;

    /** Opens a stream of the bytes from an offset to the end. The caller closes it. */
    InputStream read(long offset) throws IOException;
}
