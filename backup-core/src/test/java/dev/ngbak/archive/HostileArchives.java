package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;

/**
 * Provides a valid archive to damage, and asserts that a damaged one is refused: the message names the reason and
 * contains no control characters, and no file is written.
 */
abstract class HostileArchives {

    static final String FILE = "kv/a.json";
    static final byte[] CONTENT = "[1, 2]\n".getBytes(StandardCharsets.UTF_8);
    static final String MANIFEST = manifest(TestArchives.record(FILE, CONTENT));

    @TempDir
    Path folder;

    static RawTar validTar() {
        return new RawTar().file("manifest.json", MANIFEST).file(FILE, CONTENT);
    }

    static byte[] withManifest(String json) {
        return new RawTar().file("manifest.json", json).file(FILE, CONTENT).complete();
    }

    static String manifest(ManifestEntry... files) {
        return TestArchives.manifest(TestArchives.ID, List.of(files), Map.of(FILE, "a"))
                .text();
    }

    void assertDamaged(byte[] archive, String... words) throws IOException {
        BackupException e = readFailure(archive);
        assertThat(e.kind()).as(e.problem()).isEqualTo(Kind.CORRUPT);
        assertThat(e.problem()).startsWith("The archive x.ngbak is damaged: ").contains(words);
    }

    /** Returns the failure of a full read, after asserting that no file changed and the message is safe to print. */
    BackupException readFailure(byte[] archive) throws IOException {
        Path file = Files.write(folder.resolve("x.ngbak"), archive);
        List<Path> before = listing();
        BackupException[] thrown = new BackupException[1];
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> TestArchives.read(file))
                .satisfies(e -> thrown[0] = e);
        assertThat(listing()).isEqualTo(before);
        assertThat(Files.readAllBytes(file)).isEqualTo(archive);
        String message = thrown[0].getMessage();
        assertThat(message.codePoints()
                        .filter(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT)
                        .toArray())
                .as(message)
                .isEmpty();
        assertThat(message).hasSizeLessThan(600).doesNotContain("Exception", folder.toString());
        return thrown[0];
    }

    private List<Path> listing() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.sorted().toList();
        }
    }

    Map<String, byte[]> read(byte[] archive) throws IOException {
        return TestArchives.read(Files.write(folder.resolve("x.ngbak"), archive));
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
