package dev.ngbak.engine;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.Manifest.SourceSystem;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.layout.GraphLayout;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.ArchiveUpload;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.RecordDigester;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;

/** Plans a restore: verifies the archive and collects the problems of all stores. Changes nothing. */
final class RestorePreflight {

    /** Starts the archive that an {@link ArchiveAdaptation} writes. */
    interface AdaptedArchive {
        ArchiveUpload start(BackupId id) throws IOException;
    }

    private final EngineContext context;
    private final AdaptedArchive adapted;
    private final RestoreOptions options;
    private final Job job;
    private final List<BackupException> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final Map<Role, StoreCounts> live = new EnumMap<>(Role.class);
    private final Map<Role, RestorePlan.Target> targets = new EnumMap<>(Role.class);
    private final Map<Role, RestorePlan.Content> contents = new EnumMap<>(Role.class);
    /** The roles of the live stores that cannot be read, by the reason. */
    private final Map<String, List<String>> unreadable = new LinkedHashMap<>();

    private long liveBytes;
    private VerifiedArchive archive;
    private RestorePlan plan;

    /** @param adapted called if the archive must be adapted to the stores; the caller deletes what is written */
    RestorePreflight(EngineContext context, RestoreOptions options, AdaptedArchive adapted, Job job) {
        String workspace = options.target().workspace();
        this.context = workspace == null ? context : context.withWorkspace(workspace);
        this.adapted = adapted;
        this.options = options;
        this.job = job;
    }

    RestorePreflight run(ReadableArchive readable) throws IOException {
        job.begin(Phase.CHECKING);
        archive = context.verify(readable, job);
        warnings.addAll(archive.report().warnings());
        job.info("The archive " + archive.report().archive().id() + " was verified: it matches its manifest.");
        Set<Role> roles = roles();
        ArchiveInfo original = archive.report().archive();
        adapt(roles);
        job.begin(Phase.PREFLIGHT);
        checkSystem();
        Map<Role, String> backends = new EnumMap<>(Role.class);
        for (Role role : roles) {
            job.checkCancelled();
            check(role);
            backends.put(role, context.stores().backend(role));
        }
        OccupiedTarget.problem(options.target(), live, targets, unreadable).ifPresent(problems::add);
        job.checkCancelled();
        warnings.addAll(context.stores().layout().beforeRestore(backends));
        if (options.safetyArchive()) {
            SpaceCheck.problem(liveBytes, context, Operation.RESTORE).ifPresent(problems::add);
        } else {
            warnings.add("The present state is not saved, because of --no-safety-backup: the restore cannot be rolled"
                    + " back.");
        }
        unreadable.forEach((problem, stores) -> warnings.add("The present data of " + String.join(", ", stores)
                + " cannot be read, but will be replaced: " + problem + "."));
        Map<Role, StoreCounts> archived = new EnumMap<>(Role.class);
        roles.forEach(role ->
                archived.put(role, manifest().stores().get(role).summary().counts()));
        plan = new RestorePlan(
                original,
                context.sourceSystem().workspace(),
                targets,
                context.stores().layout().statistics(archived),
                context.stores().layout().statistics(live),
                contents,
                problems.stream().map(BackupException::getMessage).toList(),
                problems.isEmpty() ? null : problems.get(0).kind(),
                warnings);
        return this;
    }

    RestorePlan plan() {
        return plan;
    }

    VerifiedArchive archive() {
        return archive;
    }

    /** @throws BackupException that names all problems, if there are any */
    void requireNoProblems() {
        if (!problems.isEmpty()) {
            String all = problems.stream().map(BackupException::getMessage).collect(Collectors.joining("; "));
            BackupException refusal =
                    new BackupException(problems.get(0).kind(), "The restore cannot start: " + all, "");
            problems.forEach(refusal::addSuppressed);
            throw refusal;
        }
    }

    private Manifest manifest() {
        return archive.manifest();
    }

