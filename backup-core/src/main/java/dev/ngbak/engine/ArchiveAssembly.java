package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveProtection;
import dev.ngbak.archive.ArchiveWriter;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.ArchiveUpload;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** Completes an archive whose stores are captured. Closing it forgets the key of an encrypted archive. */
final class ArchiveAssembly implements AutoCloseable {

    private final EngineContext context;
    private final ArchiveProtection protection;
    private final ArchiveWriter writer;
    private final Job job;
    private ArchiveProtection.@Nullable Output output;
    private boolean decoded;

    /** @param protection how the archive is encrypted and signed */
    ArchiveAssembly(EngineContext context, ArchiveProtection protection, ArchiveWriter writer, Job job) {
        this.context = context;
        this.protection = protection;
        this.writer = writer;
        this.job = job;
    }

    /**
     * Adds the copy of the configuration and returns the manifest.
     *
     * @param check the result of the reference check, or {@code null}
     */
    Manifest manifest(BackupId id, Instant started, String note, CaptureResult captured, Manifest.@Nullable Check check)
            throws IOException {
        writer.putConfig(context.configCopy());
        return new Manifest(
                id,
                started.truncatedTo(ChronoUnit.SECONDS),
                "ngbak " + Version.text(),
                context.sourceSystem(),
                note,
                context.stores().layout().statistics(captured.counts()),
                check,
                captured.stores(),
                captured.consistency(),
                Math.max(0, Duration.between(started, context.clock().instant()).toMillis()),
                writer.files(),
                Manifest.checksumOf(writer.files()));
    }

    /** Writes the archive. Stops when the job is cancelled. */
    void write(Manifest manifest, ArchiveUpload upload) throws IOException {
        WritableByteChannel channel = upload.channel(protection.expectedBytes(writer.expectedBytes()));
        WritableByteChannel target = new WritableByteChannel() {
            @Override
            public int write(ByteBuffer bytes) throws IOException {
                job.checkCancelled();
                return channel.write(bytes);
            }

            @Override
            public boolean isOpen() {
                return channel.isOpen();
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
        String text = protection.manifestText(manifest);
        output = protection.start(text, target);
        writer.assemble(manifest, text, output.channel());
        output.finish();
    }

    /** Returns the written archive so that this process can read it, even without an identity. */
    ReadableArchive readable(ReadableArchive written) {
        return output.keys(context.keys()).with(written);
    }

    /** Describes the finished archive and records that it was verified. */
    ArchiveInfo made(BackupId id, ReadableArchive archive) throws IOException {
        ArchiveInfo info = ArchiveInfo.read(readable(archive));
        return info.with(context.verifications().putGood(id, archive, info));
    }

    @Override
    public void close() {
        if (output != null) {
            output.close();
        }
    }

    /** Returns whether {@link #verify} could decode the records of all stores. */
    boolean isDecoded() {
        return decoded;
    }

    /** Reads the written archive back. */
    void verify(ReadableArchive written) throws IOException {
        try {
            VerificationReport report = ArchiveVerifier.run(readable(written), context.stores(), job)
                    .report();
            report.warnings().stream()
                    .filter(warning ->
                            report.archive().idWarning().filter(warning::equals).isEmpty())
                    .forEach(job::info);
            decoded = report.decoded()
                    .containsAll(report.archive().manifest().stores().keySet());
        } catch (CancellationException e) {
            throw e;
        } catch (BackupException e) {
            if (e.kind() != Kind.CORRUPT && e.kind() != Kind.INTERNAL) {
                throw e; // It cannot be read, which does not mean that it is damaged.
            }
            throw new BackupException(
                    Kind.INTERNAL,
                    "The archive that was just written is damaged and was deleted: " + e.problem(),
                    "Check the disk of BACKUP_DIR; if it is sound, this is a defect: please report it",
                    e);
        }
    }
}
