package dev.ngbak.engine;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.repository.Retention;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Predicate;

/**
 * Runs one restore: preflight, confirmation, safety archive, then a {@link RestoreTransaction} that replaces and proves the
 * stores. The repository's lock must be held.
 */
final class RestoreTask {

    private final EngineContext context;
    private final ReadableArchive archive;
    private final RestoreOptions options;
    private final Job job;

    RestoreTask(EngineContext context, ReadableArchive archive, RestoreOptions options, Job job) {
        String workspace = options.target().workspace();
        this.context = workspace == null ? context : context.withWorkspace(workspace);
        this.archive = archive;
        this.options = options;
        this.job = job;
    }

    RestoreResult run(Predicate<RestorePlan> confirm) throws IOException {
        try {
            return restore(confirm);
        } finally {
            if (RestoreTransaction.pending(context).isEmpty()) {
                context.state().deleteRestoreArchives();
            }
        }
    }

    private RestoreResult restore(Predicate<RestorePlan> confirm) throws IOException {
        RestorePreflight preflight =
                new RestorePreflight(context, options, context.state()::createAdaptedArchive, job).run(archive);
        preflight.requireNoProblems();
        RestorePlan plan = preflight.plan();
        plan.warnings().forEach(job::warn);
        if (!confirm.test(plan)) {
            throw new BackupException(Kind.UNCONFIRMED, "The restore was not confirmed", "");
        }
        try (TargetLocks locks = TargetLocks.take(context.stores(), plan.roles(), job)) {
            return replaceWhilePaused(plan, preflight.archive());
        }
    }

    private RestoreResult replaceWhilePaused(RestorePlan plan, VerifiedArchive verified) throws IOException {
        Hooks hooks = context.hooks();
        boolean paused = hooks.pause(job);
        boolean restored = false;
        boolean partial = false;
        try {
            RestoreResult result = replace(plan, verified);
            restored = true;
            job.end();
            return result;
        } catch (BackupException e) {
            partial = e.kind() == Kind.ROLLBACK_FAILED;
            throw e;
        } finally {
            if (partial && paused) {
                // Everything written now would be lost when the restore is settled.
                job.warn("The writers stay paused until ngbak recover has settled this restore.");
            } else if (restored || paused) {
                hooks.release(restored ? "restored" : "resume", job);
            }
        }
    }

    private RestoreResult replace(RestorePlan plan, VerifiedArchive verified) throws IOException {
        Optional<SafetyArchive> safety = options.safetyArchive() ? Optional.of(save(plan.roles())) : Optional.empty();
        try (RestoreTransaction transaction = RestoreTransaction.begin(context, record(plan, verified, safety), job)) {
            Map<Role, String> proofs;
            List<SampleAnswer> sample;
            try {
                if (safety.isPresent()) {
                    warnOfWriters(plan.roles(), safety.get(), transaction);
                }
                proofs = transaction.apply(verified, plan.roles());
                transaction.doing("a sample query was being asked");
                sample = SampleQueries.ask(verified, plan.roles(), context.stores(), job);
                transaction.commit();
            } catch (IOException | RuntimeException | Error e) {
                BackupException failure = transaction.undo(e);
                safety.ifPresent(this::prune);
                throw failure;
            }
            safety.ifPresent(this::prune);
            job.advise(context.stores().adviceAfterRestore(plan.roles()));
            Optional<String> id = safety.filter(SafetyArchive::listed)
                    .map(saved -> BackupId.ofFileName(saved.archive().name()).text());
            id.ifPresent(safe -> job.info("The previous data is in " + safe + ". To go back to it, run "
                    + options.target().restoreCommand(safe) + "."));
            return new RestoreResult(plan, proofs, id.orElse(null), sample);
        }
    }

    private RestorePlanRecord record(RestorePlan plan, VerifiedArchive verified, Optional<SafetyArchive> safety) {
        Map<Role, String> targets = new EnumMap<>(Role.class);
        plan.roles().forEach(role -> targets.put(role, context.stores().target(role)));
        return new RestorePlanRecord(
                context.clock().instant(),
                verified.archive().location(),
                verified.manifest().checksum(),
                safety.map(saved -> saved.archive().location()),
                targets,
                options.countsOnly(),
                Optional.ofNullable(options.target().workspace()));
    }

    private SafetyArchive save(Set<Role> roles) throws IOException {
        try {
            return new SafetyBackup(context, roles, job).run();
        } catch (CancellationException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            BackupException why = Errors.explain(e, "the present state was being saved");
            if (why.kind() == Kind.CANCELLED) {
                throw why;
            }
            BackupException failure = new BackupException(
                    why.kind(),
                    "The present state could not be saved, so the restore did not start: " + why.problem(),
                    why.remedy(),
                    e);
            throw why.role().map(failure::withRole).orElse(failure);
        }
    }

    private void warnOfWriters(Set<Role> roles, SafetyArchive safety, RestoreTransaction transaction)
            throws IOException {
        for (Role role : roles) {
            transaction.doing(role.id() + " was being inspected");
            try (ExportSession session = context.stores().openExport(role)) {
                if (safety.markers().get(role).until(session.marker()) == Comparison.CHANGED) {
                    job.warn("SOMETHING ELSE WROTE to the " + role.id() + " store after its present state had been"
                            + " saved: a rollback would lose what it wrote. Stop whatever writes to it during a"
                            + " restore.");
                }
            }
        }
    }

    /** Deletes old safety archives. A failure only causes a warning, because the restore has ended. */
    private void prune(SafetyArchive safety) {
        if (!safety.listed()) {
            return;
        }
        try {
            Set<String> inUse = Set.of(archive.location(), safety.archive().location());
            Retention.Outcome outcome = context.retention().applyToSafetyArchives(inUse);
            for (String deleted : outcome.deleted()) {
                job.info("Deleted the old safety archive " + deleted + ": the newest three are kept.");
            }
            outcome.lockedNotice().ifPresent(job::info);
        } catch (IOException | RuntimeException e) {
            BackupException why = Errors.explain(e, "they were being deleted");
            job.warn("Old safety archives could not be deleted: " + why.problem() + ".");
        }
    }
}
