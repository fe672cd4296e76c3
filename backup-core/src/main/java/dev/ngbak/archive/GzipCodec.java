package dev.ngbak.archive;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * Packs all blocks into one gzip member. The deflated bytes of each block end on a byte boundary, so that the blocks
 * can be compressed independently.
 */
final class GzipCodec implements BlockCodec {

    private static final byte[] HEAD = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};

    /** An empty stored block, as a full flush writes it: RFC 1951 §3.2.4. */
    private static final byte[] EMPTY_STORED_BLOCK = {0, 0, 0, -1, -1};

    private static final int STORED_HEADER_BYTES = 5;
    private static final int MAX_STORED_BYTES = 0xffff;

    /**
     * Every 16th block is compressed at level 2. This takes 1 % more time and makes up for the loss from compressing
     * blocks independently.
     */
    private static final int LEVEL_2_INTERVAL = 16;

    private static final int SAMPLES = 4;
    private static final int SAMPLE_BYTES = 4096;

    @Override
    public byte[] head() {
        return HEAD.clone();
    }

    @Override
    public void pack(Block block) {
        block.crc = crc(block);
        boolean level2 = block.number % LEVEL_2_INTERVAL == LEVEL_2_INTERVAL - 1;
        Deflater deflater = new Deflater(level2 ? Deflater.BEST_SPEED + 1 : Deflater.BEST_SPEED, true);
        try {
            if (isIncompressible(block, deflater)) {
                store(block);
                return;
            }
            deflater.reset();
            deflater.setInput(block.raw, 0, block.length);
            block.packedLength = deflater.deflate(block.packed, 0, block.packed.length, Deflater.FULL_FLUSH);
        } finally {
            deflater.end();
        }
        if (block.packedLength >= block.length) {
            store(block);
        }
    }

    /**
     * Deflates a sample and returns whether deflating the whole block would save less than an eighth. Vectors, for
     * example, shrink by only a fourteenth, but deflating them costs twenty times as much as storing them, and each
     * reading costs as much again.
     */
    private static boolean isIncompressible(Block block, Deflater deflater) {
        if (block.length < 4 * SAMPLES * SAMPLE_BYTES) {
            return false;
        }
        // The array of packed bytes is not in use yet, so it can hold the sample.
        byte[] scratch = block.packed;
        for (int i = 0; i < SAMPLES; i++) {
            System.arraycopy(block.raw, block.length / SAMPLES * i, scratch, i * SAMPLE_BYTES, SAMPLE_BYTES);
        }
        int size = SAMPLES * SAMPLE_BYTES;
        deflater.setInput(scratch, 0, size);
        return deflater.deflate(scratch, size, scratch.length - size, Deflater.FULL_FLUSH) > size - size / 8;
    }

    /**
     * Packs a block without deflating it: into stored blocks and an empty one, which marks the end as a full flush
     * does.
     */
    private static void store(Block block) {
        ByteBuffer out = ByteBuffer.wrap(block.packed).order(ByteOrder.LITTLE_ENDIAN);
        for (int from = 0; from < block.length; from += MAX_STORED_BYTES) {
            int size = Math.min(MAX_STORED_BYTES, block.length - from);
            out.put((byte) 0).putShort((short) size).putShort((short) ~size).put(block.raw, from, size);
        }
        block.packedLength = out.put(EMPTY_STORED_BLOCK).position();
    }

    /** Finds the next empty stored block, or bytes that look like one. Skips stored blocks by their length. */
    @Override
    public int findBlockEnd(byte[] bytes, int from, int to) {
        int at = from;
        while (at + STORED_HEADER_BYTES <= to && bytes[at] == 0) {
            int size = (bytes[at + 1] & 0xff) | (bytes[at + 2] & 0xff) << 8;
            int complement = (bytes[at + 3] & 0xff) | (bytes[at + 4] & 0xff) << 8;
            if (size + complement != MAX_STORED_BYTES) {
                break;
            }
            at += STORED_HEADER_BYTES + size;
            if (size == 0) {
                return at;
            }
        }
        // Advances in steps: the mark 00 00 ff ff contains no byte other than 0 and -1, and its end is at least two
        // bytes
        // after a 0.
        int i = at + 3;
        while (i < to) {
            if (bytes[i] == -1) {
                if (bytes[i - 1] == -1 && bytes[i - 2] == 0 && bytes[i - 3] == 0) {
                    return i + 1;
                }
                i++;
            } else {
                i += bytes[i] == 0 ? 2 : 4;
            }
        }
        return -1;
    }

    @Override
    public void unpack(Block block) {
        block.length = -1;
        // An empty final deflate block. The inflater accepts it only between two blocks.
        block.packed[block.packedLength] = 3;
        block.packed[block.packedLength + 1] = 0;
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(block.packed, 0, block.packedLength + SPARE_BYTES);
            int length = inflater.inflate(block.raw);
            boolean all = inflater.finished() || inflater.inflate(new byte[1]) == 0;
            if (all && inflater.finished() && inflater.getRemaining() == 0) {
                block.length = length;
                block.crc = crc(block);
            }
        } catch (DataFormatException e) {
            block.length = -1;
        } finally {
            inflater.end();
        }
    }

    private static long crc(Block block) {
        CRC32 crc = new CRC32();
        crc.update(block.raw, 0, block.length);
        return crc.getValue();
    }

    /** Returns an empty final deflate block (fixed codes), the CRC-32 and the size modulo 2^32. */
    @Override
    public byte[] tail(long crc, long size) {
        return ByteBuffer.allocate(10)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 3)
                .put((byte) 0)
                .putInt((int) crc)
                .putInt((int) size)
                .array();
    }

    @Override
    public InputStream unpack(InputStream in) throws IOException {
        return GzipCompressorInputStream.builder()
                .setInputStream(in)
                .setDecompressConcatenated(true)
                .get();
    }
}
