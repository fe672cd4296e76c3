package dev.ngbak.files;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.nio.file.FileSystemException;

/** Turns errors of the file system into messages. */
final class FileErrors {

    private FileErrors() {}

    /** @param file as {@link WorkingDirectory#describe} returns it */
    static BackupException unreadable(String file, boolean exists, IOException cause) {
        return new BackupException(
                Kind.UNREACHABLE,
                file + " cannot be read" + (exists ? "" : " because it was removed a moment ago"),
                "Make sure that the user that runs ngbak may read all files in " + GraphLayout.WORKING_DIR.name()
                        + ", and try again",
                cause);
    }

    /** @param file as {@link WorkingDirectory#describe} returns it */
    static BackupException unwritable(String file, IOException cause) {
        String reason = reason(cause);
        boolean full = reason.contains("No space left") || reason.contains("quota");
        return new BackupException(
                full ? Kind.NO_SPACE : Kind.INCOMPATIBLE,
                file + " cannot be written: " + reason,
                full
                        ? "Free space on the disk of " + GraphLayout.WORKING_DIR.name()
                        : "Give the user that runs ngbak permission to write to " + GraphLayout.WORKING_DIR.name(),
                cause);
    }

    static BackupException notReplaceable(String problem, IOException cause) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                problem,
                "Give the user that runs ngbak permission to replace files in " + GraphLayout.WORKING_DIR.name()
                        + "; if a container mounts only the file, mount the folder instead",
                cause);
    }

    /** Returns the system's reason, without the path that Java puts before it. */
    static String reason(IOException e) {
        String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
        return SafeText.forMessage(
                reason == null
                        ? e.getClass().getSimpleName().replace("Exception", "").replaceAll("(?<=.)([A-Z])", " $1")
                        : reason);
    }
}
