package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveIndex;
import dev.ngbak.archive.BackupId;
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
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Backs up and restores the three stores of one GraphRAG system. The whole engine to its users:
 *
 * <pre>{@code
 * BackupManager manager = new BackupManager(Settings.fromEnvironment());
 * ArchiveInfo backup = manager.create(null, "before re-index", new Job());
 * manager.restore(backup.file(), RestoreOptions.DEFAULT, plan -> true, new Job());
 * }</pre>
 *
 * <p>It holds nothing open between calls, so there is nothing to close, and it may be used by several threads; of the
 * calls that write, one at a time runs on an archive folder, across processes, and another is refused as {@code BUSY}.
 * Every failure is a {@link BackupException}. A mistake of the caller is not: {@link NullPointerException} for an argument
 * that must not be {@code null}, which are all but those documented otherwise, and {@link IllegalStateException} for a
 * {@link Job} that was used before.
 */
public final class BackupManager {

    private final EngineSettings engine;
    private final ArchiveFolder folder;
    private final StoreRegistry stores;
    private final Clock clock;
    private Consumer<String> watcher = step -> {};

    /**
     * With the plugins on the class path.
     *
     * @throws BackupException {@code INVALID} for a setting that cannot be used
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

    /** With the plugins and the clock given. */
    public BackupManager(
            Settings settings,
            Collection<? extends StorageExporter> exporters,
            Collection<? extends StorageRestorer> restorers,
            Clock clock) {
        this.engine = EngineSettings.from(Objects.requireNonNull(settings, "settings"));
        this.clock = Objects.requireNonNull(clock, "clock");
        this.folder = new ArchiveFolder(engine.folder(), clock);
        this.stores = new StoreRegistry(
                settings,
                List.copyOf(Objects.requireNonNull(exporters, "exporters")),
                List.copyOf(Objects.requireNonNull(restorers, "restorers")));
        stores.check();
    }

    /** A file or an id, as people name an archive: with a slash in it or {@code .ngbak} at its end it is a file. */
    public Path archive(String fileOrId) {
        Objects.requireNonNull(fileOrId, "fileOrId");
        if (fileOrId.contains("/") || fileOrId.endsWith(BackupId.SUFFIX)) {
            try {
                Path file = Path.of(fileOrId);
                if (Files.isRegularFile(file)) {
                    return file;
                }
                if (Files.exists(file)) {
                    throw new BackupException(
                            Kind.INVALID, fileOrId + " is not a file", "Name an archive's file, or a backup id");
                }
            } catch (InvalidPathException e) {
                // no file has such a name
            }
            throw new BackupException(Kind.NOT_FOUND, "There is no file " + fileOrId, "Check the path");
        }
        return archive(new BackupId(fileOrId));
    }

    /** The file of an archive of this folder, by its id alone. */
    public Path archive(BackupId id) {
        Objects.requireNonNull(id, "id");
        return Errors.guarded("the archive was being looked for", () -> folder.existing(id));
    }

    /** Where the archives are: {@code BACKUP_DIR}. All that is not an archive lies in {@link #workFolder}. */
    public Path folder() {
        return engine.folder();
    }

    /** The folder in {@code BACKUP_DIR} of all that is not an archive; it may not exist yet. */
    public Path workFolder() {
        return folder.work();
    }

    /**
     * The id that a backup would get now, so that it can be told before the backup has begun.
     *
     * @param asked or {@code null} for {@code snapshot_} and the time
     * @throws BackupException {@code INVALID} or {@code ALREADY_EXISTS} for an id that cannot be used
     */
    public BackupId nextId(String asked) {
        return folder.free(asked, clock.instant());
    }

