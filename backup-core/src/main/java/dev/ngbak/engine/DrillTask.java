package dev.ngbak.engine;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.repository.DrillOutcome;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.support.DiskErrors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;

/**
 * Runs one drill: verifies the archive, restores it into {@link ScratchStores}, proves each of them, asks the sample query,
 * removes everything, and keeps the evidence. The repository's lock must be held.
 */
final class DrillTask {

    /** The beginning of the name of every drill, and so of its scopes and its folder. */
    static final String NAME_PREFIX = "ngbak_drill_";

    private final EngineContext context;
    private final ReadableArchive archive;
    private final Job job;
    private final String name = NAME_PREFIX + UUID.randomUUID().toString().substring(0, 8);
    private final DrillEvidence evidence;
    /** Whether the drill has come so far that a failure says something about the archive. */
    private boolean restoring;

    private boolean cancelled;

    DrillTask(EngineContext context, ReadableArchive archive, Job job) {
        this.context = context;
        this.archive = archive;
        this.job = job;
        this.evidence = new DrillEvidence(context, name);
    }

    DrillResult run() throws IOException {
        Optional<BackupId> id = context.repository().idOf(archive);
        evidence.begin(archive);
        VerifiedArchive verified;
        Map<Role, String> proofs;
        List<SampleAnswer> sample = new ArrayList<>();
        try {
            job.begin(Phase.CHECKING);
            verified = context.verify(archive, job);
            evidence.verified(verified.report().archive());
            job.info("The archive " + verified.report().archive().id() + " was verified: it matches its manifest.");
            proofs = drill(verified, sample);
        } catch (IOException | RuntimeException | Error e) {
            throw failed(e, id);
        } finally {
            context.state().deleteAbandoned();
        }
        Optional<DrillOutcome> outcome = keep(id, null);
        job.end();
        return new DrillResult(verified.report().archive(), proofs, sample, outcome.orElse(null), evidence.markdown());
    }

    private Map<Role, String> drill(VerifiedArchive verified, List<SampleAnswer> sample) throws IOException {
        DrillPreflight.requireSystem(verified.manifest(), context);
        Map<Role, String> backends = new EnumMap<>(Role.class);
        verified.manifest().stores().forEach((role, store) -> backends.put(role, store.backend()));
        ScratchStores scratch = new ScratchStores(context.stores(), context.state(), name, backends);
        backends.keySet().forEach(scratch::requireOther);
        DrillPreflight preflight = new DrillPreflight(context, scratch, evidence, job);
        VerifiedArchive adapted = preflight.adapt(verified);
        job.begin(Phase.PREFLIGHT);
        try (TargetLocks locks = TargetLocks.take(scratch.stores(), backends.keySet(), job)) {
            DrillJournal.Pending pending = new DrillJournal.Pending(name, archive.name(), scratch.folder(), Map.of());
            journal("folder", pending);
            Throwable failure = null;
            try {
                scratch.folder().create();
                pending = pending.with(preflight.check(adapted));
                journal("stores", pending);
                return restore(adapted, scratch, sample);
            } catch (IOException | RuntimeException | Error e) {
                failure = e;
                cancelled = job.isCancelled(); // An aborted call fails in its own way.
                throw e;
            } finally {
                cleanUp(pending, scratch, failure);
            }
        }
    }

    private Map<Role, String> restore(VerifiedArchive adapted, ScratchStores scratch, List<SampleAnswer> sample)
            throws IOException {
        Set<Role> roles = adapted.manifest().stores().keySet();
        job.begin(Phase.RESTORING);
        restoring = true;
        Map<Role, StoreReplacement> stores = new EnumMap<>(Role.class);
        try {
            adapted.forEachStore(roles, job::checkCancelled, (role, source) -> {
                StoreReplacement store = new StoreReplacement(role, adapted.manifest(), false, scratch.stores(), job);
                stores.put(role, store);
                store.restore(source);
            });
            // Without a change marker: on a live server, it also shows the writes of the system.
            context.journalListener().accept("before proving");
            job.begin(Phase.PROVING);
            Map<Role, String> proofs = prove(stores, adapted.manifest());
            sample.addAll(SampleQueries.ask(adapted, roles, scratch.stores(), job));
            evidence.sample(sample.size());
            job.pointOfNoReturn();
            restoring = false;
            return proofs;
        } finally {
            stores.values().forEach(StoreReplacement::close);
        }
    }

