package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveIndex;
import dev.ngbak.archive.Manifest;
import dev.ngbak.engine.RestoreJournal.Intent;
import dev.ngbak.engine.RestoreJournal.Open;
import dev.ngbak.engine.RestoreJournal.Step;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Settles a restore that failed or was cut off: all stores get the old state back, or, where it was not saved, the new one.
 * The folder's lock is held around it. May itself be cut off at any point and run again.
 */
final class RestoreRecovery {

    private final ArchiveFolder folder;
    private final StoreRegistry stores;
    private final Job job;

    RestoreRecovery(ArchiveFolder folder, StoreRegistry stores, Job job) {
        this.folder = folder;
        this.stores = stores;
        this.job = job;
    }

    /**
     * Settles what an earlier run left open.
     *
     * @throws BackupException {@code ROLLBACK_FAILED} when it cannot be done now; the journal stays open then
     */
    RecoveryOutcome settle(Consumer<String> watcher) throws IOException {
        Path work = folder.work();
        RestoreJournal.deleteDraft(work);
        Open open = RestoreJournal.read(work);
        if (open == null) {
            Files.deleteIfExists(folder.emptySafetyArchive());
            return RecoveryOutcome.NOTHING;
        }
        Intent intent = open.intent();
        if (!open.isPartial()) {
            RestoreJournal.delete(work);
            Files.deleteIfExists(folder.emptySafetyArchive());
            RecoveryOutcome recovery = open.end() == null
                    ? RecoveryOutcome.UNCHANGED
                    : open.end() == Step.DONE ? RecoveryOutcome.COMPLETED : RecoveryOutcome.ROLLED_BACK;
            job.info("The restore of " + intent.archive().getFileName() + " that was begun at "
                    + Sizes.time(intent.at()) + " UTC"
                    + " was cut off "
                    + switch (recovery) {
                        case COMPLETED -> "when all stores had been replaced and proved. They hold the new state";
                        case ROLLED_BACK -> "when all stores had been put back and proved. They are as before it";
                        case UNCHANGED, NOTHING -> "before it had changed anything";
                    }
                    + ".");
            return advise(recovery, open);
        }
        String what = "The restore of " + intent.archive().getFileName() + " that was begun at "
                + Sizes.time(intent.at()) + " UTC" + " was cut off";
        // The way forward leads through all stores, the way back only through those that were touched.
        Set<Role> roles = intent.safetyArchivePath() == null ? intent.targets().keySet() : open.modified();
        checkTargets(intent, roles, what);
        try (TargetLocks locks = TargetLocks.take(stores, roles, job);
                RestoreJournal journal = RestoreJournal.resume(work, watcher)) {
            job.shield();
            job.warn(what + " while it replaced data. It is being settled first.");
            if (intent.safetyArchivePath() == null) {
                forward(journal, intent, what);
                return advise(RecoveryOutcome.COMPLETED, open);
            }
            back(journal, intent.safetyArchivePath(), open.modified(), Collections.max(open.modified()), what);
            return advise(RecoveryOutcome.ROLLED_BACK, open);
        } finally {
            job.unshield();
        }
    }

    /** A program that was started while the stores held a mix of two states still has that mix in memory. */
    private RecoveryOutcome advise(RecoveryOutcome recovery, Open open) {
        job.advise(stores.adviceAfterRestore(
                recovery == RecoveryOutcome.COMPLETED ? open.intent().targets().keySet() : open.modified()));
        return recovery;
    }

    private void checkTargets(Intent intent, Set<Role> roles, String what) {
        for (Role role : roles) {
            String then = intent.targets().get(role);
            String now = stores.target(role);
            if (!now.equals(then)) {
                throw new BackupException(
                        Kind.INCOMPATIBLE,
                        what + ", and its " + role.id() + " store was " + then + ", while the settings now name " + now,
                        "Set the variables as they were and run ngbak recover, or use another BACKUP_DIR for the other"
                                + " system");
            }
        }
    }

