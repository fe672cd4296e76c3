package dev.ngbak.repository;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Manifest.SourceSystem;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Decides which archives to delete. Sees only those of one system and workspace, because a repository may contain those of
 * several. The repository's lock must be held.
 */
public final class Retention {

    /** The prefix of the ids of safety archives, which are counted separately. */
    public static final String SAFETY_PREFIX = "pre-restore_";

    private static final int RETAINED_SAFETY_ARCHIVES = 3;

    private static final int NAMED_LOCKED_ARCHIVES = 3;

    private final ArchiveRepository repository;
    private final VerificationRecords verifications;
    private final SourceSystem system;

    public Retention(ArchiveRepository repository, VerificationRecords verifications, SourceSystem system) {
        this.repository = repository;
        this.verifications = verifications;
        this.system = system;
    }

    /**
     * The outcome of a run.
     *
     * @param deleted the ids of the deleted archives
     * @param locked why archives that are too old were not deleted, the oldest first: sentences without a full stop that say
     *     until when the repository locks them
     */
    public record Outcome(List<String> deleted, List<String> locked) {

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
     * Decides which archives stay.
     *
     * <p>Some stay whatever the policy says: the newest; every pinned one, which does not count; and the newest that is known
     * to be good, as {@link #newestGood} finds it. All stay while the newest archive shows a loss of data that nobody
     * acknowledged, because the system may be broken, and any of them may be the last good one. The plan does not contain
     * unreadable archives, archives whose last verification failed, archives of another tool, and safety archives: they are
     * neither counted nor deleted.
     *
     * @param made the archive that counts as the newest whatever the clock says, or {@code null} for the one with the latest
     *     time
     */
    public RetentionPlan plan(KeepPolicy policy, @Nullable ArchiveInfo made) throws IOException {
        List<ArchiveInfo> archives = archives(made);
        if (archives.isEmpty()) {
            return new RetentionPlan(policy, List.of(), Optional.empty());
        }
        Optional<DataLoss> loss = DataLoss.find(archives);
        Map<ArchiveInfo, List<String>> kept = new LinkedHashMap<>();
        archives.stream().filter(Retention::isPinned).forEach(archive -> keep(kept, archive, "pinned"));
        policy.keep(archives.stream().filter(archive -> !isPinned(archive)).toList())
                .forEach((archive, reasons) -> reasons.forEach(reason -> keep(kept, archive, reason)));
        ArchiveInfo newest = archives.get(0);
        if (!kept.containsKey(newest) || policy.keepsAll()) {
            keep(kept, newest, "the newest");
        }
        newestGood(archives)
                .filter(good -> kept.keySet().stream()
                        .noneMatch(archive -> Trust.in(archive).compareTo(Trust.in(good)) >= 0))
                .ifPresent(good -> keep(kept, good, Trust.in(good).reason()));
        if (loss.isPresent()) {
            archives.stream()
                    .filter(archive -> !kept.containsKey(archive))
                    .forEach(archive ->
                            keep(kept, archive, "nothing is deleted until the loss of data is acknowledged"));
        }
        return new RetentionPlan(
                policy,
                archives.stream()
                        .map(archive -> new RetentionPlan.Decision(
                                archive,
                                policy.keepsAll() || kept.containsKey(archive),
                                kept.getOrDefault(
                                        archive, List.of(policy.keepsAll() ? "no rules" : "no rule keeps it"))))
                        .toList(),
                loss);
    }

    /** Returns the newest of the archives that are trusted most; empty if none was verified. */
    private static Optional<ArchiveInfo> newestGood(List<ArchiveInfo> newestFirst) {
        return newestFirst.stream()
                .filter(archive -> Trust.in(archive) != Trust.NONE)
                .max(Comparator.comparing(Trust::in).thenComparing(newestFirst::indexOf, Comparator.reverseOrder()));
    }

    /**
     * Returns the archives that retention looks at, the newest first.
     *
     * @param made as for {@link #plan}
     */
    private List<ArchiveInfo> archives(@Nullable ArchiveInfo made) throws IOException {
        List<ArchiveInfo> archives = new ArrayList<>(list());
        archives.removeIf(archive -> !isGood(archive));
        if (made != null) {
            archives.removeIf(archive -> archive.id().equals(made.id()));
            archives.add(0, made);
        }
        return archives;
    }

    private static void keep(Map<ArchiveInfo, List<String>> kept, ArchiveInfo archive, String reason) {
        kept.computeIfAbsent(archive, any -> new ArrayList<>()).add(reason);
    }

    /** Deletes what the plan says. */
    public Outcome apply(RetentionPlan plan) throws IOException {
        prepareDeletion(plan.deletions().stream().map(ArchiveInfo::id).collect(Collectors.toSet()));
        return delete(plan.deletions());
    }

    /**
     * Prepares the deletion of archives: if the newest archive would show a loss of data without them, marks it as
     * acknowledged. This happens if its counts were acknowledged in one of these archives, or decreased slowly.
     */
    public void prepareDeletion(Set<String> ids) throws IOException {
        if (ids.isEmpty()) {
            return;
        }
        List<ArchiveInfo> archives = archives(null);
        List<ArchiveInfo> rest =
                archives.stream().filter(archive -> !ids.contains(archive.id())).toList();
        if (DataLoss.find(archives).isEmpty() && DataLoss.find(rest).isPresent()) {
            repository.sidecars().write(new BackupId(rest.get(0).id()), ArchiveMarks.ACKNOWLEDGEMENT, new byte[0]);
        }
    }

    /**
     * Deletes all safety archives but the newest three and the pinned ones. Deletes none while there is a loss of data, as in
     * {@link #plan}.
     *
     * @param inUse the locations of archives that must stay
     */
    public Outcome applyToSafetyArchives(Set<String> inUse) throws IOException {
        if (dataLoss().isPresent()) {
            return new Outcome(List.of(), List.of());
        }
        List<ArchiveInfo> safety = list().stream()
                .filter(archive -> archive.id().startsWith(SAFETY_PREFIX))
                .toList();
        List<ArchiveInfo> old = safety.stream()
                .skip(RETAINED_SAFETY_ARCHIVES)
                .filter(archive -> !inUse.contains(archive.location()) && !isPinned(archive))
                .toList();
        return delete(old);
    }

    /** Returns the loss of data that the newest archive shows and that no user has acknowledged. */
    public Optional<DataLoss> dataLoss() throws IOException {
        return DataLoss.find(archives(null));
    }

    /**
     * The loss of data that a new archive shows.
     *
     * @param isNew whether it includes a count that had not shrunk before
     */
    public record NewLoss(DataLoss loss, boolean isNew) {}

    /** Returns the loss of data that an archive shows, which counts as the newest, whatever the clock says. */
    public Optional<NewLoss> lossIn(ArchiveInfo made) throws IOException {
        List<ArchiveInfo> archives = archives(made);
        Optional<DataLoss> before = DataLoss.find(archives.subList(1, archives.size()));
        return DataLoss.find(archives).map(loss -> new NewLoss(loss, loss.exceeds(before)));
    }

    private List<ArchiveInfo> list() throws IOException {
        // The manifest of an encrypted archive may be known only from the record of its verification.
        return ArchiveMarks.addTo(repository.list(), repository.sidecars(), verifications).stream()
                .filter(archive -> archive.manifest() != null
                        && archive.manifest().system().hasSameData(system)
                        && !archive.manifest().isOfOtherTool())
                .toList();
    }

    private Outcome delete(List<ArchiveInfo> old) throws IOException {
        List<String> deleted = new ArrayList<>();
        List<String> locked = new ArrayList<>();
        for (ArchiveInfo archive : old) {
            try {
                new ArchiveRemoval(repository).delete(new BackupId(archive.id()));
                verifications.delete(archive.id());
                deleted.add(archive.id());
            } catch (BackupException e) {
                if (e.kind() != Kind.LOCKED) {
                    throw e;
                }
                locked.add(0, e.problem());
            }
        }
        return new Outcome(deleted, locked);
    }

    private static boolean isGood(ArchiveInfo archive) {
        return !archive.id().startsWith(SAFETY_PREFIX)
                && (archive.verification() == null || archive.verification().ok());
    }

    private static boolean isPinned(ArchiveInfo archive) {
        return archive.marks().pinned();
    }
}
