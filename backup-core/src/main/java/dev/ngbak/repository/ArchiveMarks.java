package dev.ngbak.repository;

import dev.ngbak.archive.BackupId;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known about an archive besides its content.
 *
 * @param verification the outcome of the last verification of this version of the archive, or {@code null} if unknown
 * @param pinned whether neither retention nor a user may delete the archive
 * @param acknowledged whether a user confirmed that the archive's counts are right although they are much smaller than before
 * @param drills the restore drills of this version of the archive, the newest first
 */
public record ArchiveMarks(
        @Nullable Verification verification, boolean pinned, boolean acknowledged, List<DrillOutcome> drills) {

    /** The sidecar of a pinned archive. Its content does not matter. */
    public static final String PIN = "pin";

    /** The sidecar of an archive whose small counts are right. Its content does not matter. */
    public static final String ACKNOWLEDGEMENT = "acknowledged";

    static final ArchiveMarks NONE = new ArchiveMarks(null, false, false, List.of());

    public ArchiveMarks {
        drills = List.copyOf(drills);
    }

    /** Returns archives with their marks. */
    public static List<ArchiveInfo> addTo(
            List<ArchiveInfo> archives, Sidecars sidecars, VerificationRecords verifications) throws IOException {
        Map<BackupId, Set<String>> names = archives.isEmpty() ? Map.of() : sidecars.all();
        return archives.stream()
                .map(archive -> verifications.addTo(archive.with(of(archive, names))))
                .toList();
    }

    private static ArchiveMarks of(ArchiveInfo archive, Map<BackupId, Set<String>> sidecars) {
        Set<String> names =
                BackupId.isValid(archive.id()) ? sidecars.getOrDefault(new BackupId(archive.id()), Set.of()) : Set.of();
        return new ArchiveMarks(
                archive.verification(),
                names.contains(PIN),
                names.contains(ACKNOWLEDGEMENT),
                DrillOutcome.of(archive, names));
    }

    ArchiveMarks with(Verification outcome) {
        return new ArchiveMarks(outcome, pinned, acknowledged, drills);
    }
}
