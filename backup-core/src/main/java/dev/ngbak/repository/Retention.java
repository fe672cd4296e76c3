package dev.ngbak.repository;

import dev.ngbak.archive.BackupId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Decides which archives to delete. The repository's lock must be held. */
public final class Retention {

    /** The prefix of the ids of safety archives, which are counted separately. */
    public static final String SAFETY_PREFIX = "pre-restore_";

    private static final int RETAINED_SAFETY_ARCHIVES = 3;

    private final ArchiveRepository repository;
    private final VerificationRecords verifications;

    public Retention(ArchiveRepository repository, VerificationRecords verifications) {
        this.repository = repository;
        this.verifications = verifications;
    }

    /**
     * The outcome of a run.
     *
     * @param deleted the ids of the deleted archives
     * @param spared the id of an old archive that was not deleted because the data has shrunk since
     */
    public record Outcome(List<String> deleted, Optional<String> spared) {}

    /**
     * Deletes the oldest archives until {@code keep} are left.
     *
     * <p>Never deletes the new archive, whatever the clock says. Neither counts nor deletes unreadable archives, archives whose
     * last verification failed, and safety archives. If the new archive has shrunk compared with one that would be deleted, the
     * newest of these is spared: the system may be broken, and this may be the last good archive.
     */
    public Outcome apply(long keep, ArchiveInfo newest) throws IOException {
        List<ArchiveInfo> older = new ArrayList<>(list());
        older.removeIf(archive -> !isGood(archive) || archive.id().equals(newest.id()));
        List<ArchiveInfo> kept = older.subList(0, (int) Math.min(older.size(), keep - 1));
        boolean isLargeOneKept = kept.stream().anyMatch(archive -> hasShrunk(archive, newest));
        Optional<String> spared = Optional.empty();
        List<String> deleted = new ArrayList<>();
        for (ArchiveInfo archive : older.subList(kept.size(), older.size())) {
            if (!isLargeOneKept && spared.isEmpty() && hasShrunk(archive, newest)) {
                spared = Optional.of(archive.id());
                continue;
            }
            delete(archive.id());
            deleted.add(archive.id());
        }
        return new Outcome(deleted, spared);
    }

    /**
     * Deletes all safety archives but the newest three.
     *
     * @param inUse the locations of archives that must stay
     * @return the ids of the deleted archives
     */
    public List<String> applyToSafetyArchives(Set<String> inUse) throws IOException {
        List<ArchiveInfo> safety = list().stream()
                .filter(archive -> archive.manifest() != null && archive.id().startsWith(SAFETY_PREFIX))
                .toList();
        List<String> deleted = new ArrayList<>();
        for (ArchiveInfo archive : safety.subList(Math.min(RETAINED_SAFETY_ARCHIVES, safety.size()), safety.size())) {
            if (!inUse.contains(archive.location())) {
                delete(archive.id());
                deleted.add(archive.id());
            }
        }
        return deleted;
    }

    /** Returns the newest archive with another id that a new backup can be compared with. */
    public Optional<ArchiveInfo> newestExcept(BackupId id) throws IOException {
        return list().stream()
                .filter(archive -> isGood(archive) && !archive.id().equals(id.text()))
                .findFirst();
    }

    /** Returns the names of all counts that shrank by more than half, in the order of {@code before}. */
    public static List<String> shrunk(Map<String, Long> before, Map<String, Long> now) {
        return before.entrySet().stream()
                .filter(count -> {
                    long left = now.getOrDefault(count.getKey(), 0L);
                    return count.getValue() - left > left;
                })
                .map(Map.Entry::getKey)
                .toList();
    }

    private List<ArchiveInfo> list() throws IOException {
        return repository.list().stream().map(verifications::addTo).toList();
    }

    private void delete(String id) throws IOException {
        repository.delete(new BackupId(id));
        verifications.delete(id);
    }

    private static boolean isGood(ArchiveInfo archive) {
        return archive.manifest() != null
                && !archive.id().startsWith(SAFETY_PREFIX)
                && (archive.verification() == null || archive.verification().ok());
    }

    private static boolean hasShrunk(ArchiveInfo before, ArchiveInfo now) {
        return !shrunk(before.manifest().statistics(), now.manifest().statistics())
                .isEmpty();
    }
}
