package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Wrong sizes, decompression bombs and packed bytes that unpack to nothing. */
class HostileSizesTest extends HostileArchives {

    @Test
    void sizeThatDiffersFromTheManifestIsRefused() throws IOException {
        assertDamaged(
                new RawTar().file("manifest.json", MANIFEST).file(FILE, "[1]\n").complete(),
                "has 4 bytes, but its manifest says 7");
        assertDamaged(
                new RawTar()
                        .file("manifest.json", MANIFEST)
                        .pax("size=5")
                        .file(FILE, CONTENT)
                        .complete(),
                "has 5 bytes, but");
        assertDamaged(
                new RawTar()
                        .file(
                                "manifest.json",
                                manifest(new ManifestEntry(FILE, 1L << 40, TestArchives.sha256(CONTENT))))
                        .file(FILE, CONTENT)
                        .complete(),
                "has 7 bytes, but its manifest says 1099511627776");
    }

    @Test
    void sizeThatDiffersFromTheContentIsRefused() throws IOException {
        byte[] name = FILE.getBytes(StandardCharsets.UTF_8);
        byte[] twoRecords = new byte[600];
        String manifest = manifest(new ManifestEntry(FILE, 7, TestArchives.sha256(CONTENT)));
        assertDamaged(
                new RawTar()
                        .file("manifest.json", manifest)
                        .header('0', name, RawTar.octal(7))
                        .content(twoRecords)
                        .complete(),
                "is not the file that was written");
        byte[] padded = Arrays.copyOf(CONTENT, 512);
        padded[100] = 'x';
        assertDamaged(
                new RawTar()
                        .file("manifest.json", manifest)
                        .header('0', name, RawTar.octal(7))
                        .content(padded)
                        .complete(),
                "the padding after a file is not zero");
        String larger = manifest(new ManifestEntry(FILE, 5000, TestArchives.sha256(CONTENT)));
        assertDamaged(
                new RawTar()
                        .file("manifest.json", larger)
                        .header('0', name, RawTar.octal(5000))
                        .content(CONTENT)
                        .complete(),
                "the tar is cut off in the middle of a file");
        String huge = manifest(new ManifestEntry(FILE, 99_999_999_999L, TestArchives.sha256(CONTENT)));
        assertDamaged(
                new RawTar()
                        .file("manifest.json", huge)
                        .pax("size=99999999999")
                        .file(FILE, CONTENT)
                        .complete(),
                "the tar is cut off in the middle of a file");
    }

    @Test
    void impossibleSizeIsRefused() throws IOException {
        byte[] name = FILE.getBytes(StandardCharsets.UTF_8);
        for (byte[] size : List.of(
                RawTar.binary(-1, -1),
                RawTar.binary(-1, -7),
                RawTar.binary(0, Long.MIN_VALUE),
                RawTar.binary(1, 0),
                RawTar.binary(0x7fffffff, -1),
                "-0000000007\0".getBytes(StandardCharsets.US_ASCII),
                "0000000009z\0".getBytes(StandardCharsets.US_ASCII))) {
            assertDamaged(
                    new RawTar()
                            .file("manifest.json", MANIFEST)
                            .header('0', name, size)
                            .content(CONTENT)
                            .complete(),
                    "a tar header has an impossible size");
        }
        assertDamaged(
                new RawTar()
                        .file("manifest.json", MANIFEST)
                        .header('0', name, RawTar.binary(0, Long.MAX_VALUE))
                        .complete(),
                "has 9223372036854775807 bytes, but its manifest says 7");
        for (String size : List.of("-7", "+7", "7.0", "", "abc", "9".repeat(19), "9".repeat(40), "٧")) {
            assertDamaged(
                    new RawTar()
                            .file("manifest.json", MANIFEST)
                            .pax("size=" + size)
                            .file(FILE, CONTENT)
                            .complete(),
                    "a pax header has an impossible size");
        }
    }

    /** 100 MB of zeros compress to 100 kB. The reader must refuse the header, or discard the unpacked bytes. */
    @Test
    void decompressionBombIsRefused() throws IOException {
        int size = 100 << 20;
        String manifest = manifest(new ManifestEntry(FILE, size / 1000, TestArchives.sha256(CONTENT)));
        assertDamaged(
                gzipWithZeros(
                        new RawTar().file("manifest.json", manifest).header('0', bytes(FILE), RawTar.octal(size)),
                        size),
                "has 104857600 bytes, but its manifest says 104857");
        assertDamaged(
                gzipWithZeros(new RawTar().header('0', bytes("manifest.json"), RawTar.octal(size)), size),
                "its manifest has 104857600 bytes, more than the limit of 16 MiB");
        assertDamaged(
                gzipWithZeros(
                        new RawTar().file(FILE, CONTENT).header('0', bytes("manifest.json"), RawTar.octal(size)), size),
                "its manifest has 104857600 bytes");
        assertDamaged(
                gzipWithZeros(new RawTar().header('0', bytes("manifest.json"), RawTar.binary(0, 1L << 60)), size),
                "its manifest has 1152921504606846976 bytes");
        assertDamaged(gzipWithZeros(validTar(), size), "there is data after the end of the tar");
        assertDamaged(
                gzipWithZeros(validTar().header('x', bytes("x"), RawTar.octal(size)), size),
                "a tar header has an extension of 104857600 bytes");
        assertDamaged(
                gzipWithZeros(validTar().header('L', bytes("x"), RawTar.octal(size)), size),
                "a tar header has an extension of 104857600 bytes");
    }

