package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Flips every single bit of a 14 kB archive. Reading the archive must fail, or the bit must be redundant: the unpacked
 * tar is unchanged, and the location of the bit is listed in the test and in docs/FORMAT.md.
 */
class FlippedBitsTest {

    private static final int SIZE = 7_168;

    @TempDir
    Path folder;

    @Test
    void flippedBitInAPlainTarIsRefused() throws Exception {
        byte[] archive = archive(Compression.NONE);
        String[] places = new String[archive.length * 8];
        Arrays.fill(places, "tar");
        assertThat(acceptedFlips(Compression.NONE, archive, places)).isEmpty();
    }

    @Test
    void flippedBitInAGzipArchiveIsRefusedUnlessItIsRedundant() throws Exception {
        byte[] archive = archive(Compression.GZIP);
        Map<String, Integer> accepted = acceptedFlips(Compression.GZIP, archive, GzipPlaces.of(archive));
        assertThat(accepted.keySet())
                .isSubsetOf(
                        "gzip: FLG.FTEXT",
                        "gzip: MTIME",
                        "gzip: XFL",
                        "gzip: OS",
                        "deflate: padding in a full flush",
                        "deflate: padding in a stored block",
                        "deflate: bits after the last block",
                        "deflate: distance of a match",
                        "deflate: code lengths")
                .contains("deflate: padding in a full flush", "deflate: padding in a stored block");
        assertThat(accepted)
                .containsEntry("gzip: FLG.FTEXT", 1)
                .containsEntry("gzip: MTIME", 32)
                .containsEntry("gzip: XFL", 8)
                .containsEntry("gzip: OS", 8)
                .containsEntry("deflate: bits after the last block", 6);
    }

    @Test
    void flippedBitInAZstdArchiveIsRefusedUnlessItIsRedundant() throws Exception {
        byte[] archive = archive(Compression.ZSTD);
        assertThat(acceptedFlips(Compression.ZSTD, archive, ZstdPlaces.of(archive))
                        .keySet())
                .isSubsetOf(
                        "zstd: unused bit of the frame header",
                        "zstd: single-segment flag before a size of one byte",
                        "zstd: Huffman tree",
                        "zstd: sequences")
                .contains("zstd: unused bit of the frame header");
    }

    /** Returns the number of accepted flips by location. */
    private Map<String, Integer> acceptedFlips(Compression compression, byte[] archive, String[] places)
            throws Exception {
        long begun = System.nanoTime();
        byte[] tar = unpacked(archive);
        Map<String, Integer> passed = new ConcurrentSkipListMap<>();
        int threads = Runtime.getRuntime().availableProcessors();
        var pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<?>> parts = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int from = (int) ((long) places.length * i / threads);
                int to = (int) ((long) places.length * (i + 1) / threads);
                parts.add(pool.submit(() -> {
                    flip(archive, from, to, tar, places, passed);
                    return null;
                }));
            }
            for (Future<?> part : parts) {
                part.get();
            }
        } finally {
            pool.shutdownNow();
        }
        report(compression, places, passed, System.nanoTime() - begun);
        return passed;
    }

    private void flip(byte[] archive, int from, int to, byte[] tar, String[] places, Map<String, Integer> passed)
            throws IOException {
        Path file = folder.resolve(from + ".ngbak");
        Files.write(file, archive);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (int bit = from; bit < to; bit++) {
                byte flipped = (byte) (archive[bit >> 3] ^ 1 << (bit & 7));
                channel.write(ByteBuffer.wrap(new byte[] {flipped}), bit >> 3);
                if (accepted(file, bit)) {
                    assertThat(Arrays.equals(unpacked(Files.readAllBytes(file)), tar))
                            .as("bit %d, %s, is accepted but changes the tar", bit, places[bit])
                            .isTrue();
                    passed.merge(places[bit], 1, Integer::sum);
                }
                channel.write(ByteBuffer.wrap(archive, bit >> 3, 1), bit >> 3);
            }
        }
    }

    private static boolean accepted(Path file, int bit) throws IOException {
        try (ArchiveReader reader = ArchiveReader.open(new ArchiveFile(file))) {
            while (reader.next() != null) {
                reader.finish();
            }
            return true;
        } catch (BackupException e) {
            assertThat(e.kind()).as("bit %d: %s", bit, e.problem()).isEqualTo(Kind.CORRUPT);
            assertThat(e.problem()).contains(file.getFileName() + " is damaged: ");
            // The message of a decoder is no help to an operator.
            if (e.getCause() instanceof RuntimeException || e.getCause() instanceof EOFException) {
                assertThat(e.problem())
                        .doesNotContain(String.valueOf(e.getCause().getMessage()));
            }
            return false;
        }
    }

    private static byte[] unpacked(byte[] archive) throws IOException {
        return Compression.open(new ByteArrayInputStream(archive), Compression.BUFFER_BYTES, () -> {})
                .readAllBytes();
    }

    private static void report(Compression compression, String[] places, Map<String, Integer> passed, long nanos) {
        Map<String, Integer> all = new TreeMap<>();
        Arrays.stream(places).forEach(place -> all.merge(place, 1, Integer::sum));
        System.out.printf("%n%s: %d bits flipped in %.1f s%n", compression, places.length, nanos / 1e9);
        all.forEach((place, count) ->
                System.out.printf("  %-40s %7d bits, %5d redundant%n", place, count, passed.getOrDefault(place, 0)));
    }

    /**
     * Returns an archive with compressible, random, empty and zero files. It has about {@link #SIZE} bytes if it is
     * compressed; a plain tar is larger.
     */
    private byte[] archive(Compression compression) throws IOException {
        byte[] smallest = archive(compression, 1);
        return archive(compression, Math.max(1, 1 + SIZE - smallest.length));
    }

    private byte[] archive(Compression compression, int filler) throws IOException {
        StringBuilder text = new StringBuilder("{\n");
        for (int i = 0; i < 30; i++) {
            text.append("  \"chunk-").append(Integer.toHexString(i * 48271)).append("\": {\"tokens\": ");
            text.append(i * 7 % 100).append(", \"content\": \"Scrooge walked out with a groan\"},\n");
        }
        Path archive = TestArchives.write(
                folder,
                compression,
                Map.of(
                        "full_docs",
                        text.append("}\n").toString().getBytes(StandardCharsets.UTF_8),
                        "nothing",
                        new byte[0],
                        "random",
                        TestArchives.random(filler),
                        "zeros",
                        new byte[1500]));
        return Files.readAllBytes(archive);
    }
}
