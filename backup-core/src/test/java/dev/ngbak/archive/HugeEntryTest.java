package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Reads a file of more than 8 GiB with every reader. Takes minutes, so it runs only with {@code mvn -Pfull}. */
@Tag("full")
class HugeEntryTest {

    private static final long SIZE = (9L << 30) + 7;

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "ZSTD"})
    void hugeFileIsReadByEveryProgram(Compression compression) throws Exception {
        long begun = System.nanoTime();
        Path archive = TestArchives.write(folder, "huge", compression, Map.of("big", out -> {
            byte[] zeros = new byte[1 << 20];
            for (long left = SIZE - 7; left > 0; left -= zeros.length) {
                out.write(zeros);
            }
            out.write("the end".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        }));
        report(compression + " written", begun);
        begun = System.nanoTime();
        String sha256 = sha256(archive);
        report("ngbak", begun);

        String unpack = compression == Compression.GZIP ? "gzip -dc $A" : "zstd -dc $A";
        String tarOption = compression == Compression.GZIP ? "-z" : "--zstd";
        Map<String, String> readers = Map.of(
                "tar", "tar " + tarOption + " -xOf $A kv/big.json | sha256sum",
                "bsdtar", "bsdtar -xOf $A kv/big.json | sha256sum",
                "python3",
                        unpack + " | python3 -c \"import sys, shutil, tarfile\n"
                                + "for e in (t := tarfile.open(fileobj=sys.stdin.buffer, mode='r|')):\n"
                                + "    if e.name == 'kv/big.json': shutil.copyfileobj(t.extractfile(e), sys.stdout.buffer, 1 << 20)\""
                                + " | sha256sum",
                "7z", unpack + " | 7z x -ttar -si -so kv/big.json | sha256sum");
        Tools.require("tar", "bsdtar", "python3", "7z", "gzip", "zstd");
        for (var reader : readers.entrySet()) {
            begun = System.nanoTime();
            assertThat(Tools.run(folder, reader.getValue(), Map.of("A", archive.toString())))
                    .as(reader.getKey())
                    .startsWith(sha256);
            report(reader.getKey(), begun);
        }
    }

    private static String sha256(Path archive) throws IOException {
        try (ArchiveReader reader = ArchiveReader.open(new ArchiveFile(archive))) {
            for (ManifestEntry file = reader.next(); file != null; file = reader.next()) {
                if (file.path().equals("kv/big.json")) {
                    assertThat(file.size()).isEqualTo(SIZE);
                    assertThat(reader.next()).isNull();
                    return file.sha256();
                }
            }
        }
        throw new AssertionError("kv/big.json is not there");
    }

    private static void report(String what, long begun) {
        System.out.printf("%s: %.1f s%n", what, (System.nanoTime() - begun) / 1e9);
    }
}
