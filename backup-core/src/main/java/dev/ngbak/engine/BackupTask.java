package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveProtection;
import dev.ngbak.archive.ArchiveWriter;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Manifest;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.ArchiveUpload;
import dev.ngbak.repository.DataLoss;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.time.Instant;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs one backup of all stores: preflight, pause, export, resume, assemble, verify, publish, retention. The repository's lock
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
                ArchiveAssembly assembly = new ArchiveAssembly(context, protection, writer, job)) {
            context.repository().sidecars().deleteAll(id); // of an archive that somebody deleted by hand
            CaptureResult captured = capture(writer);
            warnOfIncompleteSystem(captured);
            Manifest manifest = assembly.manifest(id, started, note, captured);
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
            warnOfShrinking(id, made);
            applyRetention(made);
            job.end();
            return made;
        }
    }

    private CaptureResult capture(ArchiveWriter writer) throws IOException {
        StoreCapture capture = new StoreCapture(context, writer, false, job);
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
     * Warns if counts are much smaller than in the last backup, because backing up a system that lost its data causes
     * no error.
     */
    private void warnOfShrinking(BackupId id, ArchiveInfo made) throws IOException {
        Optional<ArchiveInfo> before = context.retention().newestExcept(id);
        if (before.isEmpty()) {
            return;
        }
        List<DataLoss.Count> lost = DataLoss.compare(before.get(), made);
        if (!lost.isEmpty()) {
            String warning = "This backup contains less than half of what "
                    + before.get().id() + " contains: "
                    + new DataLoss(before.get(), made, lost).text()
                    + ". If you did not remove that much, check the stores and the settings before you rely on this"
                    + " backup.";
            job.warn(warning);
            notifications.dataShrank(made, warning);
        }
    }

    /** Deletes old backups. A failure only causes a warning, because the new backup is finished. */
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
