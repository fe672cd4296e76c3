package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.archive.Manifest.Grade;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Archives of every released version of the format stay readable. */
class GoldenArchiveTest {

    @ParameterizedTest
    @EnumSource
    void archiveOfVersionOneIsRead(Compression compression) throws Exception {
        Path archive = golden(compression);
        Map<String, String> files = new TreeMap<>();
        TestArchives.read(archive).forEach((path, bytes) -> files.put(path, new String(bytes, StandardCharsets.UTF_8)));
        assertThat(files).isEqualTo(GoldenArchives.FILES);
        try (ArchiveReader reader = ArchiveReader.openManifest(new ArchiveFile(archive))) {
            Manifest manifest = reader.manifest();
            assertThat(manifest.backupId().fileName()).isEqualTo(String.valueOf(archive.getFileName()));
            assertThat(manifest.createdAt()).isEqualTo("2025-10-06T14:30:00Z");
            assertThat(manifest.createdBy()).isEqualTo("ngbak 0.1.0");
            assertThat(manifest.note()).isEqualTo("the first of its kind");
            assertThat(manifest.statistics()).containsEntry("entities", 2L).hasSize(9);
            assertThat(manifest.stores().get(Role.VECTOR).backend()).isEqualTo("nano");
            assertThat(manifest.stores().get(Role.GRAPH).summary().records()).isEqualTo(3);
            assertThat(manifest.stores().get(Role.KV).names()).containsEntry("kv/full_docs.json", "full_docs");
            assertThat(manifest.consistency().grade()).isEqualTo(Grade.QUIESCENT);
            assertThat(manifest.durationMs()).isEqualTo(17);
        }
    }

    /** The example in docs/FORMAT.md is the golden archive without compression. */
    @ParameterizedTest
    @EnumSource(names = "NONE")
    void documentationContainsTheManifest(Compression compression) throws Exception {
        Path document = Path.of("..", "docs", "FORMAT.md");
        String text = new String(Files.readAllBytes(document), StandardCharsets.UTF_8);
        try (ArchiveReader reader = ArchiveReader.openManifest(new ArchiveFile(golden(compression)))) {
            assertThat(text).contains(reader.manifestText());
        }
    }

    static Path golden(Compression compression) throws URISyntaxException, IOException {
        String name = "ngbak-1-" + compression.name().toLowerCase(Locale.ROOT) + BackupId.SUFFIX;
        return Path.of(GoldenArchiveTest.class.getResource("/golden/" + name).toURI());
    }
}
