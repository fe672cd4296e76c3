package dev.ngbak.engine;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a restore goes, if not to where the backup was taken.
 *
 * @param workspace the workspace to restore into; {@code null} for the one in the archive
 * @param replace whether {@code workspace} may contain something, which the restore then replaces
 * @param convert whether stores may be of another backend than in the archive
 * @param paths prefixes of paths in records, each with the prefix that replaces it
 */
public record RestoreTarget(@Nullable String workspace, boolean replace, boolean convert, Map<String, String> paths) {

    /** The workspace and the backends of the archive. */
    public static final RestoreTarget SAME = new RestoreTarget(null, false, false, Map.of());

    public RestoreTarget {
        paths = Map.copyOf(paths);
    }
}
