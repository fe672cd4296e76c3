package dev.ngbak.engine;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.SafeText;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where a restore goes, if not to where the backup was taken.
 *
 * @param workspace the workspace to restore into, empty for the unnamed one; {@code null} for the one in the archive
 * @param replace whether {@code workspace} may contain something, which the restore then replaces
 * @param convert whether stores may be of another backend than in the archive
 * @param paths absolute paths, each with the path that replaces it in records
 */
public record RestoreTarget(@Nullable String workspace, boolean replace, boolean convert, Map<String, String> paths) {

    /** The workspace and the backends of the archive. */
    public static final RestoreTarget SAME = new RestoreTarget(null, false, false, Map.of());

    /** @throws BackupException {@code INVALID} for a path that is not absolute, or for options that exclude each other */
    public RestoreTarget {
        paths = Map.copyOf(paths);
        if (replace && workspace == null) {
            throw new BackupException(
                    Kind.INVALID,
                    "--replace (option replace) is only for a restore under another name",
                    "Add --as with the workspace, or leave it out: without --as, a restore always replaces the stores");
        }
        if (convert && !paths.isEmpty()) {
            throw new BackupException(
                    Kind.INVALID,
                    "--map-path (option paths) cannot be used in a conversion (--convert, option convert)",
                    "Restore with --map-path into the backends of the archive first, make a backup, and convert that");
        }
        paths.forEach((from, to) -> {
            if (!from.startsWith("/") || !to.startsWith("/")) {
                throw new BackupException(
                        Kind.INVALID,
                        "--map-path (option paths) maps " + SafeText.quoted(from) + " to " + SafeText.quoted(to),
                        "Map absolute paths, such as /old/inputs=/new/inputs");
            }
        });
    }

    /** Returns a restore into another workspace. */
    public static RestoreTarget workspace(String name, boolean replace) {
        return new RestoreTarget(Objects.requireNonNull(name, "name"), replace, false, Map.of());
    }

    /** Returns the command that restores another archive of the same workspace. */
    public String restoreCommand(String id) {
        if (workspace == null) {
            return "ngbak restore " + id;
        }
        boolean plain = workspace.matches("[A-Za-z0-9_.-]+");
        return "ngbak restore " + id + " --as " + (plain ? workspace : "'" + workspace.replace("'", "'\\''") + "'")
                + " --replace";
    }
}
