package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveIndex;
import dev.ngbak.archive.ArchiveWriter;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Compression;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.Manifest.Consistency;
import dev.ngbak.archive.Manifest.Grade;
import dev.ngbak.archive.ManifestEntry;
import dev.ngbak.layout.Statistics;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.RecordDigester;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * One backup: preflight, pause, export, resume, assemble, verify, publish, retain. The folder's lock is held around it. The
 * safety archive of a restore is one too, of the stores to be replaced and in whatever state they are.
 */
final class BackupTask {

    private final ArchiveFolder folder;
    private final EngineSettings settings;
    private final StoreRegistry stores;
    private final Clock clock;
    private final Hooks hooks;
    private final Job job;
    private final Set<Role> roles;
    private final boolean safety;
    private final Set<Role> salvaged = ConcurrentHashMap.newKeySet();

    private BackupTask(
            ArchiveFolder folder,
            EngineSettings settings,
            StoreRegistry stores,
            Clock clock,
            Job job,
            Set<Role> roles) {
        this.folder = folder;
        this.settings = settings;
        this.stores = stores;
        this.clock = clock;
        this.hooks = new Hooks(settings, folder.work());
        this.job = job;
        this.safety = roles != null;
        this.roles = safety ? roles : EnumSet.allOf(Role.class);
    }

    /** A backup of all stores. */
    BackupTask(ArchiveFolder folder, EngineSettings settings, StoreRegistry stores, Clock clock, Job job) {
        this(folder, settings, stores, clock, job, null);
    }

    /** A safety archive of some stores. */
    static BackupTask safety(
            ArchiveFolder folder,
            EngineSettings settings,
            StoreRegistry stores,
            Clock clock,
            Job job,
            Set<Role> roles) {
        return new BackupTask(folder, settings, stores, clock, job, roles);
    }

    /** What one attempt brought together. */
    private record Captured(
            Map<Role, Manifest.Store> stores, Consistency consistency, Map<Role, ChangeMarker> markers) {}

    /**
     * The state before a restore.
     *
     * @param listed whether it is an archive like any other; one that holds nothing lies in the work folder
     * @param markers where each store stood when it was saved
     */
    record Saved(Path file, Manifest manifest, boolean listed, Map<Role, ChangeMarker> markers) {}

    Saved save(String configJson) throws IOException {
        Instant started = clock.instant();
        BackupId id = folder.nextSafetyId(started);
        Path staging = folder.newStaging();
        try (ArchiveWriter writer = new ArchiveWriter(staging, settings.compression())) {
            Captured captured = capture(writer);
            writer.putConfig(configJson);
            String note = "What was there before a restore";
            Manifest manifest = manifest(id, started, note, captured, writer.files());
            begin("writing");
            Path assembled = assemble(writer, manifest, staging);
            begin("verifying");
            verify(assembled);
            job.checkCancelled();
            boolean listed = captured.stores().values().stream().anyMatch(store -> !isEmpty(store.summary()));
            Path target = listed ? folder.file(id) : folder.emptySafetyArchive();
            publish(assembled, target);
            if (listed) {
                folder.verifications().put(target, true, null);
            }
            job.info(
                    listed
                            ? "What is there now is saved in " + id.fileName() + ", "
                                    + Sizes.of(ArchiveFolder.inspect(target).size()) + ", and read back."
                            : "There is nothing yet in the stores to be replaced: the way back is to empty them.");
            return new Saved(target, manifest, listed, captured.markers());
        }
    }

