package dev.ngbak.engine;

import dev.ngbak.engine.RestoreJournal.Step;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/**
 * Settles the restore that an earlier process left: rolls it back, or forward if it has no safety archive. May be interrupted
 * at any point and run again. The repository's lock must be held.
 */
final class RestoreRecovery {

    private final Job job;
    private EngineContext context;

    RestoreRecovery(EngineContext context, Job job) {
        this.context = context;
        this.job = job;
    }

    /** @throws BackupException {@code ROLLBACK_FAILED} if it cannot be settled now; it stays pending */
    RecoveryOutcome run() throws IOException {
        RestoreJournal.deleteDraft(context.state());
        Optional<PendingRestore> found = RestoreTransaction.pending(context);
        if (found.isEmpty()) {
            context.state().deleteRestoreArchives();
            return RecoveryOutcome.NOTHING;
        }
        PendingRestore pending = found.get();
        selectWorkspace(pending);
        RecoveryOutcome outcome = pending.isPartial() ? settle(pending) : deleteJournal(pending);
        // A program that started before the recovery may have read a mix of old and new data.
        job.advise(context.stores()
                .adviceAfterRestore(
                        outcome == RecoveryOutcome.COMPLETED
                                ? pending.plan().targets().keySet()
                                : pending.modified()));
        return outcome;
    }

    /** The settings may select another workspace than the restore did. */
    private void selectWorkspace(PendingRestore pending) {
        pending.plan().workspace().ifPresent(workspace -> {
            try {
                context = context.withWorkspace(workspace);
            } catch (BackupException e) {
                throw new BackupException(
                        Kind.INCOMPATIBLE,
                        pending.description() + " was interrupted. Its workspace " + SafeText.quoted(workspace)
                                + " cannot be selected now: " + e.problem(),
                        "Set the variables as they were and run ngbak recover, or use another BACKUP_DIR for the other"
                                + " system",
                        e);
            }
        });
    }

    private RecoveryOutcome deleteJournal(PendingRestore pending) throws IOException {
        RestoreJournal.delete(context.state());
        context.state().deleteRestoreArchives();
        Optional<Step> end = pending.end();
        RecoveryOutcome outcome = end.isEmpty()
                ? RecoveryOutcome.UNCHANGED
                : end.get() == Step.DONE ? RecoveryOutcome.COMPLETED : RecoveryOutcome.ROLLED_BACK;
        job.info(pending.description() + " was interrupted "
                + switch (outcome) {
                    case COMPLETED -> "after all stores had been replaced and proved. They contain the new data";
                    case ROLLED_BACK -> "after all stores had been rolled back. They contain their previous data";
                    case UNCHANGED, NOTHING -> "before it changed anything";
                }
                + ".");
        return outcome;
    }

    private RecoveryOutcome settle(PendingRestore pending) throws IOException {
        boolean back = pending.plan().safetyArchive().isPresent();
        Set<Role> roles = back ? pending.modified() : pending.plan().targets().keySet();
        checkTargets(pending, roles);
        try (TargetLocks locks = TargetLocks.take(context.stores(), roles, job);
                RestoreTransaction transaction = RestoreTransaction.resume(context, pending, job)) {
            job.disallowCancel();
            job.warn(pending.description() + " was interrupted while it replaced data. It is now being "
                    + (back ? "rolled back" : "finished") + ".");
            if (back) {
                transaction.rollBack();
                return RecoveryOutcome.ROLLED_BACK;
            }
            transaction.rollForward();
            return RecoveryOutcome.COMPLETED;
        } finally {
            job.allowCancel();
        }
    }

    private void checkTargets(PendingRestore pending, Set<Role> roles) {
        for (Role role : roles) {
            String then = pending.plan().targets().get(role);
            String now = context.stores().target(role);
            if (!now.equals(then)) {
                throw new BackupException(
                        Kind.INCOMPATIBLE,
                        pending.description() + " was interrupted. Its " + role.id() + " store was " + then
                                + ", but the settings now name " + now,
                        "Set the variables as they were and run ngbak recover, or use another BACKUP_DIR for the other"
                                + " system");
            }
        }
    }
}
