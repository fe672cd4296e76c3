package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Manifest.SourceSystem;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.ArchiveMarks;
import dev.ngbak.repository.ArchiveRemoval;
import dev.ngbak.repository.ArchiveRepository;
import dev.ngbak.repository.DataLoss;
import dev.ngbak.repository.DrillOutcome;
import dev.ngbak.repository.Repositories;
import dev.ngbak.repository.RepositoryLock;
import dev.ngbak.repository.RetentionPlan;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.support.DaemonThreads;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Backs up and restores the three stores of one GraphRAG system. This is the API of the engine:
 *
 * <pre>{@code
 * BackupManager manager = new BackupManager(Settings.fromEnvironment());
 * ArchiveInfo backup = manager.create(
 *         BackupRequest.builder().note("before re-index").listener(System.out::println).build());
 * manager.restore(backup.id());
 * }</pre>
 *
 * <p>A call runs in the thread that made it; an interrupt cancels it as soon as that does no harm, and stays set. The calls
 * named {@code …Async} run in another thread. The calls that take a {@link Job} are for programs that manage jobs of their
 * own, such as a server.
 *
 * <p>Thread-safe. Holds no store open between calls. Only one call that writes runs on a repository at a time, across
 * processes; any other fails with {@code BUSY}. Every failure is a {@link BackupException}, except for misuse: {@link
 * NullPointerException} for an argument that must not be {@code null}, and {@link IllegalStateException} for a {@link Job}
 * that was used before.
 */
public final class BackupManager implements AutoCloseable {

    private static final Executor NEW_THREAD =
            task -> DaemonThreads.named("ngbak-job").newThread(task).start();

    private final StoreRegistry stores;
    private EngineContext context;