    @Test
    void manyDirectoriesAreSkipped() throws IOException {
        RawTar tar = validTar();
        for (int i = 0; i < 100_000; i++) {
            tar.entry('5', "d" + i + "/", new byte[0]);
        }
        assertThat(read(RawTar.gzip(tar.complete()))).containsOnlyKeys(FILE);
    }

    /** Runs with sizes below and above the threshold for parallel unpacking. */
    @ParameterizedTest
    @ValueSource(ints = {2 << 20, 5 << 20})
    void packedBytesThatUnpackToNothingAreRefused(int size) throws IOException {
        byte[] tar = validTar().complete();
        byte[] header = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 0};
        byte[] deflated = Arrays.copyOfRange(RawTar.gzip(tar), header.length, RawTar.gzip(tar).length);
        byte[] member = RawTar.gzip(new byte[0]);
        byte[] frame = Zstd.compress(new byte[0]);
        byte[] skippable = {0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0};
        byte[] large = RawTar.concat(new byte[] {0x50, 0x2a, 0x4d, 0x18, 0, 0, (byte) (size >> 16), 0}, new byte[size]);
        byte[] zstd = Zstd.compress(tar);
        List<byte[]> archives = List.of(
                RawTar.concat(header, repeated(size, 0, 0, 0, 0xff, 0xff), deflated),
                // Four empty blocks with fixed codes. Each has the bits 0, 1, 0 and seven zeros.
                RawTar.concat(header, repeated(size, 0x02, 0x08, 0x20, 0x80, 0x00), deflated),
                RawTar.concat(repeated(size, member), RawTar.gzip(tar)),
                RawTar.concat(RawTar.gzip(tar), repeated(size, member)),
                RawTar.concat(repeated(size, frame), zstd),
                RawTar.concat(zstd, repeated(size, frame)),
                RawTar.concat(repeated(size, skippable), zstd),
                RawTar.concat(large, zstd),
                RawTar.concat(zstd, large));
        for (byte[] archive : archives) {
            assertDamaged(archive, "1048576 consecutive packed bytes unpack to nothing");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 16})
    void longTextInAGzipHeaderIsRefused(int flag) throws IOException {
        byte[] header = {0x1f, (byte) 0x8b, 8, (byte) flag, 0, 0, 0, 0, 0, 0};
        byte[] name = repeated(3 << 20, 'x');
        byte[] tar = RawTar.gzip(validTar().complete());
        byte[] named = RawTar.concat(header, name, new byte[1], Arrays.copyOfRange(tar, 10, tar.length));
        assertDamaged(named, "unpack to nothing");
        assertDamaged(RawTar.concat(tar, named), "unpack to nothing");
    }

    @Test
    void archiveThatIsLargerPackedThanUnpackedIsRefused() throws IOException {
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        archive.writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 0});
        byte[] header =
                new RawTar().header('0', bytes(FILE), RawTar.octal(10 << 20)).withoutEnd();
        for (int i = 0; i < 20; i++) {
            archive.writeBytes(repeated(200_000, 0, 0, 0, 0xff, 0xff));
            // A stored block.
            archive.writeBytes(new byte[] {0, (byte) 0xff, (byte) 0xff, 0, 0});
            archive.writeBytes(Arrays.copyOf(i == 0 ? header : new byte[0], 0xffff));
        }
        assertDamaged(archive.toByteArray(), "packed size is more than twice its unpacked size");
    }

    @Test
    void tooManyDirectoriesAreRefused() throws IOException {
        byte[] directories = new RawTar().entry('5', "d", new byte[0]).withoutEnd();
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(archive)) {
            gzip.write(validTar().withoutEnd());
            for (int i = 0; i < (1 << 18) / 1024 + 1; i++) {
                gzip.write(repeated(directories.length << 10, directories));
            }
            gzip.write(TarHeader.END);
        }
        assertDamaged(archive.toByteArray(), "more than 262144 directory entries");
    }

    /** Compresses a tar followed by zeros. */
    private static byte[] gzipWithZeros(RawTar tar, int size) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream gzip = new BufferedOutputStream(new GZIPOutputStream(out))) {
            gzip.write(tar.withoutEnd());
            byte[] zeros = new byte[1 << 20];
            for (int at = 0; at < size; at += zeros.length) {
                gzip.write(zeros);
            }
            gzip.write(new byte[1024]);
        }
        return out.toByteArray();
    }

    private static byte[] repeated(int size, int... part) {
        byte[] bytes = new byte[part.length];
        for (int i = 0; i < part.length; i++) {
            bytes[i] = (byte) part[i];
        }
        return repeated(size, bytes);
    }

    /** Repeats the whole part until the size is reached. */
    private static byte[] repeated(int size, byte[] part) {
        byte[] all = new byte[(size + part.length - 1) / part.length * part.length];
        for (int at = 0; at < all.length; at += part.length) {
            System.arraycopy(part, 0, all, at, part.length);
        }
        return all;
    }
}
