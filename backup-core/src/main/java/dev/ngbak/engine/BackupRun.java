package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveWriter;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.FileRecord;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.Manifest.Consistency;
import dev.ngbak.archive.Manifest.Grade;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;

/** One backup: preflight, pause, export, resume, assemble, verify, publish, retain. The folder's lock is held around it. */
final class BackupRun {

    private final ArchiveFolder folder;
    private final EngineSettings settings;
    private final Stores stores;
    private final Clock clock;
    private final Hooks hooks;
    private final Job job;

    BackupRun(ArchiveFolder folder, EngineSettings settings, Stores stores, Clock clock, Job job) {
        this.folder = folder;
        this.settings = settings;
        this.stores = stores;
        this.clock = clock;
        this.hooks = new Hooks(settings, folder.work());
        this.job = job;
    }

    /** What one attempt brought together. */
    private record Captured(Map<Role, Manifest.Store> stores, Consistency consistency) {}

    ArchiveInfo run(String askedId, String note, String configJson) throws IOException {
        Instant started = clock.instant();
        BackupId id = folder.free(askedId, started);
        hooks.settle(job);
        try (ArchiveWriter writer = new ArchiveWriter(folder.newSpool(), settings.compression())) {
            Captured captured = capture(writer);
            writer.putConfig(configJson);
            Manifest manifest = manifest(id, started, note, captured, writer.files());

            job.begin("writing");
            Path assembled = writer.assemble(manifest);
            job.begin("verifying");
            boolean decoded = verify(assembled);
            job.commit();
            Path target = folder.file(folder.free(id.text(), started));
            writer.publish(target);
            ArchiveInfo info = ArchiveFolder.inspect(target);
            job.info("Wrote " + id.fileName() + ", " + Sizes.of(info.size())
                    + ", and read it back: every digest "
                    + (decoded ? "and every record is right." : "is right, and every record that can be decoded."));
            retain(id);
            job.end();
            return info;
        }
    }

