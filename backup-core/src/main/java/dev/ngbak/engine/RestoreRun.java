package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveReader;
import dev.ngbak.archive.Manifest;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Predicate;

/** One restore: check, preflight, ask, replace, prove. The folder's lock is held around it. */
final class RestoreRun {

    private final Path file;
    private final RestoreOptions options;
    private final Stores stores;
    private final Hooks hooks;
    private final Job job;

    RestoreRun(Path file, RestoreOptions options, Stores stores, Hooks hooks, Job job) {
        this.file = file;
        this.options = options;
        this.stores = stores;
        this.hooks = hooks;
        this.job = job;
    }

    /** The first half: reads the whole archive and looks at every store, and changes nothing. */
    RestorePlan plan() throws IOException {
        try (Preflight preflight = new Preflight()) {
            return preflight.plan();
        }
    }

    RestoreResult run(Predicate<RestorePlan> confirm) throws IOException {
        hooks.settle(job);
        try (Preflight preflight = new Preflight()) {
            RestorePlan plan = preflight.plan();
            if (!plan.problems().isEmpty()) {
                throw new BackupException(
                        plan.problemKind(),
                        "The restore cannot be done, and nothing was changed: " + String.join("; ", plan.problems()),
                        "");
            }
            plan.warnings().forEach(job::warn);
            if (!confirm.test(plan)) {
                throw new BackupException(Kind.UNCONFIRMED, "The restore was not confirmed. Nothing was changed", "");
            }
            boolean held = hooks.pause(job);
            boolean restored = false;
            try {
                Map<Role, String> proofs = replace(plan, preflight.sessions);
                restored = true;
                return new RestoreResult(plan, proofs);
            } finally {
                if (restored || held) {
                    hooks.release(restored ? "restored" : "resume", job);
                }
                job.end();
            }
        }
    }

    private Map<Role, String> replace(RestorePlan plan, Map<Role, RestoreSession> sessions) throws IOException {
        job.begin("looking");
        Map<Role, StoreSummary> before = live(plan.roles());
        Role at = null;
        try {
            job.begin("restoring");
            // There is no way back yet once a store is being replaced, so from here on it runs to its end.
            job.commit();
            for (Role role : plan.roles()) {
                at = role;
                restore(role, sessions.get(role), plan.archive().manifest());
            }
            Map<Role, String> proofs = new EnumMap<>(Role.class);
            job.begin("proving");
            for (Role role : plan.roles()) {
                at = role;
                proofs.put(
                        role,
                        prove(
                                role,
                                sessions.get(role),
                                plan.archive().manifest().stores().get(role)));
            }
            return proofs;
        } catch (IOException | RuntimeException e) {
            if (at == null) {
                throw e;
            }
            throw notAsBefore(at, e, before, plan.roles());
        }
    }

    private void restore(Role role, RestoreSession session, Manifest manifest) throws IOException {
        long start = System.nanoTime();
        StoreSummary written;
        try (ArchiveReader archive = ArchiveReader.open(file)) {
            archive.next();
            written = session.restore(new StoreSource(archive, role, true), job.progress(role));
        }
        written.warnings().forEach(job::warn);
        String difference = Proof.difference(manifest.stores().get(role).summary(), written);
        if (difference != null) {
            throw new BackupException(
                    Kind.INTERNAL, "what was written is not what the archive holds (" + difference + ")", "");
        }
        job.info(role.member() + ": restored in " + Sizes.seconds(System.nanoTime() - start) + ".");
    }

    private String prove(Role role, RestoreSession session, Manifest.Store archived) throws IOException {
        StoreSummary readBack = session.readBack(job.progress(role));
        if (readBack != null) {
            return proved(role, archived.summary(), readBack, Proof.difference(archived.summary(), readBack));
        }
        try (ExportSession live = stores.exporter(role).open(stores.settings())) {
            StoreSummary found = options.countsOnly()
                    ? new StoreSummary(-1, live.counts(), null, List.of())
                    : live.digest(job.progress(role));
            StoreSummary expected = archived.summary();
            String difference = options.countsOnly()
                    ? countDifference(expected.counts(), found.counts())
                    : Proof.difference(expected, found);
            return proved(role, expected, found, difference);
        }
    }

    private String proved(Role role, StoreSummary expected, StoreSummary found, String difference) {
        if (difference != null) {
            throw new BackupException(
                    Kind.INTERNAL, "the store does not hold what was written to it (" + difference + ")", "");
        }
        String kind = Proof.kind(expected, found);
        job.info(role.member() + ": proved equal to the archive by " + kind + ".");
        return kind;
    }

    private static String countDifference(StoreCounts expected, StoreCounts found) {
        for (var count : expected.counts().entrySet()) {
            if (!count.getValue().equals(found.counts().get(count.getKey()))) {
                return count.getValue() + " " + count.getKey() + " expected, "
                        + found.counts().getOrDefault(count.getKey(), 0L) + " found";
            }
        }
        return null;
    }

