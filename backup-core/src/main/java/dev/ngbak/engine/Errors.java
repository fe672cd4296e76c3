package dev.ngbak.engine;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.util.Locale;
import java.util.concurrent.CancellationException;

/** The one place where any failure becomes a message for a person. */
final class Errors {

    private Errors() {}

    /** A call of the engine, which may fail in any way. */
    @FunctionalInterface
    interface Call<T> {
        T run() throws IOException;
    }

    /** Runs a call; whatever it throws comes out as a {@link BackupException}. */
    static <T> T guarded(String doing, Call<T> call) {
        try {
            return call.run();
        } catch (IOException | RuntimeException | Error e) {
            throw explain(e, doing);
        }
    }

    /** A call into a plugin; what it throws unexpectedly comes out with the place where it happened. */
    static <T> T at(String doing, Call<T> call) {
        try {
            return call.run();
        } catch (CancellationException e) {
            throw e;
        } catch (IOException | RuntimeException | Error e) {
            throw explain(e, doing);
        }
    }

    /** @param doing what was being done, as in "while …" */
    static BackupException explain(Throwable failure, String doing) {
        if (failure instanceof BackupException e) {
            return e;
        }
        if (failure instanceof CancellationException || failure instanceof ClosedByInterruptException) {
            return new BackupException(
                    Kind.CANCELLED, "Cancelled while " + doing + ". Nothing was changed", "", failure);
        }
        if (failure instanceof IOException e && isNoSpace(e)) {
            return new BackupException(
                    Kind.NO_SPACE,
                    "The disk became full while " + doing,
                    "Free some room where BACKUP_DIR is, or set BACKUP_DIR to a larger disk",
                    e);
        }
        if (failure instanceof AccessDeniedException e) {
            return new BackupException(
                    Kind.INVALID,
                    "This user may not use " + e.getFile() + ", which was needed while " + doing,
                    "Correct the rights of that file or folder",
                    e);
        }
        if (failure instanceof FileSystemException e) {
            return new BackupException(
                    Kind.INTERNAL, "A file could not be used while " + doing + ": " + e.getMessage(), "", e);
        }
        if (failure instanceof IOException e) {
            return new BackupException(Kind.INTERNAL, "Failed while " + doing + ": " + reason(e), "", e);
        }
        if (failure instanceof OutOfMemoryError e) {
            return new BackupException(
                    Kind.INTERNAL, "The memory was not enough while " + doing, "Give Java more by -Xmx", e);
        }
        return new BackupException(
                Kind.INTERNAL,
                "An unexpected failure while " + doing + ", which is a defect of this program",
                "Please report it with the log",
                failure);
    }

    /** A full disk is met anywhere, where nobody knows what it means for the data: the same with a sentence that says it. */
    static BackupException meaning(String sentence, BackupException failure) {
        return failure.kind() == Kind.NO_SPACE && failure.getCause() instanceof IOException cause
                ? new BackupException(failure.kind(), failure.problem() + ". " + sentence, failure.remedy(), cause)
                : failure;
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? "no reason was given" : e.getMessage();
    }

    /** The system says so only in words. "File too large" is the same under a limit on file sizes. */
    static boolean isNoSpace(IOException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
            if (message.contains("no space left")
                    || message.contains("quota exceeded")
                    || message.contains("file too large")
                    || message.contains("not enough space")) {
                return true;
            }
        }
        return false;
    }
}