    private Captured capture(ArchiveWriter writer) throws IOException {
        boolean held = false;
        try {
            for (int attempt = 0; ; attempt++) {
                job.begin("preflight");
                Map<Role, ExportSession> sessions = stores.openExports();
                sessions.values().forEach(session -> job.onCancel(session::abort));
                try {
                    if (attempt == 0) {
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
                    sessions.values().forEach(ExportSession::close);
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
        job.begin("exporting");
        Map<Role, StoreSummary> summaries;
        try {
            summaries = new SideBySide(job).export(sessions, writer, stores);
        } catch (BackupException e) {
            // What is caught half-written looks broken or gone; when something changed, that is the likelier reason.
            boolean caught = e.kind() == Kind.INCOMPATIBLE || e.kind() == Kind.UNREACHABLE;
            if (again && caught && anyChanged(before, sessions)) {
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
            checkNotLost(role, summary, sessions.get(role), changes.get(role));
            summary.warnings().forEach(job::warn);
            String backend = stores.backend(role);
            archived.put(
                    role, new Manifest.Store(backend, sessions.get(role).info(), summary, writer.names(role, backend)));
        }
        return new Captured(archived, new Consistency(grade, changes));
    }

    private void reportFuzzy(String changed, String unknown) {
        String what = changed.isEmpty()
                ? "Nobody can tell whether " + unknown + " changed during the backup"
                : "Something was written to " + changed + " during the backup";
        if (settings.requireQuiescent()) {
            throw new BackupException(
                    Kind.CHANGING,
                    what + ", and BACKUP_REQUIRE_QUIESCENT is true. No archive was made",
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
                        "The " + role.member() + " store holds " + now
                                + " records, but none was exported. No archive was made",
                        "This is a defect of the plugin; please report it");
            }
        }
    }

    private Map<Role, ChangeMarker> markers(Map<Role, ExportSession> sessions) throws IOException {
        Map<Role, ChangeMarker> markers = new EnumMap<>(Role.class);
        for (var session : sessions.entrySet()) {
            markers.put(session.getKey(), session.getValue().marker());
        }
        return markers;
    }

    private boolean anyChanged(Map<Role, ChangeMarker> before, Map<Role, ExportSession> sessions) {
        try {
            Map<Role, ChangeMarker> after = markers(sessions);
            return before.entrySet().stream()
                    .anyMatch(entry -> entry.getValue().until(after.get(entry.getKey())) == Comparison.CHANGED);
        } catch (IOException | BackupException e) {
            return false; // the store is really gone
        }
    }

    private static String named(Map<Role, Comparison> changes, Comparison wanted) {
        List<String> roles = changes.entrySet().stream()
                .filter(change -> change.getValue() == wanted)
                .map(change -> change.getKey().member())
                .toList();
        return String.join(" and ", roles);
    }

    private static void checkScopes(Map<Role, ExportSession> sessions) throws IOException {
        List<BackupException> mistakes = new ArrayList<>();
        for (ExportSession session : sessions.values()) {
            BackupException mistake = session.mistaken();
            if (mistake != null) {
                mistakes.add(new BackupException(
                        mistake.kind(), mistake.problem() + ". Nothing was backed up", mistake.remedy()));
            }
        }
        if (!mistakes.isEmpty()) {
            throw Stores.joined(mistakes);
        }
    }

    /**
     * At its peak a backup needs the compressed archive and its largest file once more. How well the data compresses is
     * not known before, so only what surely cannot fit stops it.
     */
    private void checkSpace(Map<Role, ExportSession> sessions) throws IOException {
        long raw = 0;
        for (ExportSession session : sessions.values()) {
            raw += Math.max(0, session.info().bytes());
        }
        long least =
                switch (settings.compression()) {
                    case NONE -> raw;
                    case GZIP, ZSTD -> raw / 50;
                };
        long free = folder.freeSpace();
        if (free < least) {
            throw new BackupException(
                    Kind.NO_SPACE,
                    "The backup needs at least " + Sizes.of(least) + " where BACKUP_DIR is, and " + Sizes.of(free)
                            + " are free. Nothing was written",
                    "Free some room, or set BACKUP_DIR to a larger disk");
        }
        if (free < raw) {
            job.warn("The stores hold up to " + Sizes.of(raw) + ", and " + Sizes.of(free)
                    + " are free where BACKUP_DIR is: it fits only if it compresses well.");
        }
    }

    private Manifest manifest(BackupId id, Instant started, String note, Captured captured, List<FileRecord> files) {
        Map<Role, StoreCounts> counts = new EnumMap<>(Role.class);
        captured.stores()
                .forEach((role, store) -> counts.put(role, store.summary().counts()));
        Map<Role, Manifest.Store> withoutBytes = new LinkedHashMap<>();
        captured.stores().forEach((role, store) -> withoutBytes.put(role, forManifest(store)));
        return new Manifest(
                id,
                started.truncatedTo(ChronoUnit.SECONDS),
                "ngbak " + Version.text(),
                settings.nanoGraphragVersion(),
                note,
                Statistics.of(counts),
                withoutBytes,
                captured.consistency(),
                Math.max(0, Duration.between(started, clock.instant()).toMillis()),
                files,
                Manifest.checksumOf(files));
    }

    private static Manifest.Store forManifest(Manifest.Store store) {
        StoreInfo info = store.info();
        return new Manifest.Store(
                store.backend(),
                new StoreInfo(info.product(), info.version(), info.form(), info.scope(), -1),
                store.summary(),
                store.names());
    }

    /** @return whether all stores' records could be decoded */
    private boolean verify(Path assembled) throws IOException {
        try {
            VerifyReport report = ArchiveCheck.run(assembled, stores, job);
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

    /** The backup is made, so an old one that cannot be deleted is no reason to call it failed. */
    private void retain(BackupId id) {
        if (settings.retention() == 0) {
            return;
        }
        try {
            for (String deleted : folder.retain(settings.retention(), id)) {
                job.info("Deleted the old backup " + deleted + ": BACKUP_RETENTION is " + settings.retention() + ".");
            }
        } catch (IOException | BackupException e) {
            job.warn("Old backups could not be deleted, as BACKUP_RETENTION asks: "
                    + Failures.explain(e, "deleting them").problem() + ".");
        }
    }
}