    /** What the stores hold; a broken one is restored too, but cannot tell, and is left out. */
    private Map<Role, StoreSummary> live(Set<Role> roles) {
        Map<Role, StoreSummary> summaries = new EnumMap<>(Role.class);
        for (Role role : roles) {
            try (ExportSession session = stores.exporter(role).open(stores.settings())) {
                summaries.put(role, session.digest(Progress.NONE));
            } catch (IOException | RuntimeException e) {
                job.info("What is in " + role.member() + " cannot be read ("
                        + Failures.explain(e, "reading it").problem() + ").");
            }
        }
        return summaries;
    }

    private BackupException notAsBefore(Role at, Exception e, Map<Role, StoreSummary> before, Set<Role> roles) {
        BackupException why = Failures.explain(e, "the " + at.member() + " store was being restored");
        Map<Role, StoreSummary> after = live(roles);
        if (roles.stream().allMatch(role -> isUntouched(before.get(role), after.get(role)))) {
            return new BackupException(
                    why.kind(),
                    why.problem() + ". The restore has changed nothing: the stores' content digests are as before",
                    why.remedy(),
                    e);
        }
        return new BackupException(
                Kind.NOT_AS_BEFORE,
                "The restore failed at " + at.member() + ": " + why.problem()
                        + ". THE DATA IS NOT AS BEFORE: some stores hold the archive's state, others may not",
                (why.remedy().isEmpty() ? "" : why.remedy() + ". ")
                        + "Then run the same restore again; it may be run any number of times",
                e);
    }

    private static boolean isUntouched(StoreSummary before, StoreSummary after) {
        return before != null
                && after != null
                && before.contentDigest() != null
                && after.contentDigest() != null
                && Proof.difference(before, after) == null;
    }

    /** The stores open for being replaced, and what is known before the first byte is written. */
    private final class Preflight implements AutoCloseable {
        private final Map<Role, RestoreSession> sessions = new EnumMap<>(Role.class);
        private final List<BackupException> problems = new ArrayList<>();
        private final List<String> warnings = new ArrayList<>();
        private final Map<Role, StoreCounts> live = new EnumMap<>(Role.class);
        private final Map<String, List<String>> unreadable = new LinkedHashMap<>();

        RestorePlan plan() throws IOException {
            job.begin("checking");
            VerifyReport report = ArchiveCheck.run(file, stores, job);
            warnings.addAll(report.warnings());
            Manifest manifest = report.archive().manifest();
            job.info("The archive " + report.archive().id() + " was read whole: it is what its manifest says.");
            job.begin("preflight");
            Set<Role> roles = roles(manifest);
            for (Role role : roles) {
                open(role, manifest);
            }
            unreadable.forEach((problem, members) -> warnings.add("What is live in " + String.join(", ", members)
                    + " cannot be read, and will be replaced all the same: " + problem + "."));
            Map<Role, StoreCounts> archived = new EnumMap<>(Role.class);
            roles.forEach(role ->
                    archived.put(role, manifest.stores().get(role).summary().counts()));
            return new RestorePlan(
                    report.archive(),
                    roles,
                    Statistics.of(archived),
                    Statistics.of(live),
                    problems.stream().map(BackupException::getMessage).toList(),
                    problems.isEmpty() ? null : problems.get(0).kind(),
                    warnings);
        }

        private Set<Role> roles(Manifest manifest) {
            Set<Role> roles = EnumSet.noneOf(Role.class);
            roles.addAll(options.roles().isEmpty() ? manifest.stores().keySet() : options.roles());
            for (Role role : roles) {
                if (!manifest.stores().containsKey(role)) {
                    throw new BackupException(
                            Kind.INVALID,
                            "The archive holds no " + role.member() + " store. Nothing was changed",
                            "It holds "
                                    + String.join(
                                            ", ",
                                            manifest.stores().keySet().stream()
                                                    .map(Role::member)
                                                    .toList()));
                }
            }
            return roles;
        }

        private void open(Role role, Manifest manifest) throws IOException {
            Manifest.Store store = manifest.stores().get(role);
            String backend = stores.backend(role);
            if (!backend.equals(store.backend())) {
                problems.add(new BackupException(
                        Kind.INCOMPATIBLE,
                        "The archive's " + role.member() + " store is of " + store.backend() + ", and " + role.setting()
                                + " is " + backend,
                        "Set " + role.setting() + "=" + store.backend() + ", or leave " + role.member() + " out"));
                return;
            }
            StorageRestorer restorer = stores.restorer(role, backend);
            try {
                RestoreSession session = restorer.open(stores.settings());
                sessions.put(role, session);
                problems.addAll(session.problems(store.info(), bytes(role, store, manifest)));
            } catch (BackupException e) {
                problems.add(e);
                return;
            }
            try (ExportSession session = stores.exporter(role).open(stores.settings())) {
                live.put(role, session.counts());
            } catch (CancellationException e) {
                throw e;
            } catch (IOException | RuntimeException e) {
                unreadable
                        .computeIfAbsent(Failures.explain(e, "counting").problem(), problem -> new ArrayList<>())
                        .add(role.member());
            }
        }

        private long bytes(Role role, Manifest.Store store, Manifest manifest) {
            String folder = role.folder(store.backend());
            return manifest.files().stream()
                    .filter(entry -> entry.path().startsWith(folder))
                    .mapToLong(entry -> entry.size())
                    .sum();
        }

        @Override
        public void close() {
            sessions.values().forEach(RestoreSession::close);
        }
    }
}
