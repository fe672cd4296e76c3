package dev.ngbak.repository;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Manifest;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Decides which archives to delete. The repository's lock must be held. */
public final class Retention {

    /** The prefix of the ids of safety archives, which are counted separately. */
    public static final String SAFETY_PREFIX = "pre-restore_";

    private static final int RETAINED_SAFETY_ARCHIVES = 3;

    private static final int NAMED_LOCKED_ARCHIVES = 3;

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
     * @param locked why archives that are too old were not deleted, the oldest first: sentences without a full stop that say
     *     until when the repository locks them
     */
    public record Outcome(List<String> deleted, Optional<String> spared, List<String> locked) {

        /** Returns what to tell users about the locked archives, if there are any. */
        public Optional<String> lockedNotice() {
            if (locked.isEmpty()) {
                return Optional.empty();
            }
            int more = locked.size() - NAMED_LOCKED_ARCHIVES;
            return Optional.of("Old archives that cannot be deleted yet: " + locked.size() + ". "
                    + locked.stream().limit(NAMED_LOCKED_ARCHIVES).collect(Collectors.joining(". "))
                    + (more > 0 ? ". " + more + " more are locked" : "")
                    + ". Each is deleted by the first job after its lock has ended.");
        }
    }

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
        List<ArchiveInfo> old = new ArrayList<>();
        for (ArchiveInfo archive : older.subList(kept.size(), older.size())) {
            if (!isLargeOneKept && spared.isEmpty() && hasShrunk(archive, newest)) {
                spared = Optional.of(archive.id());
            } else {
                old.add(archive);
            }
        }
        return delete(old, spared);
    }

    /**
     * Deletes all safety archives but the newest three.
     *
     * @param inUse the locations of archives that must stay
     */
    public Outcome applyToSafetyArchives(Set<String> inUse) throws IOException {
        List<ArchiveInfo> safety = list().stream()
                .filter(archive -> archive.manifest() != null && archive.id().startsWith(SAFETY_PREFIX))
                .toList();
        List<ArchiveInfo> old = safety.stream()
                .skip(RETAINED_SAFETY_ARCHIVES)
                .filter(archive -> !inUse.contains(archive.location()))
                .toList();
        return delete(old, Optional.empty());
    }

    /** Returns the newest other archive of the same system, workspace and kinds of stores, to compare a new one with. */
    public Optional<ArchiveInfo> newestLike(ArchiveInfo made) throws IOException {
        return list().stream()
                .filter(archive -> isGood(archive)
                        && !archive.id().equals(made.id())
                        && origin(archive).equals(origin(made)))
                .findFirst();
    }

    private static List<Object> origin(ArchiveInfo archive) {
        Manifest manifest = archive.manifest();
        Map<Role, String> backends = new EnumMap<>(Role.class);
        manifest.stores().forEach((role, store) -> backends.put(role, store.backend()));
        String workspace = manifest.system().workspace();
        return List.of(manifest.system().name(), workspace == null ? "" : workspace, backends);
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

    private Outcome delete(List<ArchiveInfo> old, Optional<String> spared) throws IOException {
        List<String> deleted = new ArrayList<>();
        List<String> locked = new ArrayList<>();
        for (ArchiveInfo archive : old) {
            try {
                repository.delete(new BackupId(archive.id()));
                verifications.delete(archive.id());
                deleted.add(archive.id());
            } catch (BackupException e) {
                if (e.kind() != Kind.LOCKED) {
                    throw e;
                }
                locked.add(0, e.problem());
            }
        }
        return new Outcome(deleted, spared, locked);
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
