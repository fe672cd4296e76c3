package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Other programs read our archives, and we read archives that other programs have repacked. */
class OtherReadersTest {

    private static final String PYTHON = """
            import hashlib, sys, tarfile
            with tarfile.open(fileobj=sys.stdin.buffer, mode="r|*") if sys.argv[1] == "-" else \
                    tarfile.open(sys.argv[1], sys.argv[2]) as tar:
                for entry in tar:
                    content = tar.extractfile(entry).read()
                    print(entry.name, len(content), hashlib.sha256(content).hexdigest())
            """;

    @TempDir
    Path folder;

    private Path out;

    @BeforeEach
    void makeFolder() throws IOException {
        out = Files.createDirectory(folder.resolve("out"));
    }

    @ParameterizedTest
    @EnumSource
    void commonsCompressReadsTheArchive(Compression compression) throws IOException {
        Path archive = write(compression);
        Map<String, byte[]> files = new TreeMap<>();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(archive));
                TarArchiveInputStream tar = new TarArchiveInputStream(
                        switch (compression) {
                            case GZIP -> new GZIPInputStream(in);
                            case ZSTD -> new ZstdInputStream(in);
                            case NONE -> in;
                        },
                        "UTF-8")) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                assertThat(entry.isFile()).isTrue();
                assertThat(entry.getMode()).isEqualTo(0100644);
                assertThat(entry.getLastModifiedTime().toInstant()).isEqualTo(TestArchives.TIME);
                files.put(entry.getName(), tar.readAllBytes());
            }
        }
        assertThat(TestArchives.digests(files)).isEqualTo(expected(archive));
    }

    @ParameterizedTest
    @EnumSource
    void gnuTarExtractsTheArchive(Compression compression) throws Exception {
        Path archive = write(compression);
        Tools.require("tar", "gzip", "zstd");
        String option = option(compression);
        Tools.run(out, "tar " + option + " -xf $A", Map.of("A", archive.toString()));
        assertThat(Tools.tree(out)).isEqualTo(expected(archive));
        assertThat(Tools.run(out, "tar " + option + " -tf $A | sed -n 1p", Map.of("A", archive.toString())))
                .isEqualTo("manifest.json\n");
    }

    @Test
    void gzipAndZstdVerifyTheArchive() throws Exception {
        Path gzip = write(Compression.GZIP);
        Path zstd = write(Compression.ZSTD);
        Tools.require("gzip", "zstd");
        Tools.run(out, "gzip -t < $A", Map.of("A", gzip.toString()));
        Tools.run(out, "zstd -qt $A", Map.of("A", zstd.toString()));
        // A single member, so its trailer contains the size of the whole tar.
        assertThat(Tools.run(out, "gzip -lq < $A | awk '{print $2}'", Map.of("A", gzip.toString()))
                        .trim())
                .isEqualTo(Tools.run(out, "gzip -dc < $A | wc -c", Map.of("A", gzip.toString()))
                        .trim());
    }

    @ParameterizedTest
    @EnumSource
    void pythonTarfileReadsTheArchiveInEveryMode(Compression compression) throws Exception {
        Path archive = write(compression);
        List<String> scripts = new ArrayList<>();
        if (compression == Compression.ZSTD) {
            // tarfile supports zstd only since Python 3.14.
            scripts.add("zstd -dc $A | python3 -c \"$PYTHON\" -");
        } else {
            scripts.add("python3 -c \"$PYTHON\" $A 'r:*'");
            scripts.add("python3 -c \"$PYTHON\" $A 'r|*'");
            scripts.add("python3 -c \"$PYTHON\" - < $A");
        }
        Tools.require("python3", "zstd");
        for (String script : scripts) {
            String lines = Tools.run(out, script, Map.of("A", archive.toString(), "PYTHON", PYTHON));
            Map<String, String> files = new TreeMap<>();
            lines.lines().forEach(line -> files.put(line.split(" ", 2)[0], line.split(" ", 2)[1]));
            assertThat(files).as(script).isEqualTo(expected(archive));
        }
    }

    @ParameterizedTest
    @EnumSource
    void bsdtarExtractsTheArchive(Compression compression) throws Exception {
        Path archive = write(compression);
        Tools.require("bsdtar");
        Tools.run(out, "bsdtar -xf $A", Map.of("A", archive.toString()));
        assertThat(Tools.tree(out)).isEqualTo(expected(archive));
    }

    @ParameterizedTest
    @EnumSource
    void sevenZipExtractsTheArchive(Compression compression) throws Exception {
        Path archive = write(compression);
        Tools.require("7z", "zstd");
        // 7-Zip supports zstd only since version 24.
        String unpacked =
                switch (compression) {
                    case GZIP -> "7z x -tgzip -so $A";
                    case ZSTD -> "zstd -dc $A";
                    case NONE -> "cat $A";
                };
        Tools.run(out, unpacked + " | 7z x -y -ttar -si > ../log", Map.of("A", archive.toString()));
        assertThat(Tools.tree(out)).isEqualTo(expected(archive));
    }

    /** Follows the documented recipe, which needs only standard shell tools. */
    @ParameterizedTest
    @EnumSource
    void sha256sumComputesTheChecksum(Compression compression) throws Exception {
        Path archive = write(compression);
        String checksum;
        try (ArchiveReader reader = ArchiveReader.openManifest(new ArchiveFile(archive))) {
            checksum = reader.manifest().checksum();
        }
        Tools.require("tar", "gzip", "zstd", "find", "sha256sum");
        String lines =
                Tools.run(folder, "mkdir x && tar " + option(compression) + """
                         -xf $A -C x && cd x && find . -type f ! -path ./manifest.json -printf '%P\\n' | LC_ALL=C sort |
                        xargs -d '\\n' sha256sum | sha256sum
                        """, Map.of("A", archive.toString()));
        assertThat("sha256:" + lines.substring(0, 64)).isEqualTo(checksum);
    }

    @Test
    void archiveRepackedByGnuTarIsRead() throws Exception {
        assertRepackedIsRead(
                true, "tar", "tar -cf $B *", "tar -cf $B .", "tar -cf $B --sort=name kv manifest.json config");
        assertRepackedIsRead(
                true, "tar", "tar --format=gnu -cf $B .", "tar --format=oldgnu -cf $B .", "tar --format=pax -cf $B .");
        assertRepackedIsRead(
                false, "tar", "tar --format=ustar -cf $B .", "tar --format=v7 -cf $B .", "tar --format=v7 -czf $B *");
        assertRepackedIsRead(
                true,
                "tar",
                "tar -b 1 -czf $B .",
                "tar -b 512 -czf $B .",
                "tar --owner=someone:1000 --mode=600 -cf $B .");
        assertRepackedIsRead(
                true,
                "tar",
                "cp -r . ../longer && tar -C ../longer -cf $B ./manifest.json ./config ./kv && rm -r ../longer");
    }

    @Test
    void archiveRepackedByCompressorsIsRead() throws Exception {
        assertRepackedIsRead(
                true, "gzip", "tar -c * | gzip -9 > $B", "tar -cf t manifest.json config kv && gzip t && mv t.gz $B");
        assertRepackedIsRead(true, "pigz", "tar -c * | pigz -b 128 > $B", "tar -c * | pigz -i > $B");
        assertRepackedIsRead(true, "zstd", "tar -c * | zstd -q > $B", "tar -c * | zstd -q -19 --no-check > $B");
        assertRepackedIsRead(
                true,
                "zstd",
                "tar --zstd -cf $B .",
                "tar -c * | zstd -q --long=27 > $B",
                "tar -c * | zstd -q -T2 > $B");
    }

    @Test
    void archiveRepackedByPythonIsRead() throws Exception {
        String python = "python3 -c \"import os, sys, tarfile\nwith tarfile.open(os.environ['B'], %s) as tar:\n"
                + "    for name in sorted(os.listdir('.'), reverse=True): tar.add(name)\"";
        assertRepackedIsRead(
                true, "python3", python.formatted("'w'"), python.formatted("'w:gz'"), python.formatted("'w|gz'"));
        assertRepackedIsRead(true, "python3", python.formatted("'w', format=tarfile.GNU_FORMAT"));
        assertRepackedIsRead(false, "python3", python.formatted("'w', format=tarfile.USTAR_FORMAT"));
    }

    @Test
    void archiveRepackedByBsdtarIsRead() throws Exception {
        assertRepackedIsRead(true, "bsdtar", "bsdtar -cf $B *", "bsdtar -czf $B .", "bsdtar --zstd -cf $B .");
        assertRepackedIsRead(true, "bsdtar", "bsdtar --format=pax -cf $B .", "bsdtar --format=gnutar -cf $B .");
        assertRepackedIsRead(false, "bsdtar", "bsdtar --format=ustar -cf $B .", "bsdtar -cf $B @$A");
    }

    @Test
    void archiveRepackedBySevenZipIsRead() throws Exception {
        assertRepackedIsRead(
                true,
                "7z",
                "7z a -ttar ../t.tar . > ../log && mv ../t.tar $B",
                "7z a -ttar -so ../t.tar * | 7z a -tgzip -si ../t.gz > ../log && mv ../t.gz $B");
    }

    /** A size over 8 GiB does not fit into the octal size field. Other programs must read our encoding. */
    @Test
    void otherProgramsReadTheSizeOfAHugeEntry() throws Exception {
        long size = 9L << 30;
        byte[] header = TarHeader.of("kv/big.json", size, TestArchives.TIME, null);
        assertThat(new TarInput(new ByteArrayInputStream(header)).next())
                .isEqualTo(new TarInput.Header("kv/big.json", size, null));
        try (TarArchiveInputStream tar = new TarArchiveInputStream(new ByteArrayInputStream(header))) {
            assertThat(tar.getNextEntry().getSize()).isEqualTo(size);
        }
        Path file = Files.write(folder.resolve("header"), header);
        Map<String, String> a = Map.of("A", file.toString());
        Tools.require("python3", "tar");
        assertThat(Tools.run(
                        out, "python3 -c \"import os, tarfile; print(tarfile.open(os.environ['A']).next().size)\"", a))
                .isEqualTo("9663676416\n");
        // The content is missing, so tar fails after it has printed this line.
        assertThat(Tools.run(out, "tar -tvf $A 2> /dev/null || true", a)).contains(" 9663676416 ");
    }

    private void assertRepackedIsRead(boolean longNames, String tool, String... scripts) throws Exception {
        Tools.require("tar", "gzip", "zstd", tool);
        Map<String, byte[]> files = TestArchives.allSorts();
        if (!longNames) {
            files.keySet().removeIf(name -> name.length() > 90);
        }
        for (String script : scripts) {
            Path again = Files.createTempDirectory(folder, "again");
            Path archive = TestArchives.write(again, Compression.GZIP, files);
            Path target = again.resolve("again.ngbak");
            Path unpacked = Files.createDirectory(again.resolve("unpacked"));
            Map<String, String> variables = Map.of("A", archive.toString(), "B", target.toString());
            Tools.run(unpacked, "tar -xzf $A", variables);
            Tools.run(unpacked, script, variables);
            assertThat(TestArchives.digests(TestArchives.read(target)))
                    .as(script)
                    .isEqualTo(TestArchives.digests(TestArchives.paths(files)));
        }
    }

    private Path write(Compression compression) throws IOException {
        return TestArchives.write(folder, compression, TestArchives.allSorts());
    }

    private static String option(Compression compression) {
        return switch (compression) {
            case GZIP -> "-z";
            case ZSTD -> "--zstd";
            case NONE -> "";
        };
    }

    private static Map<String, String> expected(Path archive) throws IOException {
        Map<String, byte[]> files = TestArchives.paths(TestArchives.allSorts());
        try (ArchiveReader reader = ArchiveReader.openManifest(new ArchiveFile(archive))) {
            files.put("manifest.json", reader.manifestText().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        return TestArchives.digests(files);
    }
}
