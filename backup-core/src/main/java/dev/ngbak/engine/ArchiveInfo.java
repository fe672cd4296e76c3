package dev.ngbak.engine;

import dev.ngbak.archive.Manifest;
import java.nio.file.Path;
import java.time.Instant;

/**
 * One archive file, as far as its manifest tells.
 *
 * @param id its file name without {@code .ngbak}
 * @param size of the file in bytes
 * @param createdAt what the manifest says, or else when the file was last written
 * @param manifest {@code null} where it cannot be read
 * @param manifestText the manifest's own JSON, with members that this version does not know; or {@code null}
 * @param unreadable why the manifest cannot be read, or {@code null}
 * @param verification the outcome of the last verification of this very file, or {@code null} when it is not known
 */
public record ArchiveInfo(
        String id,
        Path file,
        long size,
        Instant createdAt,
        Manifest manifest,
        String manifestText,
        String unreadable,
        Verification verification) {

    /** Returns the same with the outcome of a verification. */
    ArchiveInfo with(Verification outcome) {
        return new ArchiveInfo(id, file, size, createdAt, manifest, manifestText, unreadable, outcome);
    }

    /** A warning for an archive that says it has another id than its file's name, or {@code null}. */
    public String idWarning() {
        return manifest == null || manifest.backupId().text().equals(id)
                ? null
                : "The archive's manifest names it " + manifest.backupId() + ", its file's name is " + id
                        + ": it was renamed";
    }
}
