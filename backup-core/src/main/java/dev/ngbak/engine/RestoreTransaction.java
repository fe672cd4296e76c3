package dev.ngbak.engine;

import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.engine.RestoreJournal.Step;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;

/**
 * Replaces stores, all or none. Owns the restore journal: after any failure, and after the death of the process, the journal
 * shows which stores have to be rolled back to the safety archive, or, without one, rolled forward. The repository's lock and
 * the locks of the targets must be held.
 */
final class RestoreTransaction implements AutoCloseable {

    private final EngineContext context;
    private final Job job;
    private final RestoreJournal journal;
    private final RestorePlanRecord plan;
    private final Set<Role> modified = EnumSet.noneOf(Role.class);
    private final Set<Role> interrupted = EnumSet.noneOf(Role.class);
    /** Completes the sentence "The restore failed while …". */
    private String step = "the stores were being inspected";
    /** The reason for rolling back or forward. */
    private String reason;

    private RestoreTransaction(EngineContext context, Job job, RestoreJournal journal, RestorePlanRecord plan) {
        this.context = context;
        this.job = job;
        this.journal = journal;
        this.plan = plan;
    }

    /** Starts a transaction with a new journal. */
    static RestoreTransaction begin(EngineContext context, RestorePlanRecord plan, Job job) throws IOException {
        job.checkCancelled();
        RestoreJournal journal = RestoreJournal.begin(context.state(), plan, context.journalListener());
        return new RestoreTransaction(context, job, journal, plan);
    }

    /** Continues the transaction of a process that died or could not roll back. */
    static RestoreTransaction resume(EngineContext context, PendingRestore pending, Job job) throws IOException {
        RestoreJournal journal = RestoreJournal.resume(context.state(), context.journalListener());
        RestoreTransaction transaction = new RestoreTransaction(context, job, journal, pending.plan());
        transaction.modified.addAll(pending.modified());
        transaction.interrupted.addAll(pending.interrupted());
        transaction.reason = pending.description() + " was interrupted";
        return transaction;
    }

    /** Returns the restore that an earlier process left unfinished, if any. */
    static Optional<PendingRestore> pending(EngineContext context) throws IOException {
        return context.state().exists() ? RestoreJournal.read(context.state()) : Optional.empty();
    }

    /** Sets the current step for messages. It completes the sentence "The restore failed while …". */
    void doing(String newStep) {
        step = newStep;
    }

    /**
     * Replaces stores with their archived state and proves that they are equal to it.
     *
     * @return how each store was proved equal to the archive
     */
    Map<Role, String> apply(VerifiedArchive archive, Set<Role> roles) throws IOException {
        job.begin(Phase.RESTORING);
        return replaceAndProve(archive, roles, false);
    }

    /** Ends the transaction: the new data stays. */
    void commit() throws IOException {
        journal.step(Step.DONE);
        try {
            settle();
        } catch (IOException e) {
            return; // The journal shows that the restore is done, so the next job deletes what is left.
        }
    }

