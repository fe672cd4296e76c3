package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveIndex;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Manifest;
import dev.ngbak.engine.BackupTask.Saved;
import dev.ngbak.engine.RestoreJournal.Intent;
import dev.ngbak.engine.RestoreJournal.Step;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.RecordDigester;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * One restore: check, preflight, ask, save what is there, replace, prove, and the way back when anything of that fails. The
 * folder's lock is held around it.
 */
final class RestoreTask {

    private final Path file;
    private final ArchiveIndex index = new ArchiveIndex();
    private final RestoreOptions options;
    private final ArchiveFolder folder;
    private final EngineSettings settings;
    private final StoreRegistry stores;
    private final Clock clock;
    private final Consumer<String> watcher;
    private final Job job;
    private List<SampleAnswer> sample = List.of();

    RestoreTask(
            Path file,
            RestoreOptions options,
            ArchiveFolder folder,
            EngineSettings settings,
            StoreRegistry stores,
            Clock clock,
            Consumer<String> watcher,
            Job job) {
        this.file = file;
        this.options = options;
        this.folder = folder;
        this.settings = settings;
        this.stores = stores;
        this.clock = clock;
        this.watcher = watcher;
        this.job = job;
    }

    /** The first half: reads the whole archive and looks at every store, and changes nothing. */
    RestorePlan plan() throws IOException {
        return new Preflight().plan();
    }

    RestoreResult run(Predicate<RestorePlan> confirm) throws IOException {
        Preflight preflight = new Preflight();
        RestorePlan plan = preflight.plan();
        preflight.requireNoProblems();
        plan.warnings().forEach(job::warn);
        if (!confirm.test(plan)) {
            throw new BackupException(Kind.UNCONFIRMED, "The restore was not confirmed", "");
        }
        try (TargetLocks locks = TargetLocks.take(stores, plan.roles(), job)) {
            return replaceWhileWritersAreHeld(plan);
        }
    }

    private RestoreResult replaceWhileWritersAreHeld(RestorePlan plan) throws IOException {
        Hooks hooks = new Hooks(settings, folder.work());
        boolean held = hooks.pause(job);
        boolean restored = false;
        boolean mixed = false;
        try {
            RestoreResult result = replace(plan);
            restored = true;
            job.end();
            return result;
        } catch (BackupException e) {
            mixed = e.kind() == Kind.ROLLBACK_FAILED;
            throw e;
        } finally {
            if (mixed && held) {
                // What they would write into a mix of two states would be lost when that is settled.
                job.warn("The writers stay held until ngbak recover has settled this restore.");
            } else if (restored || held) {
                hooks.release(restored ? "restored" : "resume", job);
            }
        }
    }

    private RestoreResult replace(RestorePlan plan) throws IOException {
        Saved saved = options.safetyArchive() ? save(plan.roles()) : null;
        Manifest manifest = plan.archive().manifest();
        Map<Role, String> targets = new EnumMap<>(Role.class);
        plan.roles().forEach(role -> targets.put(role, stores.target(role)));
        Intent intent = new Intent(
                clock.instant(),
                file.toAbsolutePath().normalize(),
                manifest.checksum(),
                saved == null ? null : saved.file().toAbsolutePath().normalize(),
                targets,
                options.countsOnly());
        job.checkCancelled();
        try (RestoreJournal journal = RestoreJournal.begin(folder.work(), intent, watcher)) {
            Map<Role, String> proofs = replace(plan, saved, journal);
            settled(journal, saved);
            job.advise(stores.adviceAfterRestore(plan.roles()));
            String safety = saved != null && saved.listed()
                    ? BackupId.ofFileName(saved.file().getFileName().toString()).text()
                    : null;
            if (safety != null) {
                job.info("What was there before is in " + safety + ": ngbak restore " + safety + " brings it back.");
            }
            return new RestoreResult(plan, proofs, safety, sample);
        }
    }

