package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests samples/read_ngbak.py, an independent reader that was written from docs/FORMAT.md. */
class PythonReaderTest {

    private static final Path READER =
            Path.of("..", "samples", "read_ngbak.py").toAbsolutePath().normalize();

    @TempDir
    Path folder;

    @Test
    void readerHasAtMostSixtyLines() throws IOException {
        assertThat(Files.readAllLines(READER)).hasSizeLessThanOrEqualTo(60);
    }

    @ParameterizedTest
    @EnumSource
    void readerUnpacksEveryCompression(Compression compression) throws Exception {
        Path archive = GoldenArchiveTest.golden(compression);
        Tools.require("python3", "zstd");
        Tools.Result result = read(archive, "unpacked");
        assertThat(result.err()).isEmpty();
        assertThat(result.exit()).isZero();
        assertThat(result.out()).contains("is whole: 5 files");
        Map<String, byte[]> files = new TreeMap<>();
        GoldenArchives.FILES.forEach((path, text) -> files.put(path, text.getBytes(StandardCharsets.UTF_8)));
        assertThat(Tools.tree(folder.resolve("unpacked"))).isEqualTo(TestArchives.digests(files));
    }

    @ParameterizedTest
    @EnumSource
    void truncatedOrDamagedArchiveIsRefused(Compression compression) throws Exception {
        byte[] archive = Files.readAllBytes(GoldenArchives.write(folder, compression));
        Tools.require("python3", "zstd");
        for (int part = 0; part < 8; part++) {
            assertRefused(java.util.Arrays.copyOf(archive, archive.length * part / 8 + 1));
            byte[] flipped = archive.clone();
            // Skips the gzip and zstd headers, which have redundant bits, and zero padding.
            int at = 20 + (archive.length - 40) * part / 8;
            while (flipped[at] == 0) {
                at++;
            }
            flipped[at] ^= 0x40;
            assertRefused(flipped);
        }
        assertRefused(RawTar.concat(archive, "garbage".getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void forgedArchiveIsRefused() throws Exception {
        Tools.require("python3");
        byte[] content = "{}".getBytes(StandardCharsets.UTF_8);
        ManifestEntry record = TestArchives.record("kv/a.json", content);
        String manifest =
                TestArchives.manifest("x", java.util.List.of(record), Map.of()).text();
        String noRecords = manifest.replace("\"records\": 3", "\"records\": 0");
        Tools.Result good = read(
                write(new RawTar()
                        .file("manifest.json", noRecords)
                        .file("kv/a.json", content)
                        .complete()),
                "");
        assertThat(good.exit()).as(good.err()).isZero();
        assertRefused(new RawTar()
                .file("manifest.json", manifest)
                .file("kv/a.json", content)
                .complete());
        assertRefused(new RawTar()
                .file("manifest.json", noRecords)
                .file("kv/a.json", "[]")
                .complete());
        assertRefused(new RawTar().file("manifest.json", noRecords).complete());
        assertRefused(new RawTar()
                .file("manifest.json", noRecords.replace("ngbak/1", "ngbak/2"))
                .file("kv/a.json", content)
                .complete());
        assertRefused(new RawTar()
                .file("manifest.json", noRecords.replace(": \"sha256:", ": \"sha256:0"))
                .file("kv/a.json", content)
                .complete());
        assertRefused(new RawTar()
                .file("manifest.json", noRecords)
                .file("kv/a.json", content)
                .file("kv/b.json", content)
                .complete());
        assertRefused(new RawTar()
                .file("manifest.json", noRecords)
                .file("kv/a.json", content)
                .file("kv/a.json", content)
                .complete());
        assertRefused(new RawTar()
                .file("manifest.json", noRecords)
                .file("kv/a.json", content)
                .entry('2', "kv/l", new byte[0])
                .complete());
        assertRefused(new RawTar()
                .file("manifest.json", noRecords)
                .file("kv/a.json", content)
                .file("../a", content)
                .complete());
    }

    private void assertRefused(byte[] archive) throws Exception {
        Tools.Result result = read(write(archive), "refused");
        assertThat(result.exit()).as(result.out()).isNotZero();
        assertThat(result.err()).contains("refused: ").doesNotContain("Traceback");
        assertThat(folder.resolve("refused")).doesNotExist();
    }

    private Path write(byte[] archive) throws IOException {
        return Files.write(folder.resolve("x.ngbak"), archive);
    }

    private Tools.Result read(Path archive, String target) throws Exception {
        return Tools.bash(
                folder,
                "python3 $READER $A $TARGET",
                Map.of("READER", READER.toString(), "A", archive.toString(), "TARGET", target));
    }
}