    /** Rolls back every modified store after a failure, and returns the exception to throw. */
    BackupException undo(Throwable failure) throws IOException {
        // An aborted call fails in its own way, but the reason is the cancellation.
        BackupException why = Errors.explain(job.isCancelled() ? new CancellationException() : failure, step);
        reason = why.kind() == Kind.CANCELLED
                ? "The restore was cancelled while " + step
                : "The restore failed" + because(why, failure);
        if (modified.isEmpty()) {
            settle();
            return failed(why, new BackupException(why.kind(), reason, why.remedy(), why), Effect.NOTHING_CHANGED);
        }
        job.disallowCancel();
        job.warn(reason + ".");
        if (plan.safetyArchive().isEmpty()) {
            return partial(
                    why,
                    reason + ". It cannot be rolled back, because it has no safety archive (--no-safety-backup)",
                    "Run ngbak recover to finish this restore");
        }
        // An interrupted thread cannot use files or connections.
        boolean wasInterrupted = Thread.interrupted();
        try {
            rollBack();
        } finally {
            if (wasInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
        return failed(why, new BackupException(Kind.ROLLED_BACK, reason, why.remedy(), why), Effect.ROLLED_BACK);
    }

    /**
     * Restores the previous data of every modified store from the safety archive and proves that the stores contain it.
     *
     * @throws BackupException {@code ROLLBACK_FAILED} if that is not possible now; the journal stays
     */
    void rollBack() {
        ReadableArchive safetyArchive =
                context.ownArchiveAt(plan.safetyArchive().orElseThrow());
        step = "the safety archive was being read";
        try {
            note(Step.ROLLBACK_STARTED);
            job.begin(Phase.ROLLING_BACK);
            if (!exists(safetyArchive)) {
                throw new BackupException(
                        Kind.NOT_FOUND,
                        "The safety archive " + safetyArchive.location() + " does not exist",
                        "Move that archive back to its place");
            }
            replaceAndProve(ArchiveVerifier.run(safetyArchive, context.stores(), job), modified, true);
            note(Step.ROLLED_BACK);
            settle();
            job.info("All stores were rolled back to their previous data.");
        } catch (IOException | RuntimeException | Error e) {
            BackupException why = Errors.explain(e, step);
            throw partial(
                    why,
                    reason + ". The rollback failed" + because(why, e)
                            + (exists(safetyArchive) ? ". The previous data is in " + safetyArchive.name() : ""),
                    "Run ngbak recover, as often as needed. If it can never succeed, restore another archive of the"
                            + " same stores with --no-safety-backup");
        }
    }

    /**
     * Finishes a restore that has no safety archive.
     *
     * @throws BackupException {@code ROLLBACK_FAILED} if that is not possible now; the journal stays
     */
    void rollForward() {
        step = "the archive was being read";
        try {
            job.begin(Phase.ROLLING_FORWARD);
            VerifiedArchive archive = ArchiveVerifier.run(context.ownArchiveAt(plan.archive()), context.stores(), job);
            if (!archive.manifest().checksum().equals(plan.checksum())) {
                throw new BackupException(
                        Kind.CORRUPT,
                        plan.archive() + " is not the archive that was being restored",
                        "Move that archive back to its place");
            }
            replaceAndProve(archive, plan.targets().keySet(), false);
            commit();
            job.info("The restore was finished: all stores contain the data of the archive.");
        } catch (IOException | RuntimeException | Error e) {
            BackupException why = Errors.explain(e, step);
            throw partial(
                    why,
                    reason + " and cannot be rolled back. Finishing it failed" + because(why, e),
                    "Run ngbak recover, as often as needed; or restore another archive of the same stores with"
                            + " --no-safety-backup");
        }
    }

    /** Replaces stores in the order of the archive, then proves all of them in parallel. */
    private Map<Role, String> replaceAndProve(VerifiedArchive archive, Set<Role> roles, boolean back)
            throws IOException {
        Map<Role, StoreReplacement> replacements = new EnumMap<>(Role.class);
        for (Role role : roles) {
            boolean countsOnly = plan.countsOnly() && !back;
            replacements.put(role, new StoreReplacement(role, archive.manifest(), countsOnly, context.stores(), job));
        }
        if (back) {
            replacements.entrySet().removeIf(store -> isUntouched(store.getKey(), store.getValue()));
        }
        Map<Role, StoreReplacement> written = new EnumMap<>(Role.class);
        try {
            archive.forEachStore(Set.copyOf(replacements.keySet()), job::checkCancelled, (role, source) -> {
                step = role.id() + " was being replaced";
                if (back) {
                    note(Step.ROLLING_BACK, role);
                } else {
                    journal.step(Step.REPLACING, role);
                    modified.add(role);
                }
                StoreReplacement replacement = replacements.get(role);
                if (replace(role, replacement, source, back)) {
                    written.put(role, replacement);
                }
            });
            job.pointOfNoReturn();
            written.values().forEach(StoreReplacement::markWritten);
            if (!back) {
                job.begin(Phase.PROVING);
                journal.step(Step.PROVING);
            }
            return prove(written);
        } finally {
            replacements.values().forEach(StoreReplacement::close);
        }
    }

    /**
     * Returns whether a rollback can skip a store, because it still contains its previous data. Never skips a store
     * that was being written: it may contain leftovers that are not part of its content.
     */
    private boolean isUntouched(Role role, StoreReplacement replacement) {
        boolean untouched = !interrupted.contains(role) && replacement.isCurrent();
        if (untouched) {
            job.info(role.id() + ": already contains its previous data. Its content digest matches.");
        }
        return untouched;
    }

    /** @return false if a rollback cannot write the store, but the store still contains its previous data */
    private boolean replace(Role role, StoreReplacement replacement, EntrySource source, boolean back) {
        try {
            replacement.restore(source);
            return true;
        } catch (RuntimeException e) {
            if (!back || !replacement.isCurrent()) {
                throw e;
            }
            job.info(role.id() + ": cannot be written, but still contains its previous data, as its content"
                    + " digest proves.");
            return false;
        }
    }

    private Map<Role, String> prove(Map<Role, StoreReplacement> written) {
        step = "the stores were being proved";
        Runnable abort = () -> written.values().forEach(StoreReplacement::abort);
        try {
            return new ParallelStores("read", job, abort)
                    .run(written.keySet(), role -> written.get(role).prove());
        } catch (BackupException e) {
            e.role().ifPresent(role -> step = role.id() + " was being proved");
            throw e;
        }
    }

    /**
     * Logs a step of a rollback. Ignores a failure: a rollback does not depend on the entry, and a full disk must not
     * prevent it.
     */
    private void note(Step rollbackStep) {
        try {
            journal.step(rollbackStep);
        } catch (IOException e) {
            return; // If this process dies, the next one repeats the rollback, with the same result.
        }
    }

    private void note(Step rollbackStep, Role role) {
        try {
            journal.step(rollbackStep, role);
        } catch (IOException e) {
            return;
        }
    }

    private void settle() throws IOException {
        journal.delete();
        context.state().deleteRestoreArchives();
    }

    private static boolean exists(ReadableArchive archive) {
        try {
            archive.size();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Completes the sentence "The restore failed". */
    private String because(BackupException why, Throwable failure) {
        return why == failure ? " while " + step + ": " + why.problem() : ": " + why.problem();
    }

    private static BackupException partial(BackupException why, String problem, String remedy) {
        String both = why.remedy().isEmpty() ? remedy : why.remedy() + ". " + remedy;
        return failed(why, new BackupException(Kind.ROLLBACK_FAILED, problem, both, why), Effect.PARTIAL);
    }

    private static BackupException failed(BackupException why, BackupException failure, Effect effect) {
        return why.role().map(failure::withRole).orElse(failure).withEffect(effect);
    }

    /** Closes the journal. An unfinished transaction stays pending. */
    @Override
    public void close() throws IOException {
        journal.close();
    }
}
