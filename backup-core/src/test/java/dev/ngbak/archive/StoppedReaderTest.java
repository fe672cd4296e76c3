package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Readers that are cancelled or interrupted. They stop at once and do not report damage. */
class StoppedReaderTest {

    @TempDir
    Path folder;

    @AfterEach
    void clearInterrupt() {
        Thread.interrupted();
    }

    @ParameterizedTest
    @EnumSource
    void cancellationIsNotReportedAsDamage(Compression compression) throws IOException {
        Path archive = TestArchives.write(folder, compression, Map.of("a", TestArchives.random(9 << 20)));
        assertStops(archive);
    }

    /** The per-file cancellation check does not run before the manifest is found, so the input must check too. */
    @Test
    void searchForTheManifestIsCancelled() throws IOException {
        ByteArrayOutputStream nothing = new ByteArrayOutputStream();
        nothing.writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 0});
        for (int i = 0; i < 1_500_000; i++) {
            nothing.writeBytes(new byte[] {0, 0, 0, -1, -1});
        }
        assertStops(Files.write(folder.resolve("empty blocks"), nothing.toByteArray()));
        ByteArrayOutputStream directories = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(directories)) {
            byte[] directory = new RawTar().entry('5', "d", new byte[0]).withoutEnd();
            for (int i = 0; i < 10_000; i++) {
                gzip.write(directory);
            }
        }
        assertStops(Files.write(folder.resolve("directories"), directories.toByteArray()));
    }

    private static void assertStops(Path archive) {
        AtomicInteger steps = new AtomicInteger();
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> readWhole(archive, () -> {
                    if (steps.incrementAndGet() > 5) {
                        throw new CancellationException("stopped");
                    }
                }))
                .withMessage("stopped");
        assertThat(steps).hasValue(6);
    }

    @ParameterizedTest
    @EnumSource
    void interruptIsNotReportedAsDamage(Compression compression) throws IOException {
        Path archive = TestArchives.write(folder, compression, Map.of("a", TestArchives.random(9 << 20)));
        AtomicInteger steps = new AtomicInteger();
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> readWhole(archive, () -> {
                    if (steps.incrementAndGet() == 5) {
                        Thread.currentThread().interrupt();
                    }
                }));
        assertThat(Thread.currentThread().isInterrupted()).isTrue();
    }

    private static void readWhole(Path archive, Runnable check) throws IOException {
        try (ArchiveReader reader = ArchiveReader.open(new ArchiveFile(archive), check)) {
            while (reader.next() != null) {
                reader.finish();
            }
        }
    }
}
