package dev.ngbak.engine;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Manifest.SourceSystem;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.ArchiveRepository;
import dev.ngbak.repository.Retention;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Finds archives by what a person types: an id, the beginning of one, or {@code latest}. An archive with exactly this id always
 * wins, even if its id is {@code latest} or the beginning of another one.
 */
final class ArchiveNames {

    /** Means the newest archive of the system and workspace that is not a safety archive. */
    static final String LATEST = "latest";

    private static final int MAX_SHOWN = 8;

    private ArchiveNames() {}

    /**
     * Returns the id that is meant.
     *
     * @throws BackupException {@code INVALID} if several ids begin with the text, or if no id can; {@code NOT_FOUND}
     */
    static BackupId resolve(EngineContext context, String text) throws IOException {
        ArchiveRepository repository = context.repository();
        SourceSystem system = context.sourceSystem();
        BackupId exact = new BackupId(text);
        if (repository.contains(exact)) {
            return exact;
        }
        List<ArchiveInfo> archives = context.list().stream()
                .filter(archive -> BackupId.isValid(archive.id()))
                .toList();
        if (text.equals(LATEST)) {
            return latest(archives, system)
                    .orElseThrow(() -> new BackupException(
                            Kind.NOT_FOUND,
                            "There is no latest backup: " + repository.displayName() + " contains none of "
                                    + system.displayName(),
                            "Run ngbak backup to create one, or ngbak list to see all archives"));
        }
        List<String> ids = archives.stream().map(ArchiveInfo::id).toList();
        List<String> candidates = ids.stream().filter(id -> id.startsWith(text)).toList();
        if (candidates.isEmpty()) {
            throw new BackupException(
                    Kind.NOT_FOUND,
                    "The backup " + text + " does not exist, and no id begins with it",
                    "Run ngbak list to see all backups");
        }
        if (candidates.size() > 1) {
            int more = candidates.size() - MAX_SHOWN;
            throw new BackupException(
                    Kind.INVALID,
                    "The ids of " + candidates.size() + " backups begin with " + text + ": "
                            + String.join(", ", candidates.subList(0, Math.min(MAX_SHOWN, candidates.size())))
                            + (more > 0 ? " and " + more + " more" : ""),
                    "Type more of the id");
        }
        return new BackupId(candidates.get(0));
    }

    /** An archive that cannot be read may be the newest one: an older one must not be taken for it. */
    private static Optional<BackupId> latest(List<ArchiveInfo> archives, SourceSystem system) {
        return archives.stream()
                .filter(archive -> !archive.id().startsWith(Retention.SAFETY_PREFIX))
                .filter(archive -> archive.manifest() == null
                        || archive.manifest().system().hasSameData(system))
                .findFirst()
                .map(archive -> new BackupId(archive.id()));
    }
}
