package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.github.luben.zstd.Zstd;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that broken and hostile archives are refused with the reason, and that nothing is written. */
class HostileArchiveTest {

    private static final String A = "kv/a.json";
    private static final byte[] CONTENT = "[1, 2]\n".getBytes(StandardCharsets.UTF_8);
    private static final String GOOD = manifest(TestArchives.record(A, CONTENT));

    @TempDir
    Path folder;

    @Test
    void unmodifiedArchiveIsAccepted() throws IOException {
        assertThat(read(good().ended())).containsOnlyKeys(A);
        assertThat(read(RawTar.gzip(good().ended()))).containsOnlyKeys(A);
        assertThat(read(Zstd.compress(good().ended()))).containsOnlyKeys(A);
        byte[] skippable = {0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'x', 'y', 'z'};
        assertThat(read(RawTar.joined(skippable, Zstd.compress(good().ended()))))
                .containsOnlyKeys(A);
        assertThat(read(new RawTar()
                        .file(A, CONTENT)
                        .file("manifest.json", GOOD)
                        .ended()))
                .containsOnlyKeys(A);
    }

    // Names

    @ParameterizedTest
    @CsvSource({
        "../evil, \"..\"",
        "kv/../../evil, \"..\"",
        "kv/.., \"..\"",
        "/etc/passwd, an absolute name",
        "//x, an absolute name",
        "kv//a.json, an empty part",
        "kv\\..\\evil, a backslash",
        "C:evil, a colon"
    })
    void pathOutsideTheArchiveIsRefused(String name, String why) throws IOException {
        refused(good().file(name, CONTENT).ended(), why, name);
        refused(good().pax("path=" + name).file("kv/harmless", CONTENT).ended(), why, name);
        refused(
                good().entry('L', "././@LongLink", (name + "\0").getBytes(StandardCharsets.UTF_8))
                        .file("kv/harmless", CONTENT)
                        .ended(),
                why,
                name);
        refused(good().entry('5', name, new byte[0]).ended(), why, name);
        refused(
                new RawTar()
                        .file("manifest.json", manifest(new ManifestEntry(name, 7, TestArchives.sha256(CONTENT))))
                        .file(name, CONTENT)
                        .ended(),
                "its manifest lists a file with ",
                why);
    }

    @ParameterizedTest
    @CsvSource({
        "1, a hard link",
        "2, a symbolic link",
        "3, a device",
        "4, a device",
        "6, a named pipe",
        "7, of a type that an archive cannot contain",
        "S, a sparse file",
        "K, a link with a long target",
        "g, a global pax header",
        "D, of a type that an archive cannot contain",
        "V, of a type that an archive cannot contain",
        "A, of a type that an archive cannot contain"
    })
    void entryThatIsNotARegularFileIsRefused(char type, String why) throws IOException {
        refused(good().entry(type, "kv/b.json", new byte[0]).ended(), "\"kv/b.json\" is " + why);
        refused(
                new RawTar()
                        .entry(type, "kv/b.json", new byte[0])
                        .raw(good().ended())
                        .unended(),
                why);
        refused(
                new RawTar()
                        .file("manifest.json", GOOD)
                        .header(type, A.getBytes(StandardCharsets.UTF_8), RawTar.octal(7))
                        .content(CONTENT)
                        .ended(),
                why);
    }

    @Test
    void sparseFileIsRefused() throws IOException {
        refused(
                new RawTar()
                        .file("manifest.json", GOOD)
                        .pax("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=7")
                        .file(A, CONTENT)
                        .ended(),
                "\"kv/a.json\" is a sparse file");
    }

    @Test
    void directoryWithContentIsRefused() throws IOException {
        refused(good().entry('5', "kv", CONTENT).ended(), "the directory entry \"kv\" has content");
    }

    @Test
    void nameWithControlCharactersIsRefused() throws IOException {
        String name = "kv/\u001b]0;owned\u0007\u001b[2J\u009b1m\u202e.json";
        refused(good().file(name, CONTENT).ended(), "a control character", "kv/?]0;owned??[2J?1m?.json");
        refused(good().pax("path=" + name).file("x", CONTENT).ended(), "a control character");
        String json = "\"kv/\\u001b]0;owned\\u0007.json\"";
        refused(withManifest(GOOD.replace("\"kv/a.json\"", json)), "a control character", "kv/?]0;owned?.json");
        refused(withManifest(GOOD.replace("ngbak/1", "\\u001b[2Jngbak/1")), "format is \"?[2Jngbak/1\"");
        refused(withManifest(GOOD.replace(TestArchives.ID, "\\u009b2J")), "invalid backup_id \"?2J\"");
        refused(withManifest("{ \"\u001b[2J\u009b\" 1"), "not valid JSON");
        refused(withManifest("{ \"\u009b\": 1, \"note\": 2, \"note\": 2}"), "its manifest");
    }