    /**
     * Creates a manager with the plugins on the class path.
     *
     * @throws BackupException {@code INVALID} for an unusable setting
     */
    public BackupManager(Settings settings) {
        this(
                settings,
                ServiceLoader.load(StorageExporter.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .toList(),
                ServiceLoader.load(StorageRestorer.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .toList(),
                Clock.systemUTC());
    }

    /** Creates a manager with these plugins. */
    public BackupManager(
            Settings settings,
            Collection<? extends StorageExporter> exporters,
            Collection<? extends StorageRestorer> restorers,
            Clock clock) {
        Objects.requireNonNull(settings, "settings");
        Objects.requireNonNull(clock, "clock");
        this.stores = new StoreRegistry(
                settings,
                List.copyOf(Objects.requireNonNull(exporters, "exporters")),
                List.copyOf(Objects.requireNonNull(restorers, "restorers")));
        stores.check();
        this.context = EngineContext.of(stores, clock);
    }

    /**
     * Returns an archive by its file or its id. A text with a slash in it, or with {@code .ngbak} at its end, is a file. Anything
     * else is what {@link #resolve} takes.
     */
    public ReadableArchive archive(String fileOrId) {
        Objects.requireNonNull(fileOrId, "fileOrId");
        if (fileOrId.contains("/") || fileOrId.endsWith(BackupId.SUFFIX)) {
            try {
                Path file = Path.of(fileOrId);
                if (Files.isRegularFile(file)) {
                    return new ArchiveFile(file);
                }
                if (Files.exists(file)) {
                    throw new BackupException(
                            Kind.INVALID, fileOrId + " is not a file", "Give the file of an archive, or a backup id");
                }
            } catch (InvalidPathException e) {
                // No file has such a name.
            }
            throw new BackupException(Kind.NOT_FOUND, "The file " + fileOrId + " does not exist", "Check the path");
        }
        return archive(resolve(fileOrId));
    }

    /**
     * Returns the id of the archive that a person means: an id, the beginning of exactly one id, or {@code latest}, the newest
     * archive of the configured system and workspace that is not a safety archive. An archive with exactly this id always wins.
     *
     * @throws BackupException {@code INVALID} if several ids begin with the text, or if none can; {@code NOT_FOUND}
     */
    public BackupId resolve(String id) {
        Objects.requireNonNull(id, "id");
        return Errors.guarded("the archive was being located", () -> ArchiveNames.resolve(context, id));
    }

    /** Returns the archive that {@code info} describes. */
    public ReadableArchive archive(ArchiveInfo info) {
        Objects.requireNonNull(info, "info");
        return context.archiveAt(info.location());
    }

    /** Returns an archive of the repository. */
    public ReadableArchive archive(BackupId id) {
        Objects.requireNonNull(id, "id");
        return Errors.guarded(
                "the archive was being located", () -> context.repository().open(id));
    }

    /** Returns the repository of the archives. */
    public ArchiveRepository repository() {
        return context.repository();
    }

    /** Returns the configured system and workspace, as archives name them. */
    public SourceSystem system() {
        return context.sourceSystem();
    }

    /** Returns the state directory. It may not exist yet. */
    public StateDirectory state() {
        return context.state();
    }

    /**
     * Returns the id that a backup would get now.
     *
     * @param asked the id to use, or {@code null} for {@code snapshot_} and the time
     * @throws BackupException {@code INVALID} or {@code ALREADY_EXISTS}
     */
    public BackupId nextId(@Nullable String asked) {
        return Errors.guarded(
                Effect.NO_ARCHIVE,
                "an id was being chosen",
                () -> context.newId(asked, context.clock().instant()));
    }

    /**
     * Backs up all three stores. The archive becomes visible when it is complete, durable and verified. A failure leaves
     * nothing behind. An interrupted restore is settled first.
     *
     * @throws BackupException {@code ALREADY_EXISTS}, {@code BUSY}, {@code UNREACHABLE}, {@code NO_SPACE}, {@code
     *     SOURCE_CHANGED}, {@code BROKEN_REFERENCES} …
     */
    public ArchiveInfo create(BackupRequest request) {
        Objects.requireNonNull(request, "request");
        return create(request.id(), request.note(), request.newJob());
    }

    /**
     * Backs up all three stores in a new daemon thread.
     *
     * @return a future that fails with the {@link BackupException} of {@link #create(BackupRequest)}. Cancelling it cancels
     *     the backup as soon as that does no harm, and returns false if that is too late. The future completes only when the
     *     backup has ended
     */
    public CompletableFuture<ArchiveInfo> createAsync(BackupRequest request) {
        return createAsync(request, NEW_THREAD);
    }

    /** Backs up all three stores in a thread of the executor, like {@link #createAsync(BackupRequest)}. */
    public CompletableFuture<ArchiveInfo> createAsync(BackupRequest request, Executor executor) {
        Objects.requireNonNull(request, "request");
        Objects.requireNonNull(executor, "executor");
        return JobFuture.start(request.newJob(), executor, job -> create(request.id(), request.note(), job));
    }

    /**
     * Backs up all three stores, like {@link #create(BackupRequest)}.
     *
     * @param id the id to use, or {@code null} for {@code snapshot_} and the time
     * @param note any text for users, or {@code null}
     */
    public ArchiveInfo create(@Nullable String id, @Nullable String note, Job job) {
        Notifications notifications = new Notifications(context, job);
        return run(job, Effect.NO_ARCHIVE, "the backup was being made", notifications::backupFailed, () -> {
            notifications.backupBegins();
            context.newId(id, context.clock().instant());
            ArchiveInfo made;
            try (RepositoryLock lock = context.lock(id == null ? "a backup" : "the backup " + id)) {
                settle(job);
                made = new BackupTask(context, notifications, job).run(id, note);
            }
            notifications.backupSucceeded(made);
            return made;
        });
    }

    /** Returns all archives, the newest first, including those that cannot be read. Reads only the manifests. */
    public List<ArchiveInfo> list() {
        return Errors.guarded("the archives were being listed", context::list);
    }

    /**
     * Reads the manifest of an archive, and its marks if it is in the repository. Does not check the rest of the archive.
     */
    public ArchiveInfo inspect(ReadableArchive archive) {
        Objects.requireNonNull(archive, "archive");
        return Errors.guarded("the archive was being read", () -> {
            ArchiveInfo info = ArchiveInfo.read(context.keys().withDefault(archive));
            return context.repository().idOf(archive).isEmpty()
                    ? info
                    : context.addMarks(List.of(info)).get(0);
        });
    }

    /**
     * Reads a whole archive, compares every digest, and decodes every record. Needs no store.
     *
     * @throws BackupException {@code CORRUPT} if the archive does not match its manifest
     */
    public VerificationReport verify(ReadableArchive archive, Job job) {
        Objects.requireNonNull(archive, "archive");
        Notifications notifications = new Notifications(context, job);
        Consumer<BackupException> failed = e -> notifications.verificationFailed(archive.name(), e);
        return run(job, Effect.NOTHING_CHANGED, "the archive was being verified", failed, () -> {
            job.begin(Phase.VERIFYING);
            VerificationReport report = context.verify(archive, job).report();
            job.end();
            return report;
        });
    }

    /**
     * Hands the records of the live stores to the reader, such as the reference check. Changes nothing.
     *
     * @throws BackupException {@code UNREACHABLE} for a store that cannot be read, {@code INVALID} for a scope that looks
     *     misconfigured
     */
    public <T> T readLive(SystemRecords.Reader<T> reader, Job job) {
        Objects.requireNonNull(reader, "reader");
        return run(job, Effect.NOTHING_CHANGED, "the live stores were being read", () -> {
            try (LiveRecords records = new LiveRecords(stores, job, job::progress)) {
                records.checkScopes();
                job.begin(Phase.CHECKING);
                T result = reader.read(records);
                job.end();
                return result;
            }
        });
    }

    /**
     * Hands the records in an archive to the reader, as far as they can be decoded without their servers.
     *
     * @throws BackupException {@code CORRUPT} if the archive does not match its manifest
     */
    public <T> T readArchive(ReadableArchive archive, SystemRecords.Reader<T> reader, Job job) {
        Objects.requireNonNull(archive, "archive");
        Objects.requireNonNull(reader, "reader");
        return run(job, Effect.NOTHING_CHANGED, "the archive was being read", () -> {
            job.begin(Phase.CHECKING);
            T result =
                    reader.read(new ArchivedRecords(context.keys().withDefault(archive), stores, job, job::progress));
            job.end();
            return result;
        });
    }

    /**
     * Compares two states by counts and content digests: the whole, each store, and in each store each kind of records, each
     * collection and each namespace. Verifies the archives first. Changes nothing.
     *
     * @param right another archive, or {@code null} for the live stores
     * @throws BackupException {@code CORRUPT} if an archive does not match its manifest; {@code UNREACHABLE} for a live store
     *     that cannot be read
     */
    public StateDifference compare(ReadableArchive left, ReadableArchive right, Job job) {
        Objects.requireNonNull(left, "left");
        return run(
                job,
                Effect.NOTHING_CHANGED,
                "two states were being compared",
                () -> new StateComparison(context, job).run(left, right));
    }

    /**
     * Writes one file of an archive to the stream and verifies its digest. The stream may have received all of it when this
     * fails.
     *
     * @param path the path in the archive, as the manifest lists it, or {@code manifest.json}
     * @throws BackupException {@code NOT_FOUND} if the archive has no such file; {@code CORRUPT} if the file is not the one
     *     that was archived
     */
    public void extract(ReadableArchive archive, String path, OutputStream out, Job job) {
        Objects.requireNonNull(archive, "archive");
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(out, "out");
        run(job, Effect.NOTHING_CHANGED, "a file was being extracted", () -> {
            FileExtraction.run(context.keys().withDefault(archive), path, out, job);
            return null;
        });
    }

    /**
     * Copies an archive to another repository, byte for byte. The copy appears when every byte of it was read back and
     * verified; a bucket shows it while it is read back. Verifies the original while it reads it, and changes nothing there.
     * Does nothing if the other repository has the same archive.
     *
     * @throws BackupException {@code CORRUPT} for a damaged archive; {@code ALREADY_EXISTS} if the other repository has
     *     something else under this id; {@code BUSY} if another job writes there; {@code UNREACHABLE}, {@code NO_SPACE} …
     */
    public CopyResult copy(CopyRequest request) {
        Objects.requireNonNull(request, "request");
        Settings settings = request.targetSettings();
        return copy(
                request.archive(this),
                request.target(),
                settings == null ? stores.settings() : settings,
                request.newJob());
    }

    /**
     * Copies an archive to another repository, like {@link #copy(CopyRequest)}.
     *
     * @param target a folder that exists, or an address such as {@code s3://bucket/prefix}
     * @param targetSettings how to reach that repository
     */
    public CopyResult copy(ReadableArchive archive, String target, Settings targetSettings, Job job) {
        Objects.requireNonNull(archive, "archive");
        Objects.requireNonNull(target, "target");
        Objects.requireNonNull(targetSettings, "targetSettings");
        return run(job, Effect.NO_ARCHIVE, "the archive was being copied", () -> {
            EngineContext other = context.with(Repositories.openOther(target, targetSettings, context.state()));
            try (ArchiveRepository closed = other.repository()) {
                return new CopyTask(context, other, job).run(archive);
            }
        });
    }

    /**
     * Deletes an archive. An interrupted restore is settled first, because it may need that archive.
     *
     * @throws BackupException {@code NOT_FOUND}; {@code LOCKED} if it is pinned or the repository has to keep it; {@code
     *     ROLLBACK_FAILED} if that restore cannot be settled now
     */
    public void delete(BackupId id, Job job) {
        Objects.requireNonNull(id, "id");
        run(job, Effect.NOTHING_CHANGED, "the archive was being deleted", () -> {
            context.repository().open(id);
            try (RepositoryLock lock = context.lock("deleting " + id)) {
                settle(job);
                if (hasSidecar(id, ArchiveMarks.PIN)) {
                    throw new BackupException(
                            Kind.LOCKED,
                            "The backup " + id + " is pinned, so it was not deleted",
                            "Run ngbak unpin " + id + " first");
                }
                context.retention().prepareDeletion(Set.of(id.text()));
                new ArchiveRemoval(context.repository()).delete(id);
                context.verifications().delete(id.text());
            }
            return null;
        });
    }

    /**
     * Pins an archive: neither retention nor {@link #delete} deletes it until it is unpinned, and retention does not count it.
     * Does nothing if it is pinned already.
     *
     * @throws BackupException {@code NOT_FOUND}; {@code BUSY}
     */
    public void pin(BackupId id) {
        mark(id, ArchiveMarks.PIN, true, "pinning ");
    }

    /** Removes the pin of an archive. Does nothing if it is not pinned. Throws as {@link #pin} does. */
    public void unpin(BackupId id) {
        mark(id, ArchiveMarks.PIN, false, "unpinning ");
    }

    /**
     * Acknowledges that the counts of an archive are right although they are much smaller than before: the loss of data that it
     * shows is none, and retention deletes archives again. Does nothing if it is acknowledged already. Throws as {@link #pin}
     * does.
     */
    public void acknowledge(BackupId id) {
        mark(id, ArchiveMarks.ACKNOWLEDGEMENT, true, "acknowledging ");
    }

    /** Withdraws {@link #acknowledge}. Does nothing if the archive is not acknowledged. Throws as {@link #pin} does. */
    public void unacknowledge(BackupId id) {
        mark(id, ArchiveMarks.ACKNOWLEDGEMENT, false, "no longer acknowledging ");
    }

    private void mark(BackupId id, String sidecar, boolean present, String action) {
        Objects.requireNonNull(id, "id");
        Errors.guarded(Effect.NOTHING_CHANGED, "a mark of an archive was being changed", () -> {
            context.repository().open(id);
            try (RepositoryLock lock = context.lock(action + id)) {
                context.repository().open(id); // Another job may have deleted it meanwhile.
                if (hasSidecar(id, sidecar) == present) {
                    return null;
                }
                if (present) {
                    context.repository().sidecars().write(id, sidecar, new byte[0]);
                } else {
                    context.repository().sidecars().delete(id, sidecar);
                }
                return null;
            }
        });
    }

    private boolean hasSidecar(BackupId id, String name) throws IOException {
        return context.repository().sidecars().all().getOrDefault(id, Set.of()).contains(name);
    }

    /**
     * Returns the loss of data that the newest archive of the configured system and workspace shows, if no user has
     * acknowledged it. Reads only the manifests.
     */
    public Optional<DataLoss> dataLoss() {
        return Errors.guarded(
                "the archives were being listed", () -> context.retention().dataLoss());
    }

    /**
     * Returns which archives of the configured system and workspace {@link #prune} would delete, and why each of the others
     * stays. Changes nothing.
     *
     * @throws BackupException {@code INVALID} if the settings keep every archive
     */
    public RetentionPlan prunePlan() {
        return Errors.guarded("the archives were being listed", () -> {
            PruneTask prune = new PruneTask(context);
            prune.requirePolicy();
            return prune.plan(null);
        });
    }

    /**
     * Deletes the archives that the settings no longer keep, as each backup does at its end. An interrupted restore is settled
     * first, because it may need one of them.
     *
     * @return the ids of the deleted archives
     * @throws BackupException {@code INVALID} if the settings keep every archive; {@code LOCKED} if the newest archive shows a
     *     loss of data that nobody acknowledged; {@code BUSY}, {@code UNREACHABLE} …
     */
    public List<String> prune(Job job) {
        return run(job, Effect.NOTHING_CHANGED, "archives were being deleted", () -> {
            PruneTask prune = new PruneTask(context);
            prune.requirePolicy();
            try (RepositoryLock lock = context.lock("deleting old archives")) {
                settle(job);
                job.begin(Phase.PRUNING);
                RetentionPlan plan = prune.plan(null);
                plan.requireNoLoss();
                List<String> deleted = prune.run(plan, job).deleted();
                job.end();
                return deleted;
            }
        });
    }

    /**
     * Plans a restore: returns what {@link #restore(RestoreRequest)} would change. Verifies the archive and connects to every
     * store. Changes nothing.
     */
    public RestorePlan plan(RestoreRequest request) {
        Objects.requireNonNull(request, "request");
        return plan(request.archive(this), request.options(), request.newJob());
    }

    /** Plans a restore, like {@link #plan(RestoreRequest)}. */
    public RestorePlan plan(ReadableArchive archive, RestoreOptions options, Job job) {
        Objects.requireNonNull(archive, "archive");
        Objects.requireNonNull(options, "options");
        return run(job, Effect.NOTHING_CHANGED, "the restore was being planned", () -> {
            RestorePlan plan = options.target().equals(RestoreTarget.SAME) && !isOfOtherTool(archive)
                    ? preflight(archive, options, job)
                    : planOfAdapted(archive, options, job);
            job.end();
            return plan;
        });
    }

    private boolean isOfOtherTool(ReadableArchive archive) throws IOException {
        try {
            return ArchiveInfo.read(context.keys().withDefault(archive))
                    .manifest()
                    .isOfOtherTool();
        } catch (BackupException e) {
            return false; // The verification reports it, and records the outcome.
        }
    }

    private RestorePlan preflight(ReadableArchive archive, RestoreOptions options, Job job) throws IOException {
        return new RestorePreflight(context, options, context.state()::createPlannedArchive, job)
                .run(archive)
                .plan();
    }

    /** Plans with the lock, because a job that starts meanwhile deletes what is in the state directory. */
    private RestorePlan planOfAdapted(ReadableArchive archive, RestoreOptions options, Job job) throws IOException {
        try (RepositoryLock lock = context.lock("planning a restore")) {
            try {
                return preflight(archive, options, job);
            } finally {
                context.state().deleteAbandoned();
            }
        }
    }

    /**
     * Replaces the stores with an archive of the repository, or with the archive in a file, with the defaults of {@link
     * RestoreRequest}: it refuses if there is any problem, saves the present state in a safety archive first, and proves by
     * content digest that the stores are equal to the archive.
     *
     * @param fileOrId as for {@link #archive(String)}
     * @throws BackupException as {@link #restore(RestoreRequest)}
     */
    public RestoreResult restore(String fileOrId) {
        return restore(RestoreRequest.builder(fileOrId).build());
    }

    /**
     * Replaces the stores with an archive and proves that they are equal to it. Replaces nothing before the archive is
     * verified, every store has passed the preflight, and the present state is saved. A failure or a cancellation after
     * that rolls all stores back. Without a safety archive, nothing is saved, and after a failure the restore can only
     * be finished.
     *
     * @throws BackupException {@code ROLLED_BACK} if all stores contain their previous data; {@code ROLLBACK_FAILED} if they
     *     do not, and {@link #recover} has to be called; with any other kind, nothing was changed
     */
    public RestoreResult restore(RestoreRequest request) {
        Objects.requireNonNull(request, "request");
        return restore(request, request.newJob());
    }

    /**
     * Restores in a new daemon thread.
     *
     * @return a future that fails with the {@link BackupException} of {@link #restore(RestoreRequest)}. Cancelling it cancels
     *     the restore, and returns false if that is too late. The future completes only when the restore has ended: with
     *     {@code ROLLED_BACK} if stores had been replaced
     */
    public CompletableFuture<RestoreResult> restoreAsync(RestoreRequest request) {
        return restoreAsync(request, NEW_THREAD);
    }

    /** Restores in a thread of the executor, like {@link #restoreAsync(RestoreRequest)}. */
    public CompletableFuture<RestoreResult> restoreAsync(RestoreRequest request, Executor executor) {
        Objects.requireNonNull(request, "request");
        Objects.requireNonNull(executor, "executor");
        return JobFuture.start(request.newJob(), executor, job -> restore(request, job));
    }

    private RestoreResult restore(RestoreRequest request, Job job) {
        return restore(request.archive(this), request.options(), request.confirm(), job);
    }

    /**
     * Restores, like {@link #restore(RestoreRequest)}.
     *
     * @param confirm called once with the plan, before anything is changed
     */
    public RestoreResult restore(
            ReadableArchive archive, RestoreOptions options, Predicate<RestorePlan> confirm, Job job) {
        Objects.requireNonNull(archive, "archive");
        Objects.requireNonNull(options, "options");
        Objects.requireNonNull(confirm, "confirm");
        Notifications notifications = new Notifications(context, job);
        return run(job, Effect.NOTHING_CHANGED, "the restore was running", notifications::restoreFailed, () -> {
            RestoreResult result;
            try (RepositoryLock lock = context.lock("a restore of " + archive.name())) {
                settleOrSupersede(archive, options, job);
                result = new RestoreTask(context, archive, options, job).run(confirm);
            }
            notifications.restoreSucceeded(result);
            return result;
        });
    }

    /**
     * Restores an archive of the repository, or the archive in a file, into scratch stores, proves by content digest that they
     * are equal to it, and removes everything again. The live stores are not touched. Keeps evidence of the outcome beside an
     * archive of the repository. docs/DRILL.md says which stores are used.
     *
     * @param fileOrId as for {@link #archive(String)}
     * @throws BackupException {@code CORRUPT} for a damaged archive; {@code INTERNAL} if a store is not equal to the archive;
     *     {@code INVALID}, {@code INCOMPATIBLE}, {@code UNREACHABLE} or {@code NO_SPACE} if the drill could not run
     */
    public DrillResult drill(String fileOrId) {
        return drill(archive(fileOrId), new Job());
    }

    /** Runs a drill, like {@link #drill(String)}. */
    public DrillResult drill(ReadableArchive archive, Job job) {
        Objects.requireNonNull(archive, "archive");
        Notifications notifications = new Notifications(context, job);
        Consumer<BackupException> failed = e -> notifications.drillFailed(archive.name(), e);
        return run(job, Effect.NOTHING_CHANGED, "the drill was running", failed, () -> {
            DrillResult result;
            try (RepositoryLock lock = context.lock("a drill of " + archive.name())) {
                settle(job);
                new DrillCleanup(context, job).settleOrFail();
                result = new DrillTask(context, archive, job).run();
            }
            notifications.drillSucceeded(result);
            return result;
        });
    }

    /**
     * Returns the evidence of a drill: JSON, or Markdown for people.
     *
     * @throws BackupException {@code NOT_FOUND}
     */
    public String drillEvidence(BackupId id, DrillOutcome drill, boolean markdown) {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(drill, "drill");
        String name = drill.evidence() + (markdown ? DrillOutcome.MARKDOWN : DrillOutcome.JSON);
        return Errors.guarded(
                "the evidence of a drill was being read",
                () -> new String(context.repository().sidecars().read(id, name), StandardCharsets.UTF_8));
    }

    /**
     * Settles an interrupted restore: rolls it back, or finishes it if it has no safety archive. Each backup,
     * restore and deletion does that first. Also removes what an interrupted drill left, if that is possible now.
     *
     * @throws BackupException {@code ROLLBACK_FAILED} if that is not possible now, for example because a store cannot be
     *     reached; {@code INCOMPATIBLE} if the settings name other stores than those of that restore
     */
    public RecoveryOutcome recover(Job job) {
        return run(job, Effect.NOTHING_CHANGED, "an interrupted restore was being settled", () -> {
            if (!context.state().exists()) {
                return RecoveryOutcome.NOTHING;
            }
            // Not that of the repository: a rollback to a local safety archive must not need the network.
            try (RepositoryLock lock = context.state().lock("settling an interrupted restore")) {
                context.state().deleteAbandoned();
                RecoveryOutcome recovery = settle(job);
                job.end();
                return recovery;
            }
        });
    }

    /**
     * Returns whether a restore is running now, or was interrupted and is not settled.
     *
     * @return a sentence without a full stop, or {@code null}
     */
    public @Nullable String openRestore() {
        return Errors.guarded("the journal was being read", () -> {
            return RestoreTransaction.pending(context)
                    .filter(PendingRestore::isPartial)
                    .map(pending ->
                            pending.description() + " is not settled: the stores may contain a mix of two states")
                    .orElse(null);
        });
    }

    /** Runs a job. If it fails without stating the effect on the data, the failure gets {@code effect}. */
    private static <T> T run(Job job, Effect effect, String doing, Errors.Call<T> call) {
        return run(job, effect, doing, failure -> {}, call);
    }

    /** @param onFailure called with the failure before the job's listener ends */
    private static <T> T run(
            Job job, Effect effect, String doing, Consumer<BackupException> onFailure, Errors.Call<T> call) {
        Objects.requireNonNull(job, "job").claim();
        try {
            return Errors.guarded(effect, doing, call);
        } catch (BackupException e) {
            job.fail(e);
            onFailure.accept(e);
            throw e;
        } finally {
            job.endListening();
        }
    }

    private RecoveryOutcome settle(Job job) throws IOException {
        RecoveryOutcome outcome = new RestoreRecovery(context, job).run();
        Hooks hooks = context.hooks();
        if (outcome == RecoveryOutcome.COMPLETED) {
            hooks.release("restored", job);
        } else {
            hooks.settle(job);
        }
        if (outcome != RecoveryOutcome.NOTHING) {
            new Notifications(context, job).restoreSettled(outcome);
        }
        new DrillCleanup(context, job).settle();
        return outcome;
    }

    /**
     * Settles an interrupted restore. If that is not possible, the new restore supersedes it, provided that it has no
     * safety archive and replaces all stores that the interrupted one modified: a store that cannot take its previous
     * data may well take the new data.
     */
    private void settleOrSupersede(ReadableArchive archive, RestoreOptions options, Job job) throws IOException {
        try {
            settle(job);
        } catch (BackupException e) {
            Optional<PendingRestore> pending =
                    e.kind() == Kind.ROLLBACK_FAILED ? RestoreTransaction.pending(context) : Optional.empty();
            if (pending.isEmpty() || options.safetyArchive()) {
                throw e;
            }
            Set<Role> replaced = options.roles().isEmpty()
                    ? ArchiveInfo.read(context.keys().withDefault(archive))
                            .manifest()
                            .stores()
                            .keySet()
                    : options.roles();
            if (!replaced.containsAll(pending.get().modified())) {
                throw e;
            }
            job.warn(e.detail() + ". The new restore, which cannot be rolled back, supersedes it.");
        }
    }

    /** Returns the present state of each store, including those that cannot be reached. */
    public List<StoreStatus> stack() {
        return Errors.guarded("the stores were being inspected", () -> StoreStatus.of(stores));
    }

    /**
     * Checks everything that a backup or a restore needs: settings, stores, permissions, space and pending restores.
     * Changes nothing.
     */
    public List<Diagnosis> examine() {
        return examine(EnumSet.allOf(Operation.class));
    }

    /** Checks what these operations need, as {@link #examine()} does for all. */
    public List<Diagnosis> examine(Set<Operation> operations) {
        Objects.requireNonNull(operations, "operations");
        return Errors.guarded(
                "the stores were being inspected", new Doctor(context, operations, this::openRestore)::run);
    }

    /** Closes the repository. There is nothing to close if the archives are in a folder. */
    @Override
    public void close() {
        Errors.guarded("the repository was being closed", () -> {
            context.repository().close();
            return null;
        });
    }

    /** Sets a listener for the steps of restore journals, for tests that stop a process there. */
    void setJournalListener(Consumer<String> listener) {
        context = context.withJournalListener(listener);
    }
}
