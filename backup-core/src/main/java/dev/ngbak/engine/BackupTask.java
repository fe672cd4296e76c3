package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveProtection;
import dev.ngbak.archive.ArchiveWriter;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Manifest;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.ArchiveUpload;
import dev.ngbak.repository.DataLoss;
import dev.ngbak.repository.Retention;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.time.Instant;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;

/**
 * Runs one backup of all stores: preflight, pause, export, resume, check, assemble, verify, publish, retention. The repository's lock
 * must be held.
 */
final class BackupTask {

    private final EngineContext context;
    private final Notifications notifications;
    private final Job job;

    BackupTask(EngineContext context, Notifications notifications, Job job) {
        this.context = context;
        this.notifications = notifications;
        this.job = job;
    }

    /** @param askedId or {@code null} for the default */
    ArchiveInfo run(String askedId, String note) throws IOException {
        Instant started = context.clock().instant();
        BackupId id = context.newId(askedId, started);
        ArchiveProtection protection = context.settings().protection();
        try (ArchiveUpload upload = context.repository().create(id);
                ArchiveWriter writer = context.newWriter(upload, protection);
                ArchiveAssembly assembly = new ArchiveAssembly(context, protection, writer, job);
                BackupCheck check = BackupCheck.of(context, job)) {
            context.repository().sidecars().deleteAll(id); // of an archive that somebody deleted by hand
            CaptureResult captured = capture(writer, check);
            boolean changing = captured.consistency().grade() == Manifest.Grade.FUZZY;
            Manifest.Check checked = check.finish(changing).orElse(null);
            warnOfIncompleteSystem(captured);
            Manifest manifest = assembly.manifest(id, started, note, captured, checked);
            job.begin(Phase.WRITING);
            assembly.write(manifest, upload);
            ArchiveInfo made = assembly.made(id, upload.commit(written -> {
                job.begin(Phase.VERIFYING);
                assembly.verify(written);
                job.pointOfNoReturn();
            }));
            job.info("Wrote " + id.fileName() + ", " + Sizes.of(made.size())
                    + ", and read it back: every digest and every"
                    + (assembly.isDecoded() ? " record is correct." : " record that can be decoded is correct."));
            if (made.lockedUntil() != null) {
                job.info("The repository keeps it locked until " + Sizes.time(made.lockedUntil()) + " UTC.");
            }
            warnOfShrinking(made);
            applyRetention(made);
            job.end();
            return made;
        }
    }

    private CaptureResult capture(ArchiveWriter writer, BackupCheck check) throws IOException {
        StoreCapture capture = new StoreCapture(context, writer, false, check, job);
        Hooks hooks = context.hooks();
        boolean paused = false;
        try {
            for (int attempt = 0; ; attempt++) {
                job.begin(Phase.PREFLIGHT);
                Map<Role, ExportSession> sessions = context.stores().openExports(EnumSet.allOf(Role.class), job);
                try {
                    if (attempt == 0) {
                        BackupPreflight.check(sessions, context, job);
                        paused = hooks.pause(job);
                    }
                    boolean last = attempt == context.settings().retries();
                    Optional<CaptureResult> captured = capture.attempt(sessions, paused, last);
                    if (captured.isPresent()) {
                        return captured.get();
                    }
                    writer.clear();
                } finally {
                    StoreRegistry.close(sessions.values());
                }
            }
        } finally {
            if (paused) {
                hooks.release("resume", job);
            }
        }
    }

    private void warnOfIncompleteSystem(CaptureResult captured) {
        Map<Role, StoreCounts> known = new EnumMap<>(Role.class);
        captured.stores().forEach((role, store) -> {
            StoreSummary summary = store.summary();
            if (summary.records() >= 0 || !summary.counts().counts().isEmpty()) {
                known.put(role, summary.counts());
            }
        });
        context.stores().layout().warnings(known).forEach(job::warn);
    }

    /**
     * Warns if counts are much smaller than before, because backing up a system that lost its data causes no error. Sends a
     * message only for a loss that the backup before did not show.
     */
    private void warnOfShrinking(ArchiveInfo made) throws IOException {
        Optional<Retention.NewLoss> found = context.retention().lossIn(made);
        if (found.isPresent()) {
            DataLoss loss = found.get().loss();
            String warning = "This backup contains less than half of what "
                    + loss.before().id() + " contains: " + loss.text()
                    + ". The system may be broken, so no archive is deleted until you acknowledge that. "
                    + loss.remedy()
                    + ".";
            job.warn(warning);
            if (found.get().isNew()) {
                notifications.dataShrank(made, warning);
            }
        }
    }

    /**
     * Deletes old backups, unless the data has shrunk, of which a warning was given. A failure only causes a warning, because
     * the new backup is finished.
     */
    private void applyRetention(ArchiveInfo made) {
        if (context.settings().keep().keepsAll()) {
            return;
        }
        try {
            PruneTask prune = new PruneTask(context);
            prune.run(prune.plan(made), job);
        } catch (IOException | BackupException e) {
            BackupException why = Errors.explain(e, "they were being deleted");
            job.warn("Old backups could not be deleted, although the retention ("
                    + context.settings().keep() + ") does not keep them: " + why.problem() + ".");
        }
    }
}
