package dev.ngbak.engine;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.support.DiskErrors;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.util.concurrent.CancellationException;

/** Translates every failure into a {@link BackupException}. */
final class Errors {

    private Errors() {}

    /** A call that may fail in any way. */
    @FunctionalInterface
    interface Call<T> {
        T run() throws IOException;
    }

    /**
     * Runs a call of the engine.
     *
     * @param doing completes the sentence "Failed while …"
     */
    static <T> T guarded(String doing, Call<T> call) {
        try {
            return call.run();
        } catch (IOException | RuntimeException | Error e) {
            throw explain(e, doing);
        }
    }

    /**
     * Runs a call of the engine. If it fails without stating the effect on the data, the failure gets {@code effect}.
     */
    static <T> T guarded(Effect effect, String doing, Call<T> call) {
        try {
            return call.run();
        } catch (IOException | RuntimeException | Error e) {
            throw explain(e, doing).withEffect(effect);
        }
    }

    /**
     * Runs a call into a plugin.
     *
     * @throws CancellationException if the call was cancelled
     */
    static <T> T inPlugin(String doing, Call<T> call) {
        try {
            return call.run();
        } catch (CancellationException e) {
            throw e;
        } catch (IOException | RuntimeException | Error e) {
            throw explain(e, doing);
        }
    }

    /** Runs a call into a plugin. Its failure names the store, unless the archive is at fault. */
    static <T> T inStore(Role role, String doing, Call<T> call) {
        try {
            return inPlugin(doing, call);
        } catch (BackupException e) {
            boolean ofStore = e.kind() != Kind.CORRUPT && e.kind() != Kind.CANCELLED;
            throw ofStore ? e.withRole(role) : e;
        }
    }

    /** @param doing completes the sentence "Failed while …" */
    static BackupException explain(Throwable failure, String doing) {
        if (failure instanceof BackupException e) {
            return e;
        }
        if (failure instanceof CancellationException || failure instanceof ClosedByInterruptException) {
            return new BackupException(Kind.CANCELLED, "Cancelled while " + doing, "", failure);
        }
        if (failure instanceof IOException e && DiskErrors.isNoSpace(e)) {
            return new BackupException(
                    Kind.NO_SPACE,
                    "The disk became full while " + doing,
                    "Free some space on the disk of BACKUP_DIR, or set BACKUP_DIR to a larger disk",
                    e);
        }
        if (failure instanceof AccessDeniedException e) {
            return new BackupException(
                    Kind.INVALID,
                    "Permission denied for " + e.getFile() + " while " + doing,
                    "Correct the permissions of that file or directory",
                    e);
        }
        if (failure instanceof FileSystemException e) {
            return new BackupException(
                    Kind.INTERNAL,
                    "A file could not be used while " + doing + ": " + e.getMessage(),
                    "Check that file, its disk and its permissions, then try again",
                    e);
        }
        if (failure instanceof IOException e) {
            String reason = e.getMessage() == null ? "no reason was given" : e.getMessage();
            return new BackupException(
                    Kind.INTERNAL,
                    "Failed while " + doing + ": " + reason,
                    "Check the stores and the disk of BACKUP_DIR, then try again",
                    e);
        }
        if (failure instanceof OutOfMemoryError e) {
            return new BackupException(
                    Kind.INTERNAL, "Out of memory while " + doing, "Give Java more memory with -Xmx", e);
        }
        return new BackupException(
                Kind.INTERNAL,
                "An unexpected failure while " + doing + ": this is a defect of ngbak",
                "Please report it with the log",
                failure);
    }
}
