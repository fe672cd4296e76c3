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

/** The inner loops, each on one thread. A score is in blocks of 1 MiB a second, so MB/s but for 5 %. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "-XX:+UseSerialGC")
public class ArchiveBenchmark {

    private static final int RECORD = 1_000;

    @Param({"vectors", "json"})
    public String material;

    private final Block block = new Block();
    private final byte[] buffer = new byte[Compression.BUFFER_BYTES];

    @Setup
    public void fill() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (material.equals("vectors")) {
            Material.vectors(bytes, Block.SIZE);
        } else {
            Material.json(bytes, Block.SIZE);
        }
        System.arraycopy(bytes.toByteArray(), 0, block.raw, 0, Block.SIZE);
        block.length = Block.SIZE;
    }

    /** A block as the writer packs it. */
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

    /** Digests the content of a file. */
    @Benchmark
    public byte[] sha256() {
        MessageDigest digest = ContentDigest.sha256();
        digest.update(block.raw, 0, Block.SIZE);
        return digest.digest();
    }

    /** Digests a set of records of one kilobyte, each with a key and a value. */
    @Benchmark
    public String records() {
        ContentDigest set = new ContentDigest();
        MessageDigest digest = ContentDigest.sha256();
        byte[] value = new byte[RECORD];
        for (int at = 0; at + RECORD <= Block.SIZE; at += RECORD) {
            System.arraycopy(block.raw, at, value, 0, RECORD);
            ContentDigest.field(digest, "chunk-" + at);
            ContentDigest.field(digest, value);
            set.add(digest.digest());
        }
        return set.text();
    }
}