    /**
     * Puts the state before a restore back into the stores it had touched, and proves it.
     *
     * @param cutOff the store in which the process died, or {@code null}: it is restored in any case, since that also
     *     removes what is no content but was left lying there
     */
    void back(RestoreJournal journal, Path safetyArchivePath, Set<Role> modified, Role cutOff, String what)
            throws IOException {
        Role at = null;
        try {
            journal.note(Step.GOING_BACK, null);
            job.begin("rolling back");
            if (!Files.exists(safetyArchivePath)) {
                throw new BackupException(
                        Kind.NOT_FOUND,
                        safetyArchivePath + ", which held the old state, is not there",
                        "Bring that file back to its place");
            }
            ArchiveIndex index = new ArchiveIndex();
            Manifest manifest = ArchiveVerifier.run(safetyArchivePath, index, stores, job)
                    .archive()
                    .manifest();
            try (StoreReplacer back = new StoreReplacer(safetyArchivePath, index, manifest, false, stores, job)) {
                Set<Role> written = EnumSet.noneOf(Role.class);
                for (Role role : modified) {
                    at = role;
                    if (role != cutOff && back.isAlready(role)) {
                        job.info(role.id() + ": is as before, by content digest.");
                        continue;
                    }
                    journal.note(Step.PUTTING_BACK, role);
                    if (putBack(back, role)) {
                        written.add(role);
                    }
                }
                back.restored();
                for (var proof : back.prove(written).entrySet()) {
                    at = proof.getKey();
                    StoreReplacer.result(proof.getValue());
                }
            }
            journal.note(Step.BACK, null);
            journal.settled();
            Files.deleteIfExists(folder.emptySafetyArchive());
            job.info("All stores are as before the restore.");
        } catch (IOException | RuntimeException | Error e) {
            BackupException why = Errors.explain(e, "the old state was being put back");
            BackupException failure = new BackupException(
                    Kind.ROLLBACK_FAILED,
                    what + ". Rolling back " + (at == null ? "" : at.id() + " ") + "failed too: " + why.problem()
                            + (Files.exists(safetyArchivePath)
                                    ? ". The previous data is in " + safetyArchivePath.getFileName()
                                    : ""),
                    RestoreTask.sentence(why.remedy()) + "Then run ngbak recover, as often as needed. If it can never"
                            + " succeed, restore another archive of the same stores with --no-safety-backup",
                    e);
            throw RestoreTask.ended(failure, Effect.PARTIAL, why);
        }
    }

    /**
     * Also a store that looks as before is written, since a run that was cut off may have left something of its own in it.
     *
     * @return false for a store that cannot be written, and need not be, since it was never changed
     */
    private boolean putBack(StoreReplacer back, Role role) throws IOException {
        try {
            back.restore(role);
            return true;
        } catch (IOException | RuntimeException e) {
            if (!back.isAlready(role)) {
                throw e;
            }
            job.info(role.id() + ": cannot be written, but was not changed: it is as before, by content digest.");
            return false;
        }
    }

    /** Finishes a restore that has no way back. */
    private void forward(RestoreJournal journal, Intent intent, String what) throws IOException {
        Role at = null;
        try {
            job.begin("finishing the restore");
            ArchiveIndex index = new ArchiveIndex();
            Manifest manifest = ArchiveVerifier.run(intent.archive(), index, stores, job)
                    .archive()
                    .manifest();
            if (!manifest.checksum().equals(intent.checksum())) {
                throw new BackupException(
                        Kind.CORRUPT,
                        intent.archive() + " is not the archive that was being restored",
                        "Bring that archive back to the same place");
            }
            try (StoreReplacer forward =
                    new StoreReplacer(intent.archive(), index, manifest, intent.countsOnly(), stores, job)) {
                for (Role role : intent.targets().keySet()) {
                    at = role;
                    journal.step(Step.REPLACING, role);
                    forward.restore(role);
                }
                forward.restored();
                for (var proof : forward.prove(intent.targets().keySet()).entrySet()) {
                    at = proof.getKey();
                    StoreReplacer.result(proof.getValue());
                }
            }
            journal.step(Step.DONE);
            journal.settled();
            job.info("The restore was finished, and all stores hold what the archive holds.");
        } catch (IOException | RuntimeException | Error e) {
            BackupException why = Errors.explain(e, "the restore was being finished");
            BackupException failure = new BackupException(
                    Kind.ROLLBACK_FAILED,
                    what + " and cannot be rolled back. Finishing it "
                            + (at == null ? "" : "in " + at.id() + " ")
                            + "failed: " + why.problem(),
                    RestoreTask.sentence(why.remedy())
                            + "Then run ngbak recover, as often as needed; or restore another archive of the same stores"
                            + " with --no-safety-backup",
                    e);
            throw RestoreTask.ended(failure, Effect.PARTIAL, why);
        }
    }
}