    private Map<Role, String> replace(RestorePlan plan, Saved saved, RestoreJournal journal) throws IOException {
        Set<Role> modified = EnumSet.noneOf(Role.class);
        String step = "the stores were being looked at";
        try (StoreReplacer forward =
                new StoreReplacer(file, index, plan.archive().manifest(), options.countsOnly(), stores, job)) {
            job.begin("restoring");
            for (Role role : plan.roles()) {
                step = role.id() + " was being looked at";
                warnOfWriters(role, saved);
            }
            for (Role role : plan.roles()) {
                step = role.id() + " was being replaced";
                journal.step(Step.REPLACING, role);
                modified.add(role);
                forward.restore(role);
            }
            job.commit();
            forward.restored();
            job.begin("proving");
            journal.step(Step.PROVING);
            step = "the stores were being proved";
            Map<Role, Future<String>> ends = forward.prove(plan.roles());
            Map<Role, String> proofs = new EnumMap<>(Role.class);
            for (Role role : plan.roles()) {
                step = role.id() + " was being proved";
                proofs.put(role, StoreReplacer.result(ends.get(role)));
            }
            step = "all stores were being asked a sample query";
            sample = SampleQueries.ask(file, index, plan.archive().manifest(), plan.roles(), stores, job);
            journal.step(Step.DONE);
            return proofs;
        } catch (IOException | RuntimeException | Error e) {
            // What an aborted call throws is its driver's business; that the job was cancelled is ours.
            BackupException why = Errors.explain(job.isCancelled() ? new CancellationException() : e, step);
            String what = why.kind() == Kind.CANCELLED
                    ? "The restore was cancelled while " + step
                    : "The restore failed while " + step + ": " + why.problem();
            if (modified.isEmpty()) {
                settled(journal, saved);
                throw ended(new BackupException(why.kind(), what, why.remedy(), e), Effect.NOTHING_CHANGED, why);
            }
            job.shield();
            job.warn(what + ".");
            if (saved == null) {
                BackupException partial = new BackupException(
                        Kind.ROLLBACK_FAILED,
                        what + ". It cannot be rolled back, because --no-safety-backup was given",
                        sentence(why.remedy()) + "Then run ngbak recover to finish this restore",
                        e);
                throw ended(partial, Effect.PARTIAL, why);
            }
            // A thread that stays interrupted could use no file and no connection on the way back.
            boolean interrupted = Thread.interrupted();
            try {
                new RestoreRecovery(folder, stores, job).back(journal, saved.file(), modified, null, what);
                prune(saved);
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
            throw ended(new BackupException(Kind.ROLLED_BACK, what, why.remedy(), e), Effect.ROLLED_BACK, why);
        }
    }

    static BackupException ended(BackupException failure, Effect effect, BackupException why) {
        return why.role().map(failure::withRole).orElse(failure).withEffect(effect);
    }

    private Saved save(Set<Role> roles) throws IOException {
        String config = ConfigCopy.of(stores.settings(), stores.settingSpecs(), settings.configFile());
        try {
            return BackupTask.safety(folder, settings, stores, clock, job, roles)
                    .save(config);
        } catch (CancellationException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            BackupException why = Errors.explain(e, "what is there now was being saved");
            if (why.kind() == Kind.CANCELLED) {
                throw why;
            }
            throw new BackupException(
                    why.kind(),
                    "The present state could not be saved, so the restore did not start: " + why.problem(),
                    why.remedy(),
                    e);
        }
    }

    private void warnOfWriters(Role role, Saved saved) throws IOException {
        if (saved == null) {
            return;
        }
        try (ExportSession session = stores.openExport(role)) {
            if (saved.markers().get(role).until(session.marker()) == Comparison.CHANGED) {
                job.warn("SOMETHING ELSE WROTE to the " + role.id() + " store after its present state had been"
                        + " saved: the way back does not have that. Stop whatever writes to it during a restore.");
            }
        }
    }

    private void settled(RestoreJournal journal, Saved saved) throws IOException {
        journal.settled();
        Files.deleteIfExists(folder.emptySafetyArchive());
        prune(saved);
    }

    /** The restore is settled, so an old safety archive that cannot be deleted changes nothing about how it ended. */
    private void prune(Saved saved) {
        if (saved == null || !saved.listed()) {
            return;
        }
        try {
            Set<Path> inUse = Set.of(
                    file.toAbsolutePath().normalize(),
                    saved.file().toAbsolutePath().normalize());
            for (String deleted : folder.retainSafety(inUse)) {
                job.info("Deleted the old safety archive " + deleted + ": the newest three are kept.");
            }
        } catch (IOException | RuntimeException e) {
            job.warn("Old safety archives could not be deleted: "
                    + Errors.explain(e, "deleting them").problem() + ".");
        }
    }

    static String sentence(String remedy) {
        return remedy.isEmpty() ? "" : remedy + ". ";
    }

    /** What is known before the first byte is written. */
    private final class Preflight {
        private final List<BackupException> problems = new ArrayList<>();
        private final List<String> warnings = new ArrayList<>();
        private final Map<Role, StoreCounts> live = new EnumMap<>(Role.class);
        private final Map<Role, RestorePlan.Target> targets = new EnumMap<>(Role.class);
        private final Map<Role, RestorePlan.Content> contents = new EnumMap<>(Role.class);
        private final Map<String, List<String>> unreadable = new LinkedHashMap<>();
        private long liveBytes;

        RestorePlan plan() throws IOException {
            job.begin("checking");
            VerificationReport report =
                    folder.verifications().keep(file, () -> ArchiveVerifier.run(file, index, stores, job));
            warnings.addAll(report.warnings());
            Manifest manifest = report.archive().manifest();
            job.info("The archive " + report.archive().id() + " was read whole: it is what its manifest says.");
            job.begin("preflight");
            Set<Role> roles = roles(manifest);
            for (Role role : roles) {
                job.checkCancelled();
                look(role, manifest);
            }
            job.checkCancelled();
            if (options.safetyArchive()) {
                BackupException lack = BackupTask.lack(
                        liveBytes, folder.freeSpace(), settings.compression(), "safety archive of what is there now");
                if (lack != null) {
                    problems.add(lack);
                }
            } else {
                warnings.add("What is there now is not saved first, as --no-safety-backup asks: there is no way back.");
            }
            unreadable.forEach((problem, members) -> warnings.add("What is live in " + String.join(", ", members)
                    + " cannot be read, and will be replaced all the same: " + problem + "."));
            Map<Role, StoreCounts> archived = new EnumMap<>(Role.class);
            roles.forEach(role ->
                    archived.put(role, manifest.stores().get(role).summary().counts()));
            return new RestorePlan(
                    report.archive(),
                    targets,
                    stores.layout().statistics(archived),
                    stores.layout().statistics(live),
                    contents,
                    problems.stream().map(BackupException::getMessage).toList(),
                    problems.isEmpty() ? null : problems.get(0).kind(),
                    warnings);
        }

        void requireNoProblems() {
            if (!problems.isEmpty()) {
                BackupException all = new BackupException(
                        problems.get(0).kind(),
                        "The restore cannot start: "
                                + problems.stream()
                                        .map(BackupException::getMessage)
                                        .collect(Collectors.joining("; ")),
                        "");
                problems.forEach(all::addSuppressed);
                throw all;
            }
        }

        private Set<Role> roles(Manifest manifest) {
            Set<Role> roles = EnumSet.noneOf(Role.class);
            roles.addAll(options.roles().isEmpty() ? manifest.stores().keySet() : options.roles());
            for (Role role : roles) {
                if (!manifest.stores().containsKey(role)) {
                    throw new BackupException(
                            Kind.INVALID,
                            "The archive contains no " + role.id() + " store",
                            "It holds "
                                    + String.join(
                                            ", ",
                                            manifest.stores().keySet().stream()
                                                    .map(Role::id)
                                                    .toList()));
                }
            }
            return roles;
        }

        private void look(Role role, Manifest manifest) throws IOException {
            Manifest.Store store = manifest.stores().get(role);
            String backend = stores.backend(role);
            targets.put(role, new RestorePlan.Target(backend, stores.target(role), Map.of()));
            if (options.compareContents()) {
                contents.put(role, RestorePlan.Content.UNKNOWN);
            }
            if (!backend.equals(store.backend())) {
                problems.add(new BackupException(
                        Kind.INCOMPATIBLE,
                        "The archive's " + role.id() + " store is of " + store.backend() + ", and " + role.setting()
                                + " is " + backend,
                        "Set " + role.setting() + "=" + store.backend() + ", or leave " + role.id() + " out"));
                return;
            }
            try {
                problems.addAll(Errors.inStore(
                        role,
                        "the " + role.id() + " store was being looked at",
                        () -> problems(role, store, bytes(role, store, manifest))));
            } catch (BackupException e) {
                problems.add(e);
                return;
            }
            try (ExportSession session = stores.openExport(role)) {
                targets.put(
                        role,
                        new RestorePlan.Target(
                                backend, stores.target(role), session.info().scope()));
                live.put(role, session.counts());
                liveBytes += Math.max(0, session.info().bytes());
                if (options.compareContents()) {
                    job.onCancel(session::abort);
                    RecordDigester records = RecordDigester.digesting();
                    session.read(records, job.progress(role));
                    contents.put(role, compare(store.summary(), records.summary()));
                }
            } catch (CancellationException e) {
                throw e;
            } catch (IOException | RuntimeException e) {
                unreadable
                        .computeIfAbsent(Errors.explain(e, "counting").problem(), problem -> new ArrayList<>())
                        .add(role.id());
            }
        }

        private static RestorePlan.Content compare(StoreSummary archived, StoreSummary live) {
            if (SummaryComparison.difference(archived, live) != null) {
                return RestorePlan.Content.DIFFERENT;
            }
            return archived.contentDigest() != null && live.contentDigest() != null
                    ? RestorePlan.Content.EQUAL
                    : RestorePlan.Content.UNKNOWN;
        }

        private List<BackupException> problems(Role role, Manifest.Store store, long bytes) throws IOException {
            try (RestoreSession session = stores.openRestore(role)) {
                long records = store.summary().records();
                List<BackupException> found = session.problems(store.info(), records, bytes);
                session.warnings(store.info(), records, bytes)
                        .forEach(warning -> warnings.add(role.id() + ": " + warning));
                return found;
            }
        }

        private long bytes(Role role, Manifest.Store store, Manifest manifest) {
            String folder = role.folder(store.backend());
            return manifest.files().stream()
                    .filter(entry -> entry.path().startsWith(folder))
                    .mapToLong(entry -> entry.size())
                    .sum();
        }
    }
}
