package dev.ngbak.archive;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Optional;

/**
 * A finished archive that can be read any number of times. It holds nothing open, so it needs no closing. Thread-safe.
 *
 * <p>If a method fails, its exception tells why: {@link java.nio.file.NoSuchFileException} means that the archive is
 * gone, {@link java.nio.file.AccessDeniedException} that this user may not read it. Any other {@link IOException} is
 * the repository's own.
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

    /**
     * Returns the time until which the repository refuses to delete the archive, or empty if there is none or it is not known.
     * Asks for nothing, so the answer is as old as the last request for this archive.
     */
    default Optional<Instant> lockedUntil() {
        return Optional.empty();
    }

    /** Returns the keys with which readers decrypt the archive and judge its signature. */
    default ArchiveKeys keys() {
        return ArchiveKeys.NONE;
    }

    /** Returns the same archive without keys. */
    default ReadableArchive withoutKeys() {
        return this;
    }

    /** Opens a stream of the bytes from an offset to the end, as they are stored. The caller closes it. */
    InputStream read(long offset) throws IOException;
}
