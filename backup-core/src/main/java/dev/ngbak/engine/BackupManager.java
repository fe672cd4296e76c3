package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.ArchiveRepository;
import dev.ngbak.repository.RepositoryLock;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Backs up and restores the three stores of one GraphRAG system. This is the API of the engine:
 *
 * <pre>{@code
 * BackupManager manager = new BackupManager(Settings.fromEnvironment());
 * ArchiveInfo backup = manager.create(null, "before re-index", new Job());
 * manager.restore(manager.archive(backup), RestoreOptions.DEFAULT, plan -> true, new Job());
 * }</pre>
 *
 * <p>Thread-safe. Holds nothing open between calls. Of the calls that write, one at a time runs on a repository, across
 * processes; another one fails with {@code BUSY}. Every failure is a {@link BackupException}, except for misuse: {@link
 * NullPointerException} for an argument that must not be {@code null}, and {@link IllegalStateException} for a {@link Job}
 * that was used before.
 */
public final class BackupManager {

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

    /** Returns an archive by its file or its id. A text with a slash in it, or with {@code .ngbak} at its end, is a file. */
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
        return archive(new BackupId(fileOrId));
    }

    /** Returns the archive that this describes. */
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
    public BackupId nextId(String asked) {
        return Errors.guarded(
                "an id was being chosen",
                () -> context.newId(asked, context.clock().instant()));
    }

    /**
     * Backs up all three stores. The archive becomes visible when it is complete, durable and verified. A failure leaves
     * nothing behind. An interrupted restore is settled first.
     *
     * @param id the id to use, or {@code null} for {@code snapshot_} and the time
     * @param note any text for users, or {@code null}
     * @throws BackupException {@code ALREADY_EXISTS}, {@code BUSY}, {@code UNREACHABLE}, {@code NO_SPACE}, {@code SOURCE_CHANGED} …
     */
    public ArchiveInfo create(String id, String note, Job job) {
        return run(job, Effect.NO_ARCHIVE, "the backup was being made", () -> {
            context.newId(id, context.clock().instant());
            try (RepositoryLock lock = context.lock(id == null ? "a backup" : "the backup " + id)) {
                settle(job);
                return new BackupTask(context, job).run(id, note);
            }
        });
    }

    /** Returns all archives, the newest first, including those that cannot be read. Reads only the manifests. */
    public List<ArchiveInfo> list() {
        return Errors.guarded("the archives were being listed", context::list);
    }

    /** Reads the manifest of an archive. Does not check the rest of the archive. */
    public ArchiveInfo inspect(ReadableArchive archive) {
        Objects.requireNonNull(archive, "archive");
        return Errors.guarded("the archive was being read", () -> ArchiveInfo.read(archive));
    }

    /**
     * Reads a whole archive, compares every digest, and decodes every record. Needs no store.
     *
     * @throws BackupException {@code CORRUPT} if the archive does not match its manifest
     */
    public VerificationReport verify(ReadableArchive archive, Job job) {
        Objects.requireNonNull(archive, "archive");
        return run(job, Effect.NOTHING_CHANGED, "the archive was being verified", () -> {
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
            T result = reader.read(new ArchivedRecords(archive, stores, job, job::progress));
            job.end();
            return result;
        });
    }

    /**
     * Deletes an archive. An interrupted restore is settled first, because it may need that archive.
     *
     * @throws BackupException {@code NOT_FOUND}; {@code ROLLBACK_FAILED} if that restore cannot be settled now
     */
    public void delete(BackupId id, Job job) {
        Objects.requireNonNull(id, "id");
        run(job, Effect.NOTHING_CHANGED, "the archive was being deleted", () -> {
            context.repository().open(id);
            try (RepositoryLock lock = context.lock("deleting " + id)) {
                settle(job);
                context.repository().delete(id);
                context.verifications().delete(id.text());
            }
            return null;
        });
    }

    /**
     * Plans a restore: returns what {@link #restore} would change. Verifies the archive and connects to every store.
     * Changes nothing.
     */
    public RestorePlan plan(ReadableArchive archive, RestoreOptions options, Job job) {
        Objects.requireNonNull(archive, "archive");
        Objects.requireNonNull(options, "options");
        return run(job, Effect.NOTHING_CHANGED, "the restore was being planned", () -> {
            RestorePlan plan =
                    new RestorePreflight(context, options, job).run(archive).plan();
            job.end();
            return plan;
        });
    }

    /**
     * Replaces the stores by an archive and proves that they are equal to it. Nothing is replaced before the archive is
     * verified, every store has passed the preflight, and the present state is saved. A failure or a cancellation after that
     * rolls all stores back.
     *
     * @param confirm called once with the plan, before anything is changed
     * @throws BackupException {@code ROLLED_BACK} if all stores contain their previous data; {@code ROLLBACK_FAILED} if they
     *     do not, and {@link #recover} has to be called; with any other kind, nothing was changed
     */
    public RestoreResult restore(
            ReadableArchive archive, RestoreOptions options, Predicate<RestorePlan> confirm, Job job) {
        Objects.requireNonNull(archive, "archive");
        Objects.requireNonNull(options, "options");
        Objects.requireNonNull(confirm, "confirm");
        return run(job, Effect.NOTHING_CHANGED, "the restore was running", () -> {
            try (RepositoryLock lock = context.lock("a restore of " + archive.name())) {
                settleOrSupersede(archive, options, job);
                return new RestoreTask(context, archive, options, job).run(confirm);
            }
        });
    }

    /**
     * Settles an interrupted restore: rolls it back, or finishes it if it has no safety archive. {@link #create}, {@link
     * #restore} and {@link #delete} do that first.
     *
     * @throws BackupException {@code ROLLBACK_FAILED} if that is not possible now, for example because a store cannot be
     *     reached; {@code INCOMPATIBLE} if the settings name other stores than those of that restore
     */
    public RecoveryOutcome recover(Job job) {
        return run(job, Effect.NOTHING_CHANGED, "an interrupted restore was being settled", () -> {
            if (!context.state().exists()) {
                return RecoveryOutcome.NOTHING;
            }
            // Not that of the repository: a roll-back to a local safety archive must not need the network.
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
    public String openRestore() {
        return Errors.guarded("the journal was being read", () -> {
            return RestoreTransaction.pending(context)
                    .filter(PendingRestore::isPartial)
                    .map(pending ->
                            pending.description() + " is not settled: the stores may contain a mix of two states")
                    .orElse(null);
        });
    }

    /** Runs a job. A failure has this effect, unless it says otherwise. */
    private static <T> T run(Job job, Effect effect, String doing, Errors.Call<T> call) {
        Objects.requireNonNull(job, "job").claim();
        try {
            return Errors.guarded(effect, doing, call);
        } catch (BackupException e) {
            job.fail(e);
            throw e;
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
        return outcome;
    }

    /**
     * Settles an interrupted restore. If that is not possible, a restore without a safety archive that replaces all stores
     * concerned supersedes it, because a store that cannot take its previous data may well take the new data.
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
                    ? ArchiveInfo.read(archive).manifest().stores().keySet()
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
        return Errors.guarded("the stores were being inspected", new Doctor(context, this::openRestore)::run);
    }

    /** Sets a listener for the steps of restore journals, for tests that stop a process there. */
    void setJournalListener(Consumer<String> listener) {
        context = context.withJournalListener(listener);
    }
}