    /**
     * Makes a backup of all three stores. The archive appears under its name once it is whole, forced to the disk and read
     * back; when anything fails, no trace of it is left.
     *
     * @param id or {@code null} for {@code snapshot_} and the time
     * @param note any text for people, or {@code null}
     * <p>A restore that was interrupted is settled first.
     *
     * @throws BackupException {@code ALREADY_EXISTS}, {@code BUSY}, {@code UNREACHABLE}, {@code NO_SPACE}, {@code SOURCE_CHANGED} …
     */
    public ArchiveInfo create(String id, String note, Job job) {
        return run(job, Effect.NO_ARCHIVE, "the backup was being made", () -> {
            if (id != null && Files.exists(folder.file(new BackupId(id)))) {
                folder.free(id, clock.instant());
            }
            String config = ConfigCopy.of(stores.settings(), stores.settingSpecs(), engine.configFile());
            try (RepositoryLock lock = folder.lock(id == null ? "a backup" : "the backup " + id)) {
                settle(job);
                return new BackupTask(folder, engine, stores, clock, job).run(id, note, config);
            }
        });
    }

    /** All archives of the folder, newest first; those that cannot be read too. Reads only the beginning of each. */
    public List<ArchiveInfo> list() {
        return Errors.guarded("the archives were being listed", folder::list);
    }

    /** What an archive says of itself; only its manifest is checked. */
    public ArchiveInfo inspect(Path archive) {
        Objects.requireNonNull(archive, "archive");
        return Errors.guarded("the archive was being read", () -> ArchiveFolder.inspect(archive));
    }

