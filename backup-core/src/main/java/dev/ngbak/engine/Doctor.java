package dev.ngbak.engine;

import dev.ngbak.repository.ArchiveRepository;
import dev.ngbak.repository.LocalRepository;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.TestedVersions;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Checks everything that a backup, a restore or both need. Changes nothing. */
final class Doctor {

    private final EngineContext context;
    private final StoreRegistry stores;
    private final Set<Operation> operations;
    private final Supplier<String> openRestore;
    private final List<Diagnosis> findings = new ArrayList<>();
    private final List<String> silent = new ArrayList<>();
    private long bytes;

    /** @param openRestore returns a sentence about a restore that is not settled, or {@code null} */
    Doctor(EngineContext context, Set<Operation> operations, Supplier<String> openRestore) {
        this.context = context;
        this.stores = context.stores();
        this.operations = operations;
        this.openRestore = openRestore;
    }

    List<Diagnosis> run() throws IOException {
        restore();
        for (Role role : Role.values()) {
            reading(role);
            if (operations.contains(Operation.RESTORE)) {
                writing(role);
            }
        }
        archives();
        keys();
        if (context.settings().pauseHook() == null) {
            findings.add(new Diagnosis(
                    "writers",
                    operations.contains(Operation.BACKUP)
                            ? "BACKUP_PAUSE_HOOK is not set: pause ingestion by hand before a backup, or the backup may be"
                                    + " fuzzy."
                            : "BACKUP_PAUSE_HOOK is not set: stop all writers by hand before a restore, because it loses what"
                                    + " they write meanwhile.",
                    true,
                    null));
        }
        return findings;
    }

    private void restore() {
        try {
            String open = openRestore.get();
            if (open != null) {
                fail(
                        "restore",
                        new BackupException(
                                Kind.ROLLBACK_FAILED, open, "Unless that restore is running now, run ngbak recover"));
            }
        } catch (BackupException e) {
            fail("restore", e);
        }
    }

    private void reading(Role role) {
        try (ExportSession session = stores.openExport(role)) {
            long upTo = session.info().bytes();
            if (upTo < 0) {
                silent.add(role.id());
            } else {
                bytes += upTo;
            }
            String counts = session.counts().counts().entrySet().stream()
                    .map(count -> role == Role.GRAPH
                            ? Sizes.count(count.getValue(), count.getKey())
                            : count.getValue() + " in " + count.getKey())
                    .collect(Collectors.joining(", "));
            Optional<BackupException> scopeProblem = session.scopeProblem();
            if (scopeProblem.isPresent()) {
                unreadable(role, scopeProblem.get());
                return;
            }
            findings.add(Diagnosis.ok(
                    role.id(),
                    stores.backend(role) + " can be read: " + (counts.isEmpty() ? "it is empty" : counts)
                            + session.info().scope().entrySet().stream()
                                    .map(scope -> ", " + scope.getKey() + " " + scope.getValue())
                                    .collect(Collectors.joining())
                            + "."));
            version(role, session.info());
        } catch (IOException | RuntimeException e) {
            unreadable(role, Errors.explain(e, "inspecting the " + role.id() + " store"));
        }
    }

    /** Reports how the store's version relates to those that its plugin is tested with. */
    private void version(Role role, StoreInfo store) {
        for (TestedVersions tested : stores.exporter(role).testedVersions()) {
            if (tested.product().equals(store.product())) {
                VersionRelation relation = VersionRelation.of(tested, store.version());
                findings.add(new Diagnosis(
                        role.id(),
                        SafeText.forMessage(store.product() + " " + store.version()) + " "
                                + verdict(relation, String.join(", ", tested.versions())),
                        relation != VersionRelation.TESTED && relation != VersionRelation.BETWEEN,
                        null));
            }
        }
    }

    private static String verdict(VersionRelation relation, String tested) {
        return switch (relation) {
            case TESTED -> "is tested: the tests of ngbak run against it.";
            case BETWEEN -> "lies between the versions that ngbak is tested with (" + tested + ").";
            case NEWER ->
                "is newer than the versions that ngbak is tested with (" + tested
                        + "). A backup stops if it meets content that it does not know. Try a restore into an empty store"
                        + " before you depend on it.";
            case OLDER ->
                "is older than the versions that ngbak is tested with (" + tested
                        + "). Try a restore into an empty store before you depend on it.";
            case UNKNOWN ->
                "does not report a version that ngbak can compare with those it is tested with (" + tested + ").";
        };
    }

    /** Reports a store that cannot be read. A restore can still replace it, and saves its present data undecoded. */
    private void unreadable(Role role, BackupException e) {
        if (operations.contains(Operation.BACKUP)) {
            fail(role.id(), e);
        } else {
            findings.add(new Diagnosis(
                    role.id(),
                    e.getMessage() + ". A restore replaces this data without comparing it with the archive.",
                    true,
                    null));
        }
    }

    private void writing(Role role) {
        try (RestoreSession session = stores.openRestore(role)) {
            List<BackupException> problems = session.problems(session.info(), 0);
            problems.forEach(problem -> fail(role.id(), problem));
            if (problems.isEmpty() && !operations.contains(Operation.BACKUP)) {
                findings.add(Diagnosis.ok(role.id(), "A restore can replace " + stores.target(role) + "."));
            }
        } catch (IOException | RuntimeException e) {
            fail(role.id(), Errors.explain(e, "inspecting the " + role.id() + " store"));
        }
    }

    private void archives() throws IOException {
        ArchiveRepository repository = context.repository();
        String place = repository.kind().equals(LocalRepository.KIND) ? "folder" : repository.kind();
        Optional<BackupException> problem = repository.problem();
        if (problem.isPresent()) {
            fail(place, problem.get());
            return;
        }
        try {
            List<String> weaknesses = repository.examine();
            findings.add(Diagnosis.ok(
                    place,
                    "Archives are stored in " + repository.displayName() + "."
                            + (repository.freeSpace().isPresent() ? "" : " Its free space is unknown.")));
            weaknesses.forEach(weakness -> findings.add(new Diagnosis(place, weakness, true, null)));
        } catch (BackupException e) {
            fail(place, e);
        }
        Operation first = operations.contains(Operation.BACKUP) ? Operation.BACKUP : Operation.RESTORE;
        Optional<BackupException> tooSmall = SpaceCheck.problem(bytes, context, first);
        if (tooSmall.isPresent()) {
            fail("space", tooSmall.get());
            return;
        }
        long free = context.state().freeSpace();
        findings.add(new Diagnosis(
                "space",
                Sizes.of(free) + " is free on the disk of BACKUP_DIR; "
                        + (silent.size() == Role.values().length
                                ? "the size of the stores is unknown."
                                : "the stores contain up to " + Sizes.of(bytes) + " before compression"
                                        + (silent.isEmpty()
                                                ? "."
                                                : ", not counting " + String.join(", ", silent)
                                                        + ", whose size is unknown.")),
                free < bytes && context.needsLocalSpace(first),
                null));
    }

    private void keys() throws IOException {
        try {
            findings.addAll(new KeyDiagnosis(context).run());
        } catch (BackupException e) {
            fail("keys", e);
        }
    }

    private void fail(String subject, BackupException e) {
        Diagnosis finding = new Diagnosis(subject, e.getMessage() + ".", false, e.kind());
        if (!findings.contains(finding)) {
            findings.add(finding);
        }
    }
}
