package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveProtection;
import dev.ngbak.archive.ArchiveWriter;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.repository.ArchiveUpload;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Makes the safety archive of a restore from the stores that it replaces, even if they are broken. */
final class SafetyBackup {

    private final EngineContext context;
    private final Set<Role> roles;
    private final Job job;

    SafetyBackup(EngineContext context, Set<Role> roles, Job job) {
        this.context = context;
        this.roles = roles;
        this.job = job;
    }

    SafetyArchive run() throws IOException {
        Instant started = context.clock().instant();
        BackupId id = context.newSafetyId(started);
        ArchiveProtection protection = protection(id);
        try (ArchiveUpload upload = context.repository().create(id);
                ArchiveWriter writer = context.newWriter(upload, protection)) {
            CaptureResult captured = capture(writer);
            boolean listed = captured.stores().values().stream().anyMatch(store -> !isEmpty(store.summary()));
            ArchiveProtection used = listed ? protection : ArchiveProtection.NONE;
            try (ArchiveAssembly assembly = new ArchiveAssembly(context, used, writer, job)) {
                Manifest manifest = assembly.manifest(id, started, "The state before a restore", captured, null);
                job.begin(Phase.SAVING, Phase.WRITING);
                ReadableArchive archive;
                if (listed) {
                    archive = write(assembly, manifest, upload);
                    assembly.made(id, archive);
                    job.info("Saved the present state in " + id.fileName() + ", " + Sizes.of(archive.size())
                            + ", and verified it.");
                } else {
                    try (ArchiveUpload unlisted = context.state().createEmptySafetyArchive()) {
                        archive = write(assembly, manifest, unlisted);
                    }
                    job.info("The stores to be replaced are empty, so a rollback will empty them.");
                }
                return new SafetyArchive(archive, listed, captured.markers());
            }
        }
    }

    /** Returns a protection with an identity that stays on this machine, because a rollback must be able to read the archive. */
    private ArchiveProtection protection(BackupId id) throws IOException {
        ArchiveProtection configured = context.settings().protection();
        if (!configured.encrypts()) {
            return configured;
        }
        ArchiveProtection.WithIdentity own = configured.withNewIdentity();
        context.state().safetyIdentities().put(id, own.identity().secret());
        return own.protection();
    }

    private ReadableArchive write(ArchiveAssembly assembly, Manifest manifest, ArchiveUpload upload)
            throws IOException {
        assembly.write(manifest, upload);
        return upload.commit(written -> {
            job.begin(Phase.SAVING, Phase.VERIFYING);
            assembly.verify(written);
            job.checkCancelled();
        });
    }

    private CaptureResult capture(ArchiveWriter writer) throws IOException {
        StoreCapture capture = new StoreCapture(context, writer, true, BackupCheck.none(context, job), job);
        for (int left = context.settings().retries(); ; left--) {
            job.begin(Phase.SAVING, Phase.PREFLIGHT);
            Map<Role, ExportSession> sessions = context.stores().openExports(roles, job);
            try {
                Optional<CaptureResult> captured = capture.attempt(sessions, false, left == 0);
                if (captured.isPresent()) {
                    return captured.get();
                }
                writer.clear();
            } finally {
                StoreRegistry.close(sessions.values());
            }
        }
    }

    private static boolean isEmpty(StoreSummary summary) {
        return summary.records() == 0 && new ContentDigest().text().equals(summary.contentDigest());
    }
}
