package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveWriter;
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
import dev.ngbak.spi.support.RecordDigester;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Exports open stores in parallel into an archive, and determines how consistent the result is. A safety archive
 * contains a broken store as a raw export.
 */
final class StoreCapture {

    private final EngineContext context;
    private final ArchiveWriter writer;
    private final boolean safety;
    private final BackupCheck check;
    private final Job job;
    private final Set<Role> raw = ConcurrentHashMap.newKeySet();

    StoreCapture(EngineContext context, ArchiveWriter writer, boolean safety, BackupCheck check, Job job) {
        this.context = context;
        this.writer = writer;
        this.safety = safety;
        this.check = check;
        this.job = job;
    }

    /**
     * Exports the stores once.
     *
     * @param paused whether a hook has paused all writers
     * @param last whether there is no other attempt
     * @return empty if a store changed meanwhile and there is another attempt
     */
    Optional<CaptureResult> attempt(Map<Role, ExportSession> sessions, boolean paused, boolean last)
            throws IOException {
        Map<Role, ChangeMarker> before = markers(sessions);
        job.begin(safety ? Phase.SAVING : Phase.EXPORTING, safety ? Phase.EXPORTING : null);
        raw.clear();
        check.begin();
        Map<Role, StoreSummary> summaries;
        try {
            summaries = export(sessions);
        } catch (BackupException e) {
            writer.throwStagingFailure();
            // A store that is being written to may look broken or gone.
            boolean maybeHalfWritten = e.kind() == Kind.INCOMPATIBLE || e.kind() == Kind.UNREACHABLE;
            if (!last && maybeHalfWritten && anyChanged(before)) {
                job.warn(
                        "A store could not be read while it was being written to (" + e.problem() + "). Trying again.");
                return Optional.empty();
            }
            throw e;
        }
        Map<Role, ChangeMarker> after = markers(sessions);
        Map<Role, Comparison> changes = new EnumMap<>(Role.class);
        before.forEach((role, marker) -> changes.put(role, marker.until(after.get(role))));
        String changed = names(changes, Comparison.CHANGED);
        if (!changed.isEmpty() && !last) {
            job.warn("Something was written to " + changed + " during the backup. Trying again.");
            return Optional.empty();
        }
        boolean unchanged = changes.values().stream().allMatch(change -> change == Comparison.UNCHANGED);
        Grade grade = !unchanged ? Grade.FUZZY : paused ? Grade.FENCED : Grade.QUIESCENT;
        if (grade == Grade.FUZZY) {
            String when = safety ? " while the present state was being saved" : " during the backup";
            reportFuzzy(
                    changed.isEmpty()
                            ? "It is unknown whether " + names(changes, Comparison.UNKNOWN) + " changed" + when
                            : "Something was written to " + changed + when);
        }
        Map<Role, Manifest.Store> stores = new EnumMap<>(Role.class);
        for (Role role : sessions.keySet()) {
            StoreSummary summary = summaries.get(role);
            summary.warnings().forEach(job::warn);
            stores.put(role, store(role, sessions.get(role), summary, changes.get(role)));
        }
        return Optional.of(new CaptureResult(stores, new Consistency(grade, changes), after));
    }

    private Map<Role, StoreSummary> export(Map<Role, ExportSession> sessions) {
        Runnable abort = () -> sessions.values().forEach(ExportSession::abort);
        return new ParallelStores("exported", job, abort).run(sessions.keySet(), role -> {
            long start = System.nanoTime();
            StoreSummary summary = export(role, sessions.get(role));
            job.info(role.id() + ": "
                    + (summary.records() < 0 ? "exported" : Sizes.count(summary.records(), "records")) + " in "
                    + Sizes.seconds(System.nanoTime() - start) + ".");
            return summary;
        });
    }

