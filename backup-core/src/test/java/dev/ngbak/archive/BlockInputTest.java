package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Parallel unpacking gives the same bytes, or the same error, as sequential unpacking. */
class BlockInputTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "ZSTD"})
    void archiveIsUnpackedInParallel(Compression compression) throws IOException {
        Map<String, byte[]> files = TestArchives.allSorts();
        files.put("many blocks", TestArchives.random(5 * Block.SIZE + 77));
        Path archive = TestArchives.write(folder, compression, files);
        try (InputStream in = Compression.open(new ArchiveFile(archive), () -> {})) {
            assertThat(in).isInstanceOf(BlockInput.class);
        }
        assertThat(parallel(archive, compression, false)).isEqualTo(sequential(archive));
        assertThat(TestArchives.digests(TestArchives.read(archive)))
                .isEqualTo(TestArchives.digests(TestArchives.paths(files)));
    }

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "ZSTD"})
    void skippedBytesAreNotReturned(Compression compression) throws IOException {
        byte[] bytes = text(3 * Block.SIZE);
        Path archive = packed(compression, bytes);
        try (BlockInput in = new BlockInput(new ArchiveFile(archive), compression.codec(), () -> {})) {
            assertThat(in.read()).isEqualTo(bytes[0] & 0xff);
            in.skipNBytes(2 * Block.SIZE + 5);
            assertThat(in.readNBytes(9)).isEqualTo(Arrays.copyOfRange(bytes, 2 * Block.SIZE + 6, 2 * Block.SIZE + 15));
            in.skipNBytes(Block.SIZE - 15);
            assertThat(in.read()).isEqualTo(-1);
            assertThat(in.isSequential()).isFalse();
        }
    }

    @Test
    void contentThatLooksLikeABlockEndIsUnpacked() throws IOException {
        byte[] bytes = text(4 * Block.SIZE);
        for (int at = 100_000; at < bytes.length; at += 1_500_000) {
            // Deflate stores incompressible data verbatim.
            byte[] random = TestArchives.random(200_000);
            for (int i = 1_000; i < random.length - 4; i += 50_000) {
                random[i] = random[i + 1] = 0;
                random[i + 2] = random[i + 3] = -1;
            }
            System.arraycopy(random, 0, bytes, at, random.length);
        }
        Path archive = packed(Compression.GZIP, bytes);
        byte[] file = Files.readAllBytes(archive);
        int ends = 0;
        for (int i = 3; i < file.length; i++) {
            ends += file[i] == -1 && file[i - 1] == -1 && file[i - 2] == 0 && file[i - 3] == 0 ? 1 : 0;
        }
        assertThat(ends).isGreaterThan(4 + 3);
        assertThat(parallel(archive, Compression.GZIP, false)).isEqualTo(TestArchives.sha256(bytes));
    }

    @Test
    void oneReadReturnsAllRequestedBytes() throws IOException {
        byte[] bytes = TestArchives.random(3 * Block.SIZE);
        for (byte[] packed : List.of(RawTar.gzip(bytes), Zstd.compress(bytes))) {
            byte[] read = new byte[bytes.length];
            try (InputStream in =
                    Compression.open(new ByteArrayInputStream(packed), Compression.BUFFER_BYTES, () -> {})) {
                in.readNBytes(read, 0, read.length);
            }
            assertThat(TestArchives.sha256(read)).isEqualTo(TestArchives.sha256(bytes));
        }
    }

    @Test
    void archivesOfOtherProgramsAreReadSequentially() throws IOException {
        byte[] bytes = text(3 * Block.SIZE);
        ByteArrayOutputStream one = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(one)) {
            gzip.write(bytes);
        }
        ByteArrayOutputStream flushed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(flushed, true)) {
            for (int at = 0; at < bytes.length; at += 1 << 17) {
                // Like pigz: each block starts on a byte boundary but refers to the previous block.
                gzip.write(bytes, at, Math.min(1 << 17, bytes.length - at));
                gzip.flush();
            }
        }
        ByteArrayOutputStream two = new ByteArrayOutputStream();
        two.writeBytes(Files.readAllBytes(packed(Compression.GZIP, bytes)));
        two.writeBytes(one.toByteArray());
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        frames.writeBytes(Files.readAllBytes(packed(Compression.ZSTD, Arrays.copyOf(bytes, Block.SIZE))));
        frames.writeBytes(Zstd.compress(Arrays.copyOfRange(bytes, Block.SIZE, bytes.length)));

        String all = TestArchives.sha256(bytes);
        assertThat(parallel(file(one), Compression.GZIP, true)).isEqualTo(all);
        assertThat(parallel(file(flushed), Compression.GZIP, true)).isEqualTo(all);
        assertThat(parallel(file(frames), Compression.ZSTD, true)).isEqualTo(all);
        byte[] twice = Arrays.copyOf(bytes, 2 * bytes.length);
        System.arraycopy(bytes, 0, twice, bytes.length, bytes.length);
        assertThat(parallel(file(two), Compression.GZIP, true)).isEqualTo(TestArchives.sha256(twice));
    }

    /** Each block has a fixed cost, so many tiny blocks of another program must not be unpacked one by one. */
    @ParameterizedTest
    @EnumSource(names = {"GZIP", "ZSTD"})
    void manySmallBlocksAreReadSequentially(Compression compression) throws IOException {
        byte[][] parts = new byte[2000][];
        Arrays.fill(parts, new byte[100]);
        assertThat(parallel(packed(compression, parts), compression, true))
                .isEqualTo(TestArchives.sha256(new byte[parts.length * 100]));
        Arrays.fill(parts, new byte[400]);
        assertThat(parallel(packed(compression, parts), compression, false))
                .isEqualTo(TestArchives.sha256(new byte[parts.length * 400]));
    }

    /** Joining parts unpacks the whole block again, so the number of parts is limited. */
    @Test
    void blockOfManyPartsIsReadSequentially() throws IOException {
        byte[] bytes = TestArchives.random(60_000);
        for (int i = 1_000; i < bytes.length - 4; i += 1_000) {
            bytes[i] = bytes[i + 1] = 0;
            bytes[i + 2] = bytes[i + 3] = -1;
        }
        CRC32 crc = new CRC32();
        crc.update(0);
        crc.update(bytes);
        ByteArrayOutputStream member = new ByteArrayOutputStream();
        member.writeBytes(Compression.GZIP.codec().head());
        // A zero byte with fixed codes, then a stored block. The reader looks for the length of a stored block only if
        // the first block is stored.
        member.writeBytes(new byte[] {0x62, 0, 0});
        member.write(bytes.length);
        member.write(bytes.length >> 8);
        member.write(~bytes.length);
        member.write(~bytes.length >> 8);
        member.writeBytes(bytes);
        member.writeBytes(new byte[] {0, 0, 0, -1, -1});
        member.writeBytes(Compression.GZIP.codec().tail(crc.getValue(), bytes.length + 1));
        assertThat(sequential(file(member))).doesNotStartWith("refused");
        assertThat(parallel(file(member), Compression.GZIP, true)).isEqualTo(sequential(file(member)));
    }

    /** Truncates the file at many sizes and flips many bits. */
    @ParameterizedTest
    @EnumSource(names = {"GZIP", "ZSTD"})
    void damageIsReportedAsBySequentialReading(Compression compression) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(text(700));
        bytes.writeBytes(TestArchives.random(300));
        byte[] whole = Files.readAllBytes(packed(compression, bytes.toByteArray(), text(200), new byte[512]));
        Path file = folder.resolve("damaged");
        for (int size = 20; size < whole.length; size += 7) {
            Files.write(file, Arrays.copyOf(whole, size));
            assertThat(parallel(file, compression, true))
                    .as("truncated to %d", size)
                    .isEqualTo(sequential(file))
                    .startsWith("refused");
        }
        int accepted = 0;
        for (int bit = 32; bit < whole.length * 8; bit += 11) {
            byte[] flipped = whole.clone();
            flipped[bit >> 3] ^= (byte) (1 << (bit & 7));
            Files.write(file, flipped);
            String outcome = sequential(file);
            assertThat(parallel(file, compression, null)).as("bit %d", bit).isEqualTo(outcome);
            accepted += outcome.startsWith("refused") ? 0 : 1;
        }
        assertThat(accepted).isLessThan(whole.length / 10);
    }

    /**
     * Returns the digest of the unpacked bytes, or the error.
     *
     * @param sequential whether the reader must have switched to sequential reading, or null if it may do either
     */
    private static String parallel(Path file, Compression compression, Boolean sequential) throws IOException {
        try (BlockInput in = new BlockInput(new ArchiveFile(file), compression.codec(), () -> {})) {
            String outcome = outcome(in);
            if (sequential != null) {
                assertThat(in.isSequential()).isEqualTo(sequential);
            }
            return outcome;
        }
    }

    private static String sequential(Path file) throws IOException {
        try (InputStream in = Compression.open(Files.newInputStream(file), Compression.BUFFER_BYTES, () -> {})) {
            return outcome(in);
        }
    }

    private static String outcome(InputStream in) {
        try {
            return TestArchives.sha256(in.readAllBytes());
        } catch (IOException | RuntimeException e) {
            return "refused: " + e.getMessage();
        }
    }

    /** Compresses each part separately, as the writer does with files. */
    private Path packed(Compression compression, byte[]... parts) throws IOException {
        ExecutorService pool = Executors.newSingleThreadExecutor();
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.writeBytes(compression.codec().head());
            long crc = 0;
            long size = 0;
            for (byte[] part : parts) {
                BlockOutput blocks = new BlockOutput(compression.codec(), pool, 2, new ArrayDeque<>(), out);
                blocks.write(part, 0, part.length);
                blocks.finish();
                crc = Crc32Combiner.combine(crc, blocks.crc(), blocks.size());
                size += blocks.size();
            }
            out.writeBytes(compression.codec().tail(crc, size));
            return file(out);
        } finally {
            pool.shutdownNow();
        }
    }

    private Path file(ByteArrayOutputStream bytes) throws IOException {
        return Files.write(Files.createTempFile(folder, "packed", ""), bytes.toByteArray());
    }

    private static byte[] text(int size) {
        StringBuilder text = new StringBuilder(size + 100);
        for (int i = 0; text.length() < size; i++) {
            text.append("{\"chunk-")
                    .append(i * 48271L % 99_991)
                    .append("\": {\"tokens\": ")
                    .append(i % 97)
                    .append("}}\n");
        }
        return Arrays.copyOf(text.toString().getBytes(StandardCharsets.US_ASCII), size);
    }
}
