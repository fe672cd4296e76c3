package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveKeys;
import dev.ngbak.archive.ArchiveProtection;
import dev.ngbak.archive.ArchiveWriter;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.EntryStaging;
import dev.ngbak.archive.Manifest.SourceSystem;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.layout.GraphLayout;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.ArchiveMarks;
import dev.ngbak.repository.ArchiveRemoval;
import dev.ngbak.repository.ArchiveRepository;
import dev.ngbak.repository.ArchiveUpload;
import dev.ngbak.repository.Repositories;
import dev.ngbak.repository.RepositoryLock;
import dev.ngbak.repository.Retention;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.repository.VerificationRecords;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The environment that every task of the engine shares.
 *
 * @param keys with which archives are read
 * @param journalListener called before and after each step of a restore journal, for tests
 */
record EngineContext(
        ArchiveRepository repository,
        StateDirectory state,
        ArchiveKeys keys,
        VerificationRecords verifications,
        EngineSettings settings,
        StoreRegistry stores,
        Clock clock,
        Consumer<String> journalListener) {

    static EngineContext of(StoreRegistry stores, Clock clock) {
        StateDirectory state = StateDirectory.of(stores.settings());
        return new EngineContext(
                Repositories.open(stores.settings(), state),
                state,
                state.keys(stores.settings()),
                new VerificationRecords(state, clock),
                EngineSettings.from(stores.settings()),
                stores,
                clock,
                step -> {});
    }

    EngineContext withJournalListener(Consumer<String> listener) {
        return new EngineContext(repository, state, keys, verifications, settings, stores, clock, listener);
    }

    /** Returns the same environment with another repository. */
    EngineContext with(Repositories.WithState other) {
        return new EngineContext(
                other.repository(),
                other.state(),
                keys,
                new VerificationRecords(other.state(), clock),
                settings,
                stores,
                clock,
                journalListener);
    }

    /** Takes the lock of the repository, and deletes the files that killed processes left. */
    RepositoryLock lock(String owner) throws IOException {
        RepositoryLock lock = repository.lock(owner);
        try {
            state.deleteAbandoned();
            verifications.deleteMissing(repository);
            new ArchiveRemoval(repository).finish();
            state.safetyIdentities().deleteMissing(repository);
            return lock;
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** Returns all archives with their marks. */
    List<ArchiveInfo> list() throws IOException {
        return addMarks(repository.list());
    }

    /** Returns archives of the repository with their marks. */
    List<ArchiveInfo> addMarks(List<ArchiveInfo> archives) throws IOException {
        return ArchiveMarks.addTo(archives, repository.sidecars(), verifications);
    }

    /** Returns the retention of the archives of this system and workspace. */
    Retention retention() {
        return new Retention(repository, verifications, sourceSystem());
    }

    /** Returns an archive by its {@link ReadableArchive#location}. */
    ReadableArchive archiveAt(String location) {
        return keys.with(Repositories.archiveAt(location, stores.settings(), state));
    }

    /**
     * Returns an archive that a restore of this installation used or made, whoever signed it: a rollback must not fail because
     * this installation has no key to sign its safety archives.
     */
    ReadableArchive ownArchiveAt(String location) {
        return keys.acceptingAnySignature().with(archiveAt(location));
    }

    /** Returns the same environment with the stores of another workspace. */
    EngineContext withWorkspace(String workspace) {
        return with(stores.withWorkspace(workspace));
    }

    /** Returns the same environment with other stores. */
    EngineContext with(StoreRegistry others) {
        return new EngineContext(repository, state, keys, verifications, settings, others, clock, journalListener);
    }

    /**
     * Returns the id of a new backup.
     *
     * @param asked the id to use, or {@code null} for the default, which gets a number if it is in use
     * @throws BackupException {@code INVALID} or {@code ALREADY_EXISTS} for an id that cannot be used
     */
    BackupId newId(String asked, Instant time) throws IOException {
        if (asked == null) {
            return numbered(BackupId.at(time));
        }
        BackupId id = new BackupId(asked);
        if (repository.contains(id)) {
            throw new BackupException(
                    Kind.ALREADY_EXISTS,
                    "The backup " + id + " already exists",
                    "Choose another id, or delete that backup");
        }
        return id;
    }

    /** Returns the id of a new safety archive. */
    BackupId newSafetyId(Instant time) throws IOException {
        return numbered(safetyId(time));
    }

    private static BackupId safetyId(Instant time) {
        return new BackupId(BackupId.at(time).text().replaceFirst("^snapshot_", Retention.SAFETY_PREFIX));
    }

    /** Returns whether the local disk needs room for a backup, or for a safety archive, while it is being made. */
    boolean needsLocalSpace(Operation operation) {
        Instant now = clock.instant();
        return settings.protection().encrypts()
                || repository.needsLocalSpace(operation == Operation.BACKUP ? BackupId.at(now) : safetyId(now));
    }

    private BackupId numbered(BackupId first) throws IOException {
        BackupId id = first;
        for (int n = 2; repository.contains(id); n++) {
            id = new BackupId(first + "-" + n);
        }
        return id;
    }

    /** Verifies an archive and records the outcome, if it is an archive of the repository. */
    VerifiedArchive verify(ReadableArchive keyless, Job job) throws IOException {
        ReadableArchive archive = keys.withDefault(keyless);
        Optional<BackupId> id = repository.idOf(archive);
        try {
            VerifiedArchive verified = ArchiveVerifier.run(archive, stores, job);
            if (id.isEmpty()) {
                return verified.with(verifications.outcome(null));
            }
            keys.requireName(archive, id.get(), verified.manifest().backupId());
            return verified.with(
                    verifications.putGood(id.get(), archive, verified.report().archive()));
        } catch (BackupException e) {
            if (e.kind() == Kind.CORRUPT && id.isPresent() && !ArchiveKeys.isReasonOf(e)) {
                verifications.put(id.get(), archive, e.problem());
            }
            throw e;
        }
    }

    /** Returns the writer of a new archive. Its entries wait on the local disk if the archive is encrypted as a whole. */
    ArchiveWriter newWriter(ArchiveUpload upload, ArchiveProtection protection) throws IOException {
        EntryStaging staging = protection.encrypts() ? upload.localStaging() : upload.staging();
        return new ArchiveWriter(staging, settings.compression());
    }

    /** Returns the system and workspace that the settings select. */
    SourceSystem sourceSystem() {
        GraphLayout layout = stores.layout();
        return new SourceSystem(
                layout.name(),
                settings.systemVersion(),
                layout.workspace(stores.settings()).orElse(null));
    }

    /** Returns the hooks that pause and resume writers. */
    Hooks hooks() {
        return new Hooks(settings, state.path());
    }

    /** Returns the copy of the configuration for a new archive, without secrets. */
    String configCopy() throws IOException {
        return ConfigCopy.of(stores.settings(), stores.settingSpecs(), settings.configFile());
    }
}
