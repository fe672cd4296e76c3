package dev.ngbak.archive;

import dev.ngbak.spi.ContentDigest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Measures the inner loops of the archive, each on one thread. Scores are blocks of 1 MiB per second, so about MB/s. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "-XX:+UseSerialGC")
public class ArchiveBenchmark {

    private static final int RECORD_BYTES = 1_000;

    /** The kind of data, a parameter of the JMH command line. */
    @Param({"vectors", "json"})
    public String material;

    private final Block block = new Block();
    private final byte[] buffer = new byte[Compression.BUFFER_BYTES];

    @Setup
    public void fill() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (material.equals("vectors")) {
            BenchmarkData.vectors(bytes, Block.SIZE);
        } else {
            BenchmarkData.json(bytes, Block.SIZE);
        }
        System.arraycopy(bytes.toByteArray(), 0, block.raw, 0, Block.SIZE);
        block.length = Block.SIZE;
    }

    /** A compressed stream with one block, as the archive writer creates it. */
    @State(Scope.Thread)
    public static class Packed {
        @Param({"GZIP", "ZSTD"})
        public Compression compression;

        private byte[] archive;

        @Setup
        public void pack(ArchiveBenchmark bench) {
            compression.codec().pack(bench.block);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.writeBytes(compression.codec().head());
            bytes.write(bench.block.packed, 0, bench.block.packedLength);
            bytes.writeBytes(compression.codec().tail(bench.block.crc, Block.SIZE));
            archive = bytes.toByteArray();
        }
    }

    @Benchmark
    public int pack(Packed packed) {
        packed.compression.codec().pack(block);
        return block.packedLength;
    }

    @Benchmark
    public long unpack(Packed packed) throws IOException {
        try (InputStream in = packed.compression.codec().unpack(new ByteArrayInputStream(packed.archive))) {
            long size = 0;
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                size += n;
            }
            return size;
        }
    }

    /** Computes the SHA-256 of a block, as for the content of an entry. */
    @Benchmark
    public byte[] sha256() {
        MessageDigest digest = ContentDigest.sha256();
        digest.update(block.raw, 0, Block.SIZE);
        return digest.digest();
    }

    /** Computes the content digest of records of 1 kB, each with a key and a value. */
    @Benchmark
    public String records() {
        ContentDigest set = new ContentDigest();
        MessageDigest digest = ContentDigest.sha256();
        byte[] value = new byte[RECORD_BYTES];
        for (int offset = 0; offset + RECORD_BYTES <= Block.SIZE; offset += RECORD_BYTES) {
            System.arraycopy(block.raw, offset, value, 0, RECORD_BYTES);
            ContentDigest.field(digest, "chunk-" + offset);
            ContentDigest.field(digest, value);
            set.add(digest.digest());
        }
        return set.text();
    }
}