    /**
     * Reads an archive whole: every digest is compared, every record decoded and counted. Needs no store.
     *
     * @throws BackupException {@code CORRUPT} when it is not what its manifest says
     */
    public VerificationReport verify(Path archive, Job job) {
        Objects.requireNonNull(archive, "archive");
        return run(job, Effect.NOTHING_CHANGED, "the archive was being verified", () -> {
            job.begin("verifying");
            VerificationReport report = folder.verifications()
                    .keep(archive, () -> ArchiveVerifier.run(archive, new ArchiveIndex(), stores, job));
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
                job.begin("checking");
                T result = reader.read(records);
                job.end();
                return result;
            }
        });
    }

    /**
     * Hands the records in an archive to the reader, as far as they can be decoded without their servers.
     *
     * @throws BackupException {@code CORRUPT} if the archive is not what its manifest says
     */
    public <T> T readArchive(Path archive, SystemRecords.Reader<T> reader, Job job) {
        Objects.requireNonNull(archive, "archive");
        Objects.requireNonNull(reader, "reader");
        return run(job, Effect.NOTHING_CHANGED, "the archive was being read", () -> {
            job.begin("checking");
            T result = reader.read(new ArchivedRecords(archive, new ArchiveIndex(), stores, job, job::progress));
            job.end();
            return result;
        });
    }

    /**
     * Deletes an archive for good. A restore that was interrupted is settled first, since it may need that archive.
     *
     * @throws BackupException {@code NOT_FOUND}; {@code ROLLBACK_FAILED} when that restore cannot be settled now
     */
    public void delete(BackupId id, Job job) {
        Objects.requireNonNull(id, "id");
        run(job, Effect.NOTHING_CHANGED, "the archive was being deleted", () -> {
            folder.existing(id);
            try (RepositoryLock lock = folder.lock("deleting " + id)) {
                settle(job);
                folder.delete(id);
            }
            return null;
        });
    }

    /** What {@link #restore} would do. Reads the whole archive and looks at every store; changes nothing. */
    public RestorePlan plan(Path archive, RestoreOptions options, Job job) {
        Objects.requireNonNull(archive, "archive");
        Objects.requireNonNull(options, "options");
        return run(job, Effect.NOTHING_CHANGED, "the restore was being planned", () -> {
            RestorePlan plan = restoreRun(archive, options, job).plan();
            job.end();
            return plan;
        });
    }

    /**
     * Makes the stores equal to an archive, and proves it. Nothing is replaced before the whole archive was checked, every
     * store said that it can be done, and what is there was saved. When anything fails after that, or the job is cancelled,
     * what was there is put back and proved.
     *
     * @param confirm asked once with the plan, before anything is changed
     * @throws BackupException {@code ROLLED_BACK} when it failed or was cancelled, and all stores are as before;
     *     {@code ROLLBACK_FAILED} when they are not, and {@link #recover} is to be called; of any other kind: nothing was
     *     changed
     */
    public RestoreResult restore(Path archive, RestoreOptions options, Predicate<RestorePlan> confirm, Job job) {
        Objects.requireNonNull(archive, "archive");
        Objects.requireNonNull(options, "options");
        Objects.requireNonNull(confirm, "confirm");
        return run(job, Effect.NOTHING_CHANGED, "the restore was running", () -> {
            try (RepositoryLock lock = folder.lock("a restore of " + archive.getFileName())) {
                settleOrSupersede(archive, options, job);
                return restoreRun(archive, options, job).run(confirm);
            }
        });
    }

    /**
     * Settles a restore that was interrupted: puts the old state back, or finishes the restore where the old state was not
     * saved. {@link #create}, {@link #restore} and {@link #delete} do it first by themselves.
     *
     * @throws BackupException {@code ROLLBACK_FAILED} when it cannot be done now, since a store is not reachable or full: it
     *     may be called again; {@code INCOMPATIBLE} when the settings name other stores than those of that restore
     */
    public RecoveryOutcome recover(Job job) {
        return run(job, Effect.NOTHING_CHANGED, "an interrupted restore was being settled", () -> {
            if (!Files.exists(folder.work())) {
                return RecoveryOutcome.NOTHING;
            }
            try (RepositoryLock lock = folder.lock("settling an interrupted restore")) {
                RecoveryOutcome recovery = settle(job);
                job.end();
                return recovery;
            }
        });
    }

    /**
     * Whether a restore is open on this archive folder: running now, or interrupted and waiting to be settled.
     *
     * @return what to tell people, or {@code null} when none is
     */
    public String openRestore() {
        return Errors.guarded("the journal was being read", () -> {
            RestoreJournal.Open open = Files.isDirectory(folder.work()) ? RestoreJournal.read(folder.work()) : null;
            return open == null || !open.isPartial()
                    ? null
                    : "The restore of " + open.intent().archive().getFileName() + ", begun at "
                            + Sizes.time(open.intent().at())
                            + " UTC, is not settled: the data may be a mix of two states";
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
        RecoveryOutcome recovery = new RestoreRecovery(folder, stores, job).settle(watcher);
        Hooks hooks = new Hooks(engine, folder.work());
        if (recovery == RecoveryOutcome.COMPLETED) {
            hooks.release("restored", job);
        } else {
            hooks.settle(job);
        }
        return recovery;
    }

    /**
     * A restore without a way back over all that an interrupted one had touched takes its place where that cannot be
     * settled: else a store that will never take the old state back would keep out the new one too.
     */
    private void settleOrSupersede(Path archive, RestoreOptions options, Job job) throws IOException {
        try {
            settle(job);
        } catch (BackupException e) {
            RestoreJournal.Open open = e.kind() == Kind.ROLLBACK_FAILED ? RestoreJournal.read(folder.work()) : null;
            if (open == null || options.safetyArchive()) {
                throw e;
            }
            Set<Role> replaced = options.roles().isEmpty()
                    ? ArchiveFolder.inspect(archive).manifest().stores().keySet()
                    : options.roles();
            if (!replaced.containsAll(open.modified())) {
                throw e;
            }
            job.warn(e.detail() + ". The new restore, which cannot be rolled back, supersedes it.");
        }
    }

    /** What each store is and holds now, and why it cannot be reached where that is so. Looks at all at the same time. */
    public List<StoreStatus> stack() {
        return Errors.guarded("the stores were being looked at", () -> StoreStatus.of(stores));
    }

    /** Looks at an open restore, settings, stores, rights and space, and says what would fail. Changes nothing. */
    public List<Diagnosis> examine() {
        return Errors.guarded(
                "the stores were being looked at", new Doctor(engine, folder, stores, this::openRestore)::run);
    }

    /** For tests that want to die at a step of the journal. */
    void watchJournal(Consumer<String> steps) {
        watcher = steps;
    }

    private RestoreTask restoreRun(Path archive, RestoreOptions options, Job job) {
        return new RestoreTask(archive, options, folder, engine, stores, clock, watcher, job);
    }
}
