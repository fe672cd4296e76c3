package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveWriter;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CancellationException;

/** Completes an archive whose stores are captured. */
final class ArchiveAssembly {

    private final EngineContext context;
    private final ArchiveWriter writer;
    private final Job job;

    ArchiveAssembly(EngineContext context, ArchiveWriter writer, Job job) {
        this.context = context;
        this.writer = writer;
        this.job = job;
    }

    /** Adds the copy of the configuration and returns the manifest. */
    Manifest manifest(BackupId id, Instant started, String note, CaptureResult captured) throws IOException {
        writer.putConfig(context.configCopy());
        return new Manifest(
                id,
                started.truncatedTo(ChronoUnit.SECONDS),
                "ngbak " + Version.text(),
                context.settings().nanoGraphragVersion(),
                note,
                context.stores().layout().statistics(captured.counts()),
                captured.stores(),
                captured.consistency(),
                Math.max(0, Duration.between(started, context.clock().instant()).toMillis()),
                writer.files(),
                Manifest.checksumOf(writer.files()));
    }

    /**
     * Reads the finished archive back.
     *
     * @return whether the records of all stores could be decoded
     */
    boolean verify(ReadableArchive assembled) throws IOException {
        try {
            VerificationReport report =
                    ArchiveVerifier.run(assembled, context.stores(), job).report();
            report.warnings().stream()
                    .filter(warning ->
                            report.archive().idWarning().filter(warning::equals).isEmpty())
                    .forEach(job::info);
            return report.decoded()
                    .containsAll(report.archive().manifest().stores().keySet());
        } catch (CancellationException e) {
            throw e;
        } catch (BackupException e) {
            throw new BackupException(
                    Kind.INTERNAL,
                    "The archive that was just written is damaged and was deleted: " + e.problem(),
                    "Check the disk of BACKUP_DIR; if it is sound, this is a defect: please report it",
                    e);
        }
    }
}