    private Map<Role, String> prove(Map<Role, StoreReplacement> stores, Manifest manifest) throws IOException {
        Runnable abort = () -> stores.values().forEach(StoreReplacement::abort);
        Map<Role, String> proofs = new EnumMap<>(Role.class);
        try {
            proofs.putAll(new ParallelStores("read", job, abort)
                    .run(stores.keySet(), role -> stores.get(role).prove()));
            return proofs;
        } finally {
            stores.forEach((role, store) ->
                    evidence.proof(role, manifest.stores().get(role).summary(), store.found(), proofs.get(role)));
        }
    }

    /** Removes everything, also after a failure or a cancellation. A failure to do so leaves the journal for the next job. */
    private void cleanUp(DrillJournal.Pending pending, ScratchStores scratch, Throwable failure) throws IOException {
        // An interrupted thread cannot use files or connections.
        boolean wasInterrupted = Thread.interrupted();
        job.disallowCancel();
        try {
            job.begin(Phase.CLEANING);
            new DrillCleanup(context, job).remove(pending, scratch);
            evidence.removed();
            job.info("Everything that the drill made was removed.");
        } catch (IOException | RuntimeException e) {
            BackupException why = Errors.explain(e, "the scratch stores were being removed");
            BackupException left = new BackupException(
                    why.kind(),
                    (failure == null ? "The archive was restored and proved, but the" : "The")
                            + " scratch stores of the drill " + name + " could not be removed: " + why.problem(),
                    (why.remedy().isEmpty() ? "" : why.remedy() + ". ") + "The next job removes them, or ngbak recover",
                    e);
            if (failure == null) {
                throw left;
            }
            job.warn(left.getMessage() + ".");
        } finally {
            if (wasInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Returns the exception to throw. Keeps evidence if the failure says something about the archive. */
    private BackupException failed(Throwable failure, Optional<BackupId> id) {
        boolean stopped = cancelled || job.isStopping();
        BackupException why = Errors.explain(stopped ? new CancellationException() : failure, "the drill was running");
        if (why.kind() == Kind.CANCELLED || !isAgainstArchive(failure)) {
            return why;
        }
        BackupException failed =
                new BackupException(why.kind(), "The drill failed: " + why.problem(), why.remedy(), why);
        try {
            keep(id, why.problem());
        } catch (IOException | RuntimeException e) {
            job.warn("The evidence of the failed drill could not be written: "
                    + Errors.explain(e, "it was being written").problem() + ".");
        }
        return why.role().map(failed::withRole).orElse(failed);
    }

    /** A missing server, a full disk or a wrong setting says nothing about the archive. */
    private boolean isAgainstArchive(Throwable failure) {
        if (!(failure instanceof BackupException e)) {
            return restoring && !(failure instanceof CancellationException) && !DiskErrors.isNoSpace(asIo(failure));
        }
        return e.kind() == Kind.CORRUPT || restoring && (e.kind() == Kind.INTERNAL || e.kind() == Kind.INCOMPATIBLE);
    }

    private static IOException asIo(Throwable failure) {
        return failure instanceof IOException e ? e : new IOException(failure);
    }

    private Optional<DrillOutcome> keep(Optional<BackupId> id, String problem) throws IOException {
        evidence.end(problem);
        if (id.isEmpty() || !context.repository().contains(id.get())) {
            job.info("The archive is not in the repository, so no evidence was kept there.");
            return Optional.empty();
        }
        context.journalListener().accept("before evidence");
        DrillOutcome outcome = evidence.keep(id.get());
        context.journalListener().accept("after evidence");
        job.info("The evidence is kept beside the archive. To read it, run ngbak drill --show " + id.get() + ".");
        return Optional.of(outcome);
    }

    private void journal(String step, DrillJournal.Pending pending) throws IOException {
        context.journalListener().accept("before " + step);
        DrillJournal.write(context.state(), pending);
        context.journalListener().accept("after " + step);
    }
}