    private StoreSummary export(Role role, ExportSession session) throws IOException {
        String backend = context.stores().backend(role);
        try {
            RecordDigester records = RecordDigester.digesting();
            session.export(writer.sink(role, backend), check.watching(role, records), job.progress(role));
            return records.summary();
        } catch (BackupException e) {
            writer.throwStagingFailure();
            if (!safety || e.kind() == Kind.UNREACHABLE) {
                throw e;
            }
            writer.clear(role, backend);
            return exportRaw(role, backend, e);
        }
    }

    private StoreSummary exportRaw(Role role, String backend, BackupException broken) throws IOException {
        try (ExportSession session = context.stores().openExport(role)) {
            job.onCancel(session::abort);
            RecordDigester warnings = RecordDigester.counting();
            session.exportRaw(writer.sink(role, backend), warnings, job.progress(role));
            if (!writer.names(role, backend).isEmpty()) {
                // A raw export without files counts as an empty store, because readers refuse a store of unknown size
                // that has no files.
                warnings.markOpaque(StoreCounts.NONE);
            }
            raw.add(role);
            job.warn("The present state of the " + role.id() + " store is broken (" + broken.problem()
                    + ") and is saved without being decoded.");
            return warnings.summary();
        } catch (BackupException cannot) {
            throw new BackupException(
                    broken.kind(),
                    broken.problem() + ", so the restore could not be rolled back. " + cannot.problem(),
                    cannot.remedy(),
                    broken);
        }
    }

    private Manifest.Store store(Role role, ExportSession session, StoreSummary summary, Comparison change) {
        StoreInfo info = Errors.inStore(role, "the " + role.id() + " store was being inspected", () -> {
            if (change == Comparison.UNCHANGED && !raw.contains(role)) {
                checkNotLost(role, session, summary);
            }
            return session.info();
        });
        String form = raw.contains(role) ? ExportSession.RAW : info.form();
        String backend = context.stores().backend(role);
        // The possible size of an export is not part of a manifest.
        StoreInfo archived = new StoreInfo(info.product(), info.version(), form, info.scope(), -1);
        return new Manifest.Store(backend, archived, summary, writer.names(role, backend));
    }

    /** Detects a plugin that exports nothing from a store that contains something. */
    private static void checkNotLost(Role role, ExportSession session, StoreSummary summary) throws IOException {
        if (summary.records() != 0) {
            return;
        }
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

    private void reportFuzzy(String what) {
        if (safety) {
            job.warn(what + ", so a rollback may lead to a slightly different state. Stop whatever writes to the stores"
                    + " during a restore.");
            return;
        }
        if (context.settings().requireQuiescent()) {
            throw new BackupException(
                    Kind.SOURCE_CHANGED,
                    what + ", and BACKUP_REQUIRE_QUIESCENT is true",
                    "Pause ingestion, or set BACKUP_PAUSE_HOOK and BACKUP_RESUME_HOOK so that ngbak pauses it");
        }
        job.warn(what + ": the parts of the archive may be from slightly different moments (capture: fuzzy).");
    }

    private static Map<Role, ChangeMarker> markers(Map<Role, ExportSession> sessions) {
        Map<Role, ChangeMarker> markers = new EnumMap<>(Role.class);
        sessions.forEach((role, session) -> markers.put(
                role, Errors.inStore(role, "the " + role.id() + " store was being inspected", session::marker)));
        return markers;
    }

    /**
     * Returns whether any store changed since its marker was read. Uses new sessions, because those of the export were
     * aborted.
     */
    private boolean anyChanged(Map<Role, ChangeMarker> before) {
        for (var marker : before.entrySet()) {
            try (ExportSession session = context.stores().openExport(marker.getKey())) {
                job.onCancel(session::abort);
                if (marker.getValue().until(session.marker()) == Comparison.CHANGED) {
                    return true;
                }
            } catch (IOException | RuntimeException e) {
                continue; // The failure of the export is reported instead.
            }
        }
        return false;
    }

    private static String names(Map<Role, Comparison> changes, Comparison wanted) {
        List<String> roles = changes.entrySet().stream()
                .filter(change -> change.getValue() == wanted)
                .map(change -> change.getKey().id())
                .toList();
        return String.join(" and ", roles);
    }
}