    @Test
    void archiveNameIsShownWithoutControlCharacters() throws IOException {
        Path file = Files.write(folder.resolve("x\u001b[2J.ngbak"), new byte[0]);
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> TestArchives.read(file))
                .withMessageContaining("The archive x?[2J.ngbak is damaged: the file is empty");
    }

    @Test
    void nameThatIsNotUtf8IsRefused() throws IOException {
        for (byte[] name : List.of(
                new byte[] {'k', 'v', '/', (byte) 0xff},
                new byte[] {'k', 'v', '/', (byte) 0xc0, (byte) 0xaf},
                new byte[] {'k', 'v', '/', (byte) 0xed, (byte) 0xa0, (byte) 0x80})) {
            refused(
                    good().header('0', name, RawTar.octal(7)).content(CONTENT).ended(),
                    "a name in the tar is not UTF-8");
        }
    }

    // Which files

    @Test
    void duplicateFileIsRefused() throws IOException {
        refused(good().file(A, CONTENT).ended(), "it contains \"kv/a.json\" twice");
        refused(good().file("./" + A, CONTENT).ended(), "it contains \"kv/a.json\" twice");
        refused(
                new RawTar()
                        .file(A, CONTENT)
                        .file(A, CONTENT)
                        .file("manifest.json", GOOD)
                        .ended(),
                " twice");
    }

    @Test
    void missingFileIsRefused() throws IOException {
        refused(new RawTar().file("manifest.json", GOOD).ended(), "\"kv/a.json\" is missing");
    }

    @Test
    void unlistedFileIsRefused() throws IOException {
        refused(
                good().file("kv/b.json", CONTENT).ended(),
                "it contains \"kv/b.json\", which its manifest does not list");
        refused(good().file(A + "\0ignored", CONTENT).ended(), "twice");
        refused(good().file("manifest.json/x", CONTENT).ended(), "which its manifest does not list");
    }

    @Test
    void secondManifestIsRefused() throws IOException {
        refused(good().file("manifest.json", GOOD).ended(), "it contains \"manifest.json\" twice");
        refused(
                new RawTar()
                        .file("manifest.json", GOOD)
                        .file("./manifest.json", GOOD)
                        .file(A, CONTENT)
                        .ended(),
                "twice");
        refused(
                new RawTar()
                        .file(A, CONTENT)
                        .file("manifest.json", GOOD)
                        .file("manifest.json", GOOD)
                        .ended(),
                "twice");
    }

    @Test
    void archiveWithoutAManifestIsRefused() throws IOException {
        refused(new RawTar().file(A, CONTENT).ended(), "it does not contain manifest.json");
        refused(new RawTar().file("kv/manifest.json", GOOD).ended(), "it does not contain manifest.json");
        refused(RawTar.gzip(new RawTar().ended()), "it does not contain manifest.json");
    }

    @Test
    void manifestThatIsNotFirstCannotBeListed() throws IOException {
        Path file = Files.write(
                folder.resolve("x.ngbak"),
                new RawTar().file(A, CONTENT).file("manifest.json", GOOD).ended());
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> ArchiveReader.openManifest(new ArchiveFile(file)))
                .withMessageContaining("its first file is not manifest.json");
    }

    // Sizes

    @Test
    void sizeThatDiffersFromTheManifestIsRefused() throws IOException {
        refused(
                new RawTar().file("manifest.json", GOOD).file(A, "[1]\n").ended(),
                "has 4 bytes, but its manifest says 7");
        refused(
                new RawTar()
                        .file("manifest.json", GOOD)
                        .pax("size=5")
                        .file(A, CONTENT)
                        .ended(),
                "has 5 bytes, but");
        refused(
                new RawTar()
                        .file("manifest.json", manifest(new ManifestEntry(A, 1L << 40, TestArchives.sha256(CONTENT))))
                        .file(A, CONTENT)
                        .ended(),
                "has 7 bytes, but its manifest says 1099511627776");
    }

    @Test
    void sizeThatDiffersFromTheContentIsRefused() throws IOException {
        byte[] name = A.getBytes(StandardCharsets.UTF_8);
        byte[] twoRecords = new byte[600];
        String manifest = manifest(new ManifestEntry(A, 7, TestArchives.sha256(CONTENT)));
        refused(
                new RawTar()
                        .file("manifest.json", manifest)
                        .header('0', name, RawTar.octal(7))
                        .content(twoRecords)
                        .ended(),
                "is not the file that was written");
        byte[] padded = Arrays.copyOf(CONTENT, 512);
        padded[100] = 'x';
        refused(
                new RawTar()
                        .file("manifest.json", manifest)
                        .header('0', name, RawTar.octal(7))
                        .content(padded)
                        .ended(),
                "the padding after a file is not zero");
        String larger = manifest(new ManifestEntry(A, 5000, TestArchives.sha256(CONTENT)));
        refused(
                new RawTar()
                        .file("manifest.json", larger)
                        .header('0', name, RawTar.octal(5000))
                        .content(CONTENT)
                        .ended(),
                "the tar is cut off in the middle of a file");
        String huge = manifest(new ManifestEntry(A, 99_999_999_999L, TestArchives.sha256(CONTENT)));
        refused(
                new RawTar()
                        .file("manifest.json", huge)
                        .pax("size=99999999999")
                        .file(A, CONTENT)
                        .ended(),
                "the tar is cut off in the middle of a file");
    }

    @Test
    void impossibleSizeIsRefused() throws IOException {
        byte[] name = A.getBytes(StandardCharsets.UTF_8);
        for (byte[] size : List.of(
                RawTar.binary(-1, -1),
                RawTar.binary(-1, -7),
                RawTar.binary(0, Long.MIN_VALUE),
                RawTar.binary(1, 0),
                RawTar.binary(0x7fffffff, -1),
                "-0000000007\0".getBytes(StandardCharsets.US_ASCII),
                "0000000009z\0".getBytes(StandardCharsets.US_ASCII))) {
            refused(
                    new RawTar()
                            .file("manifest.json", GOOD)
                            .header('0', name, size)
                            .content(CONTENT)
                            .ended(),
                    "a tar header has an impossible size");
        }
        refused(
                new RawTar()
                        .file("manifest.json", GOOD)
                        .header('0', name, RawTar.binary(0, Long.MAX_VALUE))
                        .ended(),
                "has 9223372036854775807 bytes, but its manifest says 7");
        for (String size : List.of("-7", "+7", "7.0", "", "abc", "9".repeat(19), "9".repeat(40), "٧")) {
            refused(
                    new RawTar()
                            .file("manifest.json", GOOD)
                            .pax("size=" + size)
                            .file(A, CONTENT)
                            .ended(),
                    "a pax header has an impossible size");
        }
    }

    /**
     * 100 MB of zeros pack to 100 kB. A reader must refuse the archive at the header, or discard the unpacked bytes.
     */
    @Test
    void decompressionBombIsRefused() throws IOException {
        int size = 100 << 20;
        String manifest = manifest(new ManifestEntry(A, size / 1000, TestArchives.sha256(CONTENT)));
        refused(
                zeros(new RawTar().file("manifest.json", manifest).header('0', bytes(A), RawTar.octal(size)), size),
                "has 104857600 bytes, but its manifest says 104857");
        refused(
                zeros(new RawTar().header('0', bytes("manifest.json"), RawTar.octal(size)), size),
                "its manifest has 104857600 bytes, more than the limit of 16 MiB");
        refused(
                zeros(new RawTar().file(A, CONTENT).header('0', bytes("manifest.json"), RawTar.octal(size)), size),
                "its manifest has 104857600 bytes");
        refused(
                zeros(new RawTar().header('0', bytes("manifest.json"), RawTar.binary(0, 1L << 60)), size),
                "its manifest has 1152921504606846976 bytes");
        refused(zeros(good(), size), "there is data after the end of the tar");
        refused(
                zeros(good().header('x', bytes("x"), RawTar.octal(size)), size),
                "a tar header has an extension of 104857600 bytes");
        refused(
                zeros(good().header('L', bytes("x"), RawTar.octal(size)), size),
                "a tar header has an extension of 104857600 bytes");
    }

    @Test
    void endlessExtendedHeaderIsRefused() throws IOException {
        refused(good().pax("mtime=1").pax("mtime=1").ended(), "two pax headers in a row");
        byte[] name = bytes("kv/x\0");
        refused(good().entry('L', "x", name).entry('L', "x", name).ended(), "two long names in a row");
        refused(good().pax("path=x").ended(), "the tar ends after an extended header");
        refused(good().entry('L', "x", name).ended(), "the tar ends after an extended header");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "5 a=\n",
                "6 a=bc\n",
                "6 a=b\nx",
                " 6 a=b\n",
                "-6 a=b\n",
                "0 a=b\n",
                "2 \n",
                "7 path\n",
                "4 =\n",
                "99999999 a=b\n",
                "12 comment=\0",
                "13 Comment=ab\n",
                "11 bath=abc\n"
            })
    void malformedPaxHeaderIsRefused(String content) throws IOException {
        refused(good().entry('x', "x", bytes(content)).file("kv/b", CONTENT).ended(), "a pax header is damaged");
    }

    @Test
    void paxHeaderWithARepeatedKeyIsRefused() throws IOException {
        refused(good().pax("path=a", "path=b").file("x", CONTENT).ended(), "a pax header has a record twice");
    }

    @Test
    void directoriesAreSkippedInConstantMemory() throws IOException {
        RawTar tar = good();
        for (int i = 0; i < 100_000; i++) {
            tar.entry('5', "d" + i + "/", new byte[0]);
        }
        assertThat(read(RawTar.gzip(tar.ended()))).containsOnlyKeys(A);
    }

    // Packed bytes that unpack to nothing

    /** Uses sizes below and above the limit from which several threads unpack an archive. */
    @ParameterizedTest
    @ValueSource(ints = {2 << 20, 5 << 20})
    void packedBytesThatUnpackToNothingAreRefused(int size) throws IOException {
        byte[] tar = good().ended();
        byte[] header = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 0};
        byte[] deflated = Arrays.copyOfRange(RawTar.gzip(tar), header.length, RawTar.gzip(tar).length);
        byte[] member = RawTar.gzip(new byte[0]);
        byte[] frame = Zstd.compress(new byte[0]);
        byte[] skippable = {0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0};
        byte[] large = RawTar.joined(new byte[] {0x50, 0x2a, 0x4d, 0x18, 0, 0, (byte) (size >> 16), 0}, new byte[size]);
        byte[] zstd = Zstd.compress(tar);
        List<byte[]> archives = List.of(
                RawTar.joined(header, repeated(size, 0, 0, 0, 0xff, 0xff), deflated),
                // Four empty blocks with fixed codes: in each a 0, a 1, a 0, and seven zeros.
                RawTar.joined(header, repeated(size, 0x02, 0x08, 0x20, 0x80, 0x00), deflated),
                RawTar.joined(repeated(size, member), RawTar.gzip(tar)),
                RawTar.joined(RawTar.gzip(tar), repeated(size, member)),
                RawTar.joined(repeated(size, frame), zstd),
                RawTar.joined(zstd, repeated(size, frame)),
                RawTar.joined(repeated(size, skippable), zstd),
                RawTar.joined(large, zstd),
                RawTar.joined(zstd, large));
        for (byte[] archive : archives) {
            refused(archive, "1048576 consecutive packed bytes unpack to nothing");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 16})
    void endlessTextInAGzipHeaderIsRefused(int flag) throws IOException {
        byte[] header = {0x1f, (byte) 0x8b, 8, (byte) flag, 0, 0, 0, 0, 0, 0};
        byte[] name = repeated(3 << 20, 'x');
        byte[] tar = RawTar.gzip(good().ended());
        byte[] named = RawTar.joined(header, name, new byte[1], Arrays.copyOfRange(tar, 10, tar.length));
        refused(named, "unpack to nothing");
        refused(RawTar.joined(tar, named), "unpack to nothing");
    }

    @Test
    void packedSizeFarAboveTheUnpackedSizeIsRefused() throws IOException {
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        archive.writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 0});
        byte[] header =
                new RawTar().header('0', bytes(A), RawTar.octal(10 << 20)).unended();
        for (int i = 0; i < 20; i++) {
            archive.writeBytes(repeated(200_000, 0, 0, 0, 0xff, 0xff));
            // A stored block.
            archive.writeBytes(new byte[] {0, (byte) 0xff, (byte) 0xff, 0, 0});
            archive.writeBytes(Arrays.copyOf(i == 0 ? header : new byte[0], 0xffff));
        }
        refused(archive.toByteArray(), "packed size is more than twice its unpacked size");
    }

    @Test
    void endlessDirectoriesAreRefused() throws IOException {
        byte[] directories = new RawTar().entry('5', "d", new byte[0]).unended();
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(archive)) {
            gzip.write(good().unended());
            for (int i = 0; i < (1 << 18) / 1024 + 1; i++) {
                gzip.write(repeated(directories.length << 10, directories));
            }
            gzip.write(TarHeader.END);
        }
        refused(archive.toByteArray(), "more than 262144 directory entries");
    }

    // The manifest

    @ParameterizedTest
    @ValueSource(strings = {"format", "backup_id", "files", "checksum"})
    void manifestWithoutARequiredMemberIsRefused(String member) throws IOException {
        refused(
                withManifest(GOOD.replace("\"" + member + "\"", "\"other\"")),
                "its manifest",
                member.replace("files", "list of files"));
        refused(
                withManifest(
                        GOOD.replaceFirst("(?s)\"" + member + "\": (\"[^\"]*\"|\\[.*\\])", "\"" + member + "\": null")),
                "its manifest");
    }

    @Test
    void otherMajorVersionIsNotReportedAsDamage() throws IOException {
        for (String format : List.of("ngbak/2", "ngbak/2.1", "ngbak/0", "ngbak/10")) {
            byte[] archive = withManifest(GOOD.replace("ngbak/1", format).replace("\"files\"", "\"parts\""));
            BackupException e = refusal(archive);
            assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
            assertThat(e.problem()).contains("The archive x.ngbak is of the format " + format + ", and");
        }
        assertThat(read(withManifest(GOOD.replace("ngbak/1", "ngbak/1.3")))).containsOnlyKeys(A);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ngbak/x",
                "ngbak",
                "",
                "ngbak/",
                "ngbak/1x",
                "ngbak/-1",
                "NGBAK/1",
                "ngbak/1.",
                "ngbak/1\\n",
                "ngbak/99999999"
            })
    void invalidFormatIsRefused(String format) throws IOException {
        refused(withManifest(GOOD.replace("ngbak/1", format)), "its manifest's format is \"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../etc/x", "a/b", "/etc/passwd", "..", "", "a\\\\b", "a\\u0000", "-rf"})
    void invalidIdIsRefused(String id) throws IOException {
        refused(withManifest(GOOD.replace("\"" + TestArchives.ID + "\"", "\"" + id + "\"")), "the invalid backup_id");
    }

    @Test
    void checksumThatDoesNotMatchTheFilesIsRefused() throws IOException {
        String checksum = Manifest.checksumOf(List.of(TestArchives.record(A, CONTENT)));
        String other = Manifest.checksumOf(List.of(TestArchives.record("kv/b.json", CONTENT)));
        String why = "its manifest's checksum is not that of the files listed in it";
        refused(withManifest(GOOD.replace(checksum, other)), why);
        refused(withManifest(GOOD.replace(checksum, checksum.substring(7))), why);
        refused(withManifest(GOOD.replace(checksum, checksum.replace("sha256:", "md5:"))), why);
        refused(withManifest(GOOD.replace(checksum, "")), why);
        // A listed digest changed together with the content of its file, but not the checksum.
        byte[] forged = "[1, 3]\n".getBytes(StandardCharsets.UTF_8);
        refused(
                new RawTar()
                        .file("manifest.json", GOOD.replace(TestArchives.sha256(CONTENT), TestArchives.sha256(forged)))
                        .file(A, forged)
                        .ended(),
                why);
    }

    @Test
    void changedFileIsRefused() throws IOException {
        refused(
                new RawTar().file("manifest.json", GOOD).file(A, "[1, 3]\n").ended(),
                "\"kv/a.json\" is not the file that was written: its SHA-256 is");
    }

    @Test
    void changedManifestIsRefused() throws IOException {
        String why = "its manifest was changed after the archive was written";
        String right = "comment=sha256:" + TestArchives.sha256(bytes(GOOD));
        assertThat(read(new RawTar().pax(right).raw(good().ended()).unended())).containsOnlyKeys(A);
        refused(
                new RawTar()
                        .pax(right.replace("sha256:", "sha256:0"))
                        .raw(good().ended())
                        .unended(),
                why);
        refused(new RawTar().pax("comment=hello").raw(good().ended()).unended(), why);
        refused(
                new RawTar()
                        .pax(right)
                        .raw(withManifest(GOOD.replace("\"note\": null", "\"note\": \"x\"")))
                        .unended(),
                why);
    }

    @Test
    void invalidFileListIsRefused() throws IOException {
        String sha256 = TestArchives.sha256(CONTENT);
        refused(withManifest(manifest(new ManifestEntry("manifest.json", 7, sha256))), "lists \"manifest.json\" twice");
        refused(
                withManifest(manifest(new ManifestEntry(A, 7, sha256), new ManifestEntry(A, 7, sha256))),
                "lists \"kv/a.json\" twice");
        refused(withManifest(GOOD.replace("\"size\": 7", "\"size\": -7")), "no size for \"kv/a.json\"");
        refused(withManifest(GOOD.replace("\"size\": 7", "\"size\": 7.0")), "no size for \"kv/a.json\"");
        refused(withManifest(GOOD.replace("\"size\": 7", "\"size\": \"7\"")), "no size for \"kv/a.json\"");
        refused(withManifest(GOOD.replace("\"size\": 7", "\"size\": 7" + "0".repeat(25))), "no size for \"kv/a.json\"");
        refused(withManifest(GOOD.replace("\"size\": 7", "\"size\": 7" + "0".repeat(25_000))), "not valid JSON");
        refused(withManifest(GOOD.replace("\"size\": 7", "\"size\": 1e400000000")), "its manifest");
        refused(withManifest(GOOD.replace("\"size\": 7,", "")), "no size for \"kv/a.json\"");
        refused(withManifest(GOOD.replace(sha256, sha256.substring(1))), "no SHA-256 for \"kv/a.json\"");
        refused(withManifest(GOOD.replace(sha256, "../" + sha256)), "no SHA-256 for \"kv/a.json\"");
        refused(withManifest(GOOD.replace("\"path\"", "\"Path\"")), "lacks \"path\"");
        refused(withManifest(GOOD.replaceFirst("(?s)\"files\": \\[.*\\]", "\"files\": [ 1 ]")), "lacks \"path\"");
        refused(withManifest(GOOD.replaceFirst("(?s)\"files\": \\[.*\\]", "\"files\": { }")), "no list of files");
    }

    @Test
    void invalidStoresAreRefused() throws IOException {
        String config = ArchivePaths.CONFIG;
        refused(
                new RawTar()
                        .file("manifest.json", manifest(TestArchives.record(config, CONTENT)))
                        .file(config, CONTENT)
                        .ended(),
                "states 3 records for kv, but lists no file of it");
        refused(withManifest(GOOD.replace("\"records\": 3", "\"records\": -3")), "an invalid number of records for kv");
        refused(
                withManifest(GOOD.replace("\"records\": 3", "\"records\": 3.5")),
                "an invalid number of records for kv");
        refused(
                withManifest(GOOD.replace("\"records\": 3", "\"records\": \"3\"")),
                "an invalid number of records for kv");
        refused(withManifest(GOOD.replace("0".repeat(64), "0")), "an invalid content_digest for kv");
        refused(withManifest(GOOD.replace("\"kv\": \"json\"", "\"kv\": \"../json\"")), "an invalid backend for kv");
        refused(withManifest(GOOD.replace("\"kv\": \"json\"", "\"kv\": 1")), "an invalid backend for kv");
        refused(withManifest(GOOD.replace("\"kv\": \"json\"", "\"no\": \"json\"")), "does not name the backend of kv");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "null",
                "[]",
                "1",
                "\"x\"",
                "{",
                "nonsense",
                "{\"format\": NaN}",
                "{'format': 1}",
                "{} // no"
            })
    void manifestThatIsNotAnObjectIsRefused(String json) throws IOException {
        refused(withManifest(json), "its manifest ");
    }

    @Test
    void manifestWithADuplicateMemberIsRefused() throws IOException {
        String why = "its manifest is not valid JSON: ";
        refused(withManifest(GOOD.replaceFirst("\\{", "{ \"format\": \"ngbak/1\",")), why, "Duplicate");
        refused(withManifest(GOOD.replace("\"size\": 7", "\"size\": 7, \"size\": 7")), why, "Duplicate");
        refused(withManifest(GOOD + "{}"), why);
        refused(withManifest(GOOD + "x"), why);
        refused(withManifest(GOOD + "\0"), why);
    }

    @Test
    void invalidCountsAreRefused() throws IOException {
        for (String number : List.of("-1", "3.5", "3e0", "\"3\"", "null", "[3]", "{}", "9223372036854775808")) {
            refused(
                    withManifest(GOOD.replace("\"documents\": 3", "\"documents\": " + number)),
                    "an invalid number in the statistics, for \"documents\"");
            refused(
                    withManifest(GOOD.replace("\"full_docs\": 3", "\"full_docs\": " + number)),
                    "an invalid number in the counts of kv, for \"full_docs\"");
        }
    }

    @Test
    void invalidOriginalNamesAreRefused() throws IOException {
        String name = "\"kv/a.json\": \"a\"";
        assertThat(GOOD).contains(name);
        for (String other : List.of("1", "null", "[\"a\"]", "{}", "true", "\"\\ud800\"", "\"x\\udc00y\"")) {
            refused(
                    withManifest(GOOD.replace(name, "\"kv/a.json\": " + other)),
                    "its manifest has a name that is not valid Unicode");
        }
    }

    /** Unknown members are skipped and not kept, so repetitions of them are not detected. */
    @Test
    void unknownMembersMayBeRepeated() throws IOException {
        for (String known : List.of("\"note\": null", "\"documents\": 3", "\"records\": 3", "\"kv\": \"json\"")) {
            refused(withManifest(GOOD.replace(known, known + ", " + known)), "Duplicate member");
        }
        refused(withManifest(GOOD.replaceFirst("\\{", "{ \"format\": 1,")), "Duplicate member");
        assertThat(read(withManifest(GOOD.replaceFirst("\\{", "{ \"x\": 1, \"x\": { \"y\": 1, \"y\": 2 },"))))
                .containsOnlyKeys(A);
    }

    @Test
    void manifestInAnotherEncodingIsRefused() throws IOException {
        refused(
                new RawTar()
                        .file("manifest.json", GOOD.getBytes(StandardCharsets.UTF_16LE))
                        .file(A, CONTENT)
                        .ended(),
                "its manifest ");
        refused(withManifest("\ufeff" + GOOD), "its manifest ");
        byte[] broken = bytes(GOOD.replace("ngbak test", "ngbak t?st"));
        broken[GOOD.indexOf("ngbak test") + 7] = (byte) 0xff;
        refused(new RawTar().file("manifest.json", broken).file(A, CONTENT).ended(), "its manifest is not UTF-8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"x\":", "[{\"x\":"})
    void manifestNestedTwoHundredThousandDeepIsRefused(String open) throws IOException {
        String deep = open.repeat(200_000);
        refused(withManifest(deep), "its manifest is not valid JSON: ", "nesting depth");
        refused(withManifest(GOOD.replaceFirst("\\{", "{ \"x\": " + deep)), "nesting depth");
    }

    /** The manifest has less than 16 MiB, but a tree of it would be large. */
    @ParameterizedTest
    @ValueSource(strings = {"{},", "[],", "0,", "{\"a\":{\"a\":{}}},", "\"\","})
    void manifestOfManySmallValuesIsRefused(String thing) throws IOException {
        String many = "{ \"x\": [" + thing.repeat((15 << 20) / thing.length()) + "1],";
        refused(RawTar.gzip(withManifest(GOOD.replaceFirst("\\{", many))), "its manifest is not valid JSON: ");
    }

    // Around the tar

    @Test
    void secondTarAfterTheFirstIsRefused() throws IOException {
        byte[] tar = good().ended();
        byte[] second = new RawTar().file("kv/b.json", CONTENT).ended();
        String why = "there is data after the end of the tar";
        refused(RawTar.joined(tar, second), why);
        refused(RawTar.gzip(RawTar.joined(tar, second)), why);
        refused(RawTar.gzip(tar, second), why);
        refused(RawTar.joined(Zstd.compress(tar), Zstd.compress(second)), why);
        refused(RawTar.joined(tar, new byte[9 * 512], second), why);
        refused(RawTar.joined(RawTar.gzip(tar), second), "it cannot be unpacked");
        refused(RawTar.joined(tar, RawTar.gzip(second)), why);
    }

    @Test
    void dataAfterTheEndIsRefused() throws IOException {
        byte[] tar = good().ended();
        byte[] garbage = "garbage".getBytes(StandardCharsets.US_ASCII);
        refused(RawTar.joined(tar, garbage), "there is data after the end of the tar");
        refused(RawTar.joined(tar, new byte[7]), "the tar's end is not a whole number of records");
        refused(RawTar.joined(RawTar.gzip(tar), garbage), "it cannot be unpacked");
        refused(RawTar.joined(RawTar.gzip(tar), new byte[512]), "it cannot be unpacked");
        refused(RawTar.joined(Zstd.compress(tar), garbage), "it cannot be unpacked");
        for (int size = 1; size < 10; size++) {
            refused(RawTar.joined(Zstd.compress(tar), new byte[size]), "it cannot be unpacked");
            refused(RawTar.joined(RawTar.gzip(tar), new byte[size]), "it cannot be unpacked");
        }
        refused(RawTar.gzip(tar, new byte[2 << 20]), "there is data after the end of the tar");
        assertThat(read(RawTar.gzip(RawTar.joined(tar, new byte[10240])))).containsOnlyKeys(A);
    }

    @Test
    void invalidEndIsRefused() throws IOException {
        refused(good().unended(), "the tar is cut off where a header should be");
        refused(RawTar.gzip(good().raw(new byte[512]).unended()), "cut off where its second end record should be");
        refused(good().raw(new byte[512]).file("kv/b.json", CONTENT).ended(), "the tar's end is damaged");
    }

    @Test
    void headerWithAWrongChecksumIsRefused() throws IOException {
        byte[] tar = good().ended();
        tar[105] ^= 1;
        refused(tar, "the checksum of a tar header is wrong");
        // Signed sums, as some old tar programs wrote them, differ only for bytes that names must not contain.
        refused(
                RawTar.joined(good().unended(), new byte[100], new byte[] {1}, new byte[923]),
                "the checksum of a tar header is wrong");
    }

    @Test
    void fileThatIsNotAnArchiveIsRefused() throws IOException {
        refused(new byte[0], "the file is empty");
        String why = "it is neither a tar nor a tar packed with gzip or zstd";
        refused(bytes("hello\n"), why);
        refused(bytes("hello\n".repeat(1000)), why);
        refused(new byte[4096], why);
        refused(bytes("PK\3\4" + "x".repeat(1000)), why);
        refused(RawTar.gzip(bytes("hello\n".repeat(1000))), "the checksum of a tar header is wrong");
        refused(Zstd.compress(bytes("hello\n")), "the tar is cut off where a header should be");
        refused(RawTar.gzip(new byte[0]), "the tar is cut off where a header should be");
        refused(new byte[] {0x1f, (byte) 0x8b}, "it cannot be unpacked");
        refused(new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd}, "it cannot be unpacked");
    }

    @Test
    void directoryIsRefused() throws IOException {
        Path file = Files.createDirectory(folder.resolve("x.ngbak"));
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> TestArchives.read(file))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT))
                .withMessageContaining("The archive x.ngbak is damaged: it is a directory, not a file");
    }

    @Test
    void missingArchiveIsNotReportedAsDamage() {
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> TestArchives.read(folder.resolve("none.ngbak")))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.NOT_FOUND))
                .withMessageContaining("none.ngbak");
    }

    private static RawTar good() {
        return new RawTar().file("manifest.json", GOOD).file(A, CONTENT);
    }

    private static byte[] withManifest(String json) {
        return new RawTar().file("manifest.json", json).file(A, CONTENT).ended();
    }

    private static String manifest(ManifestEntry... files) {
        return TestArchives.manifest(TestArchives.ID, List.of(files), Map.of(A, "a"))
                .text();
    }

    /** Returns a gzip archive of a tar that is followed by zeros. */
    private static byte[] zeros(RawTar tar, int size) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream gzip = new BufferedOutputStream(new GZIPOutputStream(out))) {
            gzip.write(tar.unended());
            byte[] zeros = new byte[1 << 20];
            for (int at = 0; at < size; at += zeros.length) {
                gzip.write(zeros);
            }
            gzip.write(new byte[1024]);
        }
        return out.toByteArray();
    }

    private void refused(byte[] archive, String... words) throws IOException {
        BackupException e = refusal(archive);
        assertThat(e.kind()).as(e.problem()).isEqualTo(Kind.CORRUPT);
        assertThat(e.problem()).startsWith("The archive x.ngbak is damaged: ").contains(words);
    }

    /** Returns the exception of a full read. Checks its message, and that the disk is unchanged. */
    private BackupException refusal(byte[] archive) throws IOException {
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

    private Map<String, byte[]> read(byte[] archive) throws IOException {
        return TestArchives.read(Files.write(folder.resolve("x.ngbak"), archive));
    }

    private static byte[] repeated(int size, int... part) {
        byte[] bytes = new byte[part.length];
        for (int i = 0; i < part.length; i++) {
            bytes[i] = (byte) part[i];
        }
        return repeated(size, bytes);
    }

    /** Returns as many copies of the part as are needed to reach the size. */
    private static byte[] repeated(int size, byte[] part) {
        byte[] all = new byte[(size + part.length - 1) / part.length * part.length];
        for (int at = 0; at < all.length; at += part.length) {
            System.arraycopy(part, 0, all, at, part.length);
        }
        return all;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
