package dev.ngbak.archive;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.SafeText;
import java.io.EOFException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.CancellationException;

/** Turns failures to read an archive into messages. */
final class ReadFailures {

    private ReadFailures() {}

    /**
     * Translates any failure to read an archive.
     *
     * @throws CancellationException if the reading was stopped, which says nothing about the archive
     */
    static BackupException translate(ReadableArchive archive, Throwable cause) {
        if (cause instanceof BackupException e) {
            return e;
        }
        if (cause instanceof Error e) {
            throw e;
        }
        if (cause instanceof CancellationException e) {
            throw e;
        }
        if (cause instanceof InterruptedIOException || cause instanceof ClosedByInterruptException) {
            CancellationException cancelled = new CancellationException("interrupted while reading an archive");
            cancelled.initCause(cause);
            throw cancelled;
        }
        if (cause instanceof ManifestReader.UnsupportedFormatException) {
            return new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive " + name(archive) + " has the format " + cause.getMessage()
                            + ", but this version of ngbak reads only " + Manifest.FORMAT,
                    "Use the version of ngbak that made it, or a newer version",
                    cause);
        }
        return refused(archive, why(cause), cause);
    }

    /**
     * Returns the reason for a failure, as a clause. Decoders report damaged bytes in many ways, even with unchecked
     * exceptions.
     */
    private static String why(Throwable cause) {
        if (cause instanceof RefusedArchiveException) {
            return cause.getMessage();
        }
        if (cause instanceof EOFException) {
            return "it cannot be unpacked because it ends too soon: it was not copied completely, or bytes in it have changed";
        }
        if (cause instanceof RuntimeException) {
            return "it cannot be unpacked because bytes in it have changed";
        }
        return "it cannot be unpacked (" + SafeText.forMessage(String.valueOf(cause.getMessage())) + ")";
    }

    /** Returns the exception for a damaged archive. */
    static BackupException refused(ReadableArchive archive, String why, Throwable cause) {
        return new BackupException(
                Kind.CORRUPT,
                "The archive " + name(archive) + " is damaged: " + why,
                "Use another archive, or copy this one again from its source",
                cause);
    }

    static String name(ReadableArchive archive) {
        return SafeText.forMessage(archive.name());
    }
}