    private void adapt(Set<Role> roles) throws IOException {
        ArchiveAdaptation adaptation = new ArchiveAdaptation(context, archive, options.target(), job);
        if (!manifest().system().name().equals(context.sourceSystem().name())
                || options.target().equals(RestoreTarget.SAME) && !manifest().isOfOtherTool()
                || !adaptation.isNeeded(roles)) {
            return;
        }
        if (manifest().isOfOtherTool() && !options.target().convert()) {
            // Such a store can be inspected only in a form of the plugin that restores it.
            roles.forEach(role -> otherBackend(role).ifPresent(problem -> {
                throw problem;
            }));
        }
        try (ArchiveUpload upload = adapted.start(manifest().backupId())) {
            archive = adaptation.run(roles, upload);
        }
        warnings.addAll(adaptation.warnings());
    }

    /** A system does not find the data of another system or workspace, even where the stores could hold it. */
    private void checkSystem() {
        SourceSystem archived = manifest().system();
        SourceSystem configured = context.sourceSystem();
        boolean sameSystem = archived.name().equals(configured.name());
        boolean sameWorkspace =
                options.target().workspace() != null || Objects.equals(archived.workspace(), configured.workspace());
        if (!sameSystem || !sameWorkspace) {
            problems.add(new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive contains the state of " + archived.displayName() + ", but the settings select "
                            + configured.displayName(),
                    "Set " + GraphLayout.SYSTEM.name() + ", and the workspace of the system, to those of the archive"
                            + (sameSystem
                                    ? ", or name the workspace to restore into with --as (option workspace)"
                                    : "")));
        }
    }

    private Set<Role> roles() {
        Set<Role> archived = manifest().stores().keySet();
        Set<Role> roles = EnumSet.noneOf(Role.class);
        roles.addAll(options.roles().isEmpty() ? archived : options.roles());
        for (Role role : roles) {
            if (!archived.contains(role)) {
                throw new BackupException(
                        Kind.INVALID,
                        "The archive contains no " + role.id() + " store",
                        "It contains " + archived.stream().map(Role::id).collect(Collectors.joining(", ")));
            }
        }
        return roles;
    }

    private void check(Role role) {
        Manifest.Store store = manifest().stores().get(role);
        String backend = context.stores().backend(role);
        String target = context.stores().target(role);
        targets.put(role, new RestorePlan.Target(backend, target, Map.of()));
        if (options.compareContents()) {
            contents.put(role, RestorePlan.Content.UNKNOWN);
        }
        Optional<BackupException> otherBackend = otherBackend(role);
        if (otherBackend.isPresent()) {
            problems.add(otherBackend.get());
            return;
        }
        try {
            problems.addAll(Errors.inStore(role, "the " + role.id() + " store was being inspected", () -> {
                return problems(role, store);
            }));
        } catch (BackupException e) {
            problems.add(e);
            return;
        }
        try (ExportSession session = context.stores().openExport(role)) {
            targets.put(
                    role, new RestorePlan.Target(backend, target, session.info().scope()));
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
            String problem = Errors.explain(e, "its records were being counted").problem();
            unreadable.computeIfAbsent(problem, any -> new ArrayList<>()).add(role.id());
        }
    }

    private Optional<BackupException> otherBackend(Role role) {
        String archived = manifest().stores().get(role).backend();
        String configured = context.stores().backend(role);
        if (configured.equals(archived)) {
            return Optional.empty();
        }
        return Optional.of(new BackupException(
                Kind.INCOMPATIBLE,
                "The archive's " + role.id() + " store is from " + archived + ", but " + role.setting() + " is "
                        + configured,
                "Set " + role.setting() + "=" + archived
                        + ", convert the store with --convert (option convert), or do not restore " + role.id()));
    }

    private List<BackupException> problems(Role role, Manifest.Store store) throws IOException {
        String folder = role.folder(store.backend());
        long bytes = manifest().files().stream()
                .filter(entry -> entry.path().startsWith(folder))
                .mapToLong(entry -> entry.size())
                .sum();
        try (RestoreSession session = context.stores().openRestore(role)) {
            long records = store.summary().records();
            List<BackupException> found = session.problems(store.info(), records, bytes);
            session.warnings(store.info(), records, bytes).forEach(warning -> warnings.add(role.id() + ": " + warning));
            return found;
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
}
