package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ngbak.spi.BackupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Duplicate, missing, unlisted and changed files. */
class HostileFileListTest extends HostileArchives {

    @Test
    void duplicateFileIsRefused() throws IOException {
        assertDamaged(validTar().file(FILE, CONTENT).complete(), "it contains \"kv/a.json\" twice");
        assertDamaged(validTar().file("./" + FILE, CONTENT).complete(), "it contains \"kv/a.json\" twice");
        assertDamaged(
                new RawTar()
                        .file(FILE, CONTENT)
                        .file(FILE, CONTENT)
                        .file("manifest.json", MANIFEST)
                        .complete(),
                "twice");
    }

    @Test
    void missingFileIsRefused() throws IOException {
        assertDamaged(new RawTar().file("manifest.json", MANIFEST).complete(), "\"kv/a.json\" is missing");
    }

    @Test
    void unlistedFileIsRefused() throws IOException {
        assertDamaged(
                validTar().file("kv/b.json", CONTENT).complete(),
                "it contains \"kv/b.json\", which its manifest does not list");
        assertDamaged(validTar().file(FILE + "\0ignored", CONTENT).complete(), "twice");
        assertDamaged(validTar().file("manifest.json/x", CONTENT).complete(), "which its manifest does not list");
    }

    @Test
    void duplicateManifestIsRefused() throws IOException {
        assertDamaged(validTar().file("manifest.json", MANIFEST).complete(), "it contains \"manifest.json\" twice");
        assertDamaged(
                new RawTar()
                        .file("manifest.json", MANIFEST)
                        .file("./manifest.json", MANIFEST)
                        .file(FILE, CONTENT)
                        .complete(),
                "twice");
        assertDamaged(
                new RawTar()
                        .file(FILE, CONTENT)
                        .file("manifest.json", MANIFEST)
                        .file("manifest.json", MANIFEST)
                        .complete(),
                "twice");
    }

    @Test
    void missingManifestIsRefused() throws IOException {
        assertDamaged(new RawTar().file(FILE, CONTENT).complete(), "it does not contain manifest.json");
        assertDamaged(new RawTar().file("kv/manifest.json", MANIFEST).complete(), "it does not contain manifest.json");
        assertDamaged(RawTar.gzip(new RawTar().complete()), "it does not contain manifest.json");
    }

    @Test
    void openManifestFailsWhenTheManifestIsNotFirst() throws IOException {
        Path file = Files.write(
                folder.resolve("x.ngbak"),
                new RawTar().file(FILE, CONTENT).file("manifest.json", MANIFEST).complete());
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> ArchiveReader.openManifest(new ArchiveFile(file)))
                .withMessageContaining("its first file is not manifest.json");
    }

    @Test
    void fileWithOtherContentIsRefused() throws IOException {
        assertDamaged(
                new RawTar()
                        .file("manifest.json", MANIFEST)
                        .file(FILE, "[1, 3]\n")
                        .complete(),
                "\"kv/a.json\" is not the file that was written: its SHA-256 is");
    }
}