    private static Path assemble(ArchiveWriter writer, Manifest manifest, Path staging) throws IOException {
        Path file = Files.createTempFile(staging, "archive", ".part");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            writer.assemble(manifest, channel);
            channel.force(true);
        }
        return file;
    }

    private static void publish(Path assembled, Path target) throws IOException {
        Files.move(assembled, target, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel parent = FileChannel.open(target.toAbsolutePath().getParent())) {
            parent.force(true);
        }
    }

    private static boolean isEmpty(StoreSummary summary) {
        return summary.records() == 0 && new ContentDigest().text().equals(summary.contentDigest());
    }

    private void begin(String phase) {
        job.begin(safety ? "saving the present state: " + phase : phase);
    }

    ArchiveInfo run(String askedId, String note, String configJson) throws IOException {
        Instant started = clock.instant();
        BackupId id = folder.free(askedId, started);
        Path staging = folder.newStaging();
        try (ArchiveWriter writer = new ArchiveWriter(staging, settings.compression())) {
            Captured captured = capture(writer);
            writer.putConfig(configJson);
            Manifest manifest = manifest(id, started, note, captured, writer.files());

            begin("writing");
            Path assembled = assemble(writer, manifest, staging);
            begin("verifying");
            boolean decoded = verify(assembled);
            job.commit();
            Path target = folder.file(folder.free(id.text(), started));
            publish(assembled, target);
            Verification verified = folder.verifications().put(target, true, null);
            ArchiveInfo info = ArchiveFolder.inspect(target).with(verified);
            job.info("Wrote " + id.fileName() + ", " + Sizes.of(info.size())
                    + ", and read it back: every digest "
                    + (decoded ? "and every record is right." : "is right, and every record that can be decoded."));
            warnOfShrinking(info);
            retain(info);
            job.end();
            return info;
        }
    }

    private Captured capture(ArchiveWriter writer) throws IOException {
        boolean held = false;
        try {
            for (int attempt = 0; ; attempt++) {
                begin("preflight");
                Map<Role, ExportSession> sessions = stores.openExports(roles, job);
                try {
                    if (attempt == 0 && !safety) {
                        checkScopes(sessions);
                        checkSpace(sessions);
                        held = hooks.pause(job);
                    }
                    Captured captured = attempt(writer, sessions, held, attempt < settings.retries());
                    if (captured != null) {
                        return captured;
                    }
                    writer.clear();
                } finally {
                    StoreRegistry.close(sessions.values());
                }
            }
        } finally {
            if (held) {
                hooks.release("resume", job);
            }
        }
    }

    /** @return {@code null} when a store changed meanwhile and there is a try left */
    private Captured attempt(ArchiveWriter writer, Map<Role, ExportSession> sessions, boolean held, boolean again)
            throws IOException {
        Map<Role, ChangeMarker> before = markers(sessions);
        begin("exporting");
        salvaged.clear();
        Map<Role, StoreSummary> summaries;
        try {
            summaries = new ParallelExport(job).export(sessions, (role, session) -> export(role, session, writer));
        } catch (BackupException e) {
            // What is caught half-written looks broken or gone; when something changed, that is the likelier reason.
            boolean caught = e.kind() == Kind.INCOMPATIBLE || e.kind() == Kind.UNREACHABLE;
            if (again && caught && anyChanged(before)) {
                job.warn(
                        "A store could not be read while it was being written to (" + e.problem() + "). Trying again.");
                return null;
            }
            throw e;
        }
        Map<Role, Comparison> changes = new EnumMap<>(Role.class);
        Map<Role, ChangeMarker> after = markers(sessions);
        before.forEach((role, marker) -> changes.put(role, marker.until(after.get(role))));
        String changed = named(changes, Comparison.CHANGED);
        if (!changed.isEmpty() && again) {
            job.warn("Something was written to " + changed + " during the backup. Trying again.");
            return null;
        }
        Grade grade = changes.values().stream().allMatch(change -> change == Comparison.UNCHANGED)
                ? (held ? Grade.FENCED : Grade.QUIESCENT)
                : Grade.FUZZY;
        if (grade == Grade.FUZZY) {
            reportFuzzy(changed, named(changes, Comparison.UNKNOWN));
        }
        Map<Role, Manifest.Store> archived = new EnumMap<>(Role.class);
        for (Role role : sessions.keySet()) {
            StoreSummary summary = summaries.get(role);
            ExportSession session = sessions.get(role);
            StoreInfo info = Errors.inStore(role, "the " + role.id() + " store was being looked at", () -> {
                if (!salvaged.contains(role)) {
                    checkNotLost(role, summary, session, changes.get(role));
                }
                return session.info();
            });
            summary.warnings().forEach(job::warn);
            String backend = stores.backend(role);
            archived.put(
                    role,
                    new Manifest.Store(
                            backend, forManifest(info, salvaged.contains(role)), summary, writer.names(role, backend)));
        }
        warnOfIncompleteSystem(archived);
        return new Captured(archived, new Consistency(grade, changes), after);
    }

    private void warnOfIncompleteSystem(Map<Role, Manifest.Store> archived) {
        if (safety) {
            return;
        }
        Map<Role, StoreCounts> known = new EnumMap<>(Role.class);
        archived.forEach((role, store) -> {
            StoreSummary summary = store.summary();
            if (summary.records() >= 0 || !summary.counts().counts().isEmpty()) {
                known.put(role, summary.counts());
            }
        });
        stores.layout().warnings(known).forEach(job::warn);
    }

    private StoreSummary export(Role role, ExportSession session, ArchiveWriter writer) throws IOException {
        String backend = stores.backend(role);
        Progress progress = job.progress(role);
        try {
            RecordDigester records = RecordDigester.digesting();
            session.export(writer.sink(role, backend), records, progress);
            return records.summary();
        } catch (BackupException e) {
            if (!safety || e.kind() == Kind.UNREACHABLE) {
                throw e;
            }
            writer.clear(role, backend);
            try (ExportSession again = stores.openExport(role)) {
                job.onCancel(again::abort);
                RecordDigester warnings = RecordDigester.counting();
                again.exportRaw(writer.sink(role, backend), warnings, progress);
                if (!writer.names(role, backend).isEmpty()) {
                    // A manifest without files and without a number of records is refused, so that one states zero.
                    warnings.markOpaque(StoreCounts.NONE);
                }
                salvaged.add(role);
                job.warn("The present state of " + role.id() + " is broken (" + e.problem()
                        + ") and is saved without decoding it.");
                return warnings.summary();
            } catch (BackupException cannot) {
                throw new BackupException(
                        e.kind(),
                        e.problem() + ", so the restore could not be rolled back. " + cannot.problem(),
                        cannot.remedy(),
                        e);
            }
        }
    }

    private void reportFuzzy(String changed, String unknown) {
        String what = changed.isEmpty()
                ? "Nobody can tell whether " + unknown + " changed during the backup"
                : "Something was written to " + changed + " during the backup";
        if (safety) {
            job.warn(what + " while its present state was saved, so the way back may lead to a slightly different"
                    + " moment. Stop whatever writes to it during a restore.");
            return;
        }
        if (settings.requireQuiescent()) {
            throw new BackupException(
                    Kind.SOURCE_CHANGED,
                    what + ", and BACKUP_REQUIRE_QUIESCENT is true",
                    "Pause ingestion, or set BACKUP_PAUSE_HOOK and BACKUP_RESUME_HOOK so that this program does");
        }
        job.warn(what + ": the archive's parts may be of slightly different moments (consistency: fuzzy).");
    }

    private static void checkNotLost(Role role, StoreSummary summary, ExportSession session, Comparison change)
            throws IOException {
        if (summary.records() == 0 && change == Comparison.UNCHANGED) {
            long now = session.counts().counts().values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            if (now > 0) {
                throw new BackupException(
                        Kind.INTERNAL,
                        "The " + role.id() + " store contains " + now + " records, but none was exported",
                        "This is a defect of the plugin; please report it");
            }
        }
    }

    private static Map<Role, ChangeMarker> markers(Map<Role, ExportSession> sessions) {
        Map<Role, ChangeMarker> markers = new EnumMap<>(Role.class);
        for (var session : sessions.entrySet()) {
            Role role = session.getKey();
            markers.put(
                    role,
                    Errors.inStore(
                            role, "the " + role.id() + " store was being looked at", session.getValue()::marker));
        }
        return markers;
    }

    /** Asks new sessions: those that exported have been told to stop, and what they answer now means nothing. */
    private boolean anyChanged(Map<Role, ChangeMarker> before) {
        for (var marker : before.entrySet()) {
            Role role = marker.getKey();
            try (ExportSession session = stores.openExport(role)) {
                job.onCancel(session::abort);
                if (marker.getValue().until(session.marker()) == Comparison.CHANGED) {
                    return true;
                }
            } catch (IOException | RuntimeException e) {
                continue; // the store is gone, so it cannot tell; the failure that led here is reported
            }
        }
        return false;
    }

    private static String named(Map<Role, Comparison> changes, Comparison wanted) {
        List<String> roles = changes.entrySet().stream()
                .filter(change -> change.getValue() == wanted)
                .map(change -> change.getKey().id())
                .toList();
        return String.join(" and ", roles);
    }

    private void checkScopes(Map<Role, ExportSession> sessions) throws IOException {
        List<BackupException> problems = new ArrayList<>();
        for (ExportSession session : sessions.values()) {
            session.scopeProblem().ifPresent(problems::add);
        }
        if (!problems.isEmpty()) {
            throw StoreRegistry.joined(problems);
        }
        for (ExportSession session : sessions.values()) {
            session.outsideScope().forEach(job::warn);
        }
    }

    private void checkSpace(Map<Role, ExportSession> sessions) throws IOException {
        long raw = 0;
        for (ExportSession session : sessions.values()) {
            raw += Math.max(0, session.info().bytes());
        }
        long free = folder.freeSpace();
        BackupException lack = lack(raw, free, settings.compression(), "backup");
        if (lack != null) {
            throw lack;
        }
        if (free < raw) {
            job.warn("The stores hold up to " + Sizes.of(raw) + ", and " + Sizes.of(free)
                    + " are free where BACKUP_DIR is: it fits only if it compresses well.");
        }
    }

    /**
     * At its peak a backup needs little more than the compressed archive. How well the data compresses is
     * not known before, so only what surely cannot fit stops it.
     */
    static BackupException lack(long raw, long free, Compression compression, String what) {
        long least =
                switch (compression) {
                    case NONE -> raw;
                    case GZIP, ZSTD -> raw / 50;
                };
        if (free >= least) {
            return null;
        }
        return new BackupException(
                Kind.NO_SPACE,
                "The " + what + " needs at least " + Sizes.of(least) + " where BACKUP_DIR is, and " + Sizes.of(free)
                        + " are free",
                "Free some space, or set BACKUP_DIR to a larger disk");
    }

    private Manifest manifest(BackupId id, Instant started, String note, Captured captured, List<ManifestEntry> files) {
        Map<Role, StoreCounts> counts = new EnumMap<>(Role.class);
        captured.stores()
                .forEach((role, store) -> counts.put(role, store.summary().counts()));
        return new Manifest(
                id,
                started.truncatedTo(ChronoUnit.SECONDS),
                "ngbak " + Version.text(),
                settings.nanoGraphragVersion(),
                note,
                stores.layout().statistics(counts),
                captured.stores(),
                captured.consistency(),
                Math.max(0, Duration.between(started, clock.instant()).toMillis()),
                files,
                Manifest.checksumOf(files));
    }

    /** A manifest does not keep how large an export may become. */
    private static StoreInfo forManifest(StoreInfo info, boolean raw) {
        return new StoreInfo(info.product(), info.version(), raw ? ExportSession.RAW : info.form(), info.scope(), -1);
    }

    /** @return whether all stores' records could be decoded */
    private boolean verify(Path assembled) throws IOException {
        try {
            VerificationReport report = ArchiveVerifier.run(assembled, new ArchiveIndex(), stores, job);
            report.warnings().stream()
                    .filter(warning -> !warning.equals(report.archive().idWarning()))
                    .forEach(job::info);
            return report.decoded()
                    .containsAll(report.archive().manifest().stores().keySet());
        } catch (CancellationException e) {
            throw e;
        } catch (BackupException e) {
            throw new BackupException(
                    Kind.INTERNAL,
                    "The archive that was just written is not right, so it was thrown away: " + e.problem(),
                    "Check the disk where BACKUP_DIR is; if it is sound, this is a defect: please report it",
                    e);
        }
    }

    /** A system that lost most of its data is backed up without complaint, so the counts are compared. */
    private void warnOfShrinking(ArchiveInfo made) throws IOException {
        ArchiveInfo before = folder.newestBefore(
                BackupId.ofFileName(made.file().getFileName().toString()));
        if (before == null) {
            return;
        }
        Map<String, Long> then = before.manifest().statistics();
        Map<String, Long> now = made.manifest().statistics();
        List<String> shrunk = Statistics.shrunk(then, now);
        if (!shrunk.isEmpty()) {
            job.warn(
                    "This backup has less than half of what " + before.id() + " has: "
                            + shrunk.stream()
                                    .map(name -> name + " " + then.get(name) + " before, " + now.getOrDefault(name, 0L)
                                            + " now")
                                    .collect(Collectors.joining("; "))
                            + ". If you did not remove that much, check the stores and the settings before you rely on this backup.");
        }
    }

    /** The backup is made, so an old one that cannot be deleted is no reason to call it failed. */
    private void retain(ArchiveInfo made) {
        if (settings.retention() == 0) {
            return;
        }
        try {
            ArchiveFolder.Retained retained = folder.retain(settings.retention(), made);
            for (String deleted : retained.deleted()) {
                job.info("Deleted the old backup " + deleted + ": BACKUP_RETENTION is " + settings.retention() + ".");
            }
            if (retained.spared() != null) {
                job.warn("Kept the old backup " + retained.spared() + " beyond BACKUP_RETENTION="
                        + settings.retention() + ": it has more than twice as much as the new one, and no newer backup"
                        + " has. Delete it with ngbak delete " + retained.spared() + " once you are sure that the new"
                        + " state is right.");
            }
        } catch (IOException | BackupException e) {
            job.warn("Old backups could not be deleted, as BACKUP_RETENTION asks: "
                    + Errors.explain(e, "deleting them").problem() + ".");
        }
    }
}
