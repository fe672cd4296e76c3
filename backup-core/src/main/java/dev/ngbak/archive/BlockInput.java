package dev.ngbak.archive;

import dev.ngbak.spi.support.DaemonThreads;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Reads an archive that {@link BlockOutput} wrote: splits it into its blocks, unpacks them on several threads, and returns
 * them in order. Only a few blocks are in memory. If anything differs from what {@code BlockOutput} writes, because another
 * program packed the archive or because it is damaged, a sequential reader starts again from the beginning, skips to the same
 * position, and decides.
 */
final class BlockInput extends InputStream {

    private static final int MAX_PACKED_BYTES = new Block().packed.length - BlockCodec.SPARE_BYTES;

    /**
     * If blocks are smaller than this on average, switching between threads costs more than it saves. Even files of one
     * byte exceed it: each makes three blocks with 1,024 bytes in all.
     */
    private static final int MIN_AVERAGE_BYTES = 256;

    /** The average size is checked only after this number of blocks. */
    private static final int MIN_BLOCKS_FOR_AVERAGE = 1024;

    /** The maximum number of parts that are joined to one block because its bytes looked like several blocks. */
    private static final int MAX_PARTS = 16;

    private final ReadableArchive archive;
    private final BlockCodec codec;
    private final int window = Math.min(Runtime.getRuntime().availableProcessors(), 8) + 1;
    private final ExecutorService pool;
    private final Deque<Future<Block>> pending = new ArrayDeque<>();
    private final Deque<Block> free = new ArrayDeque<>();
    private final Runnable check;
    private final InputStream packed;
    private final byte[] ahead = new byte[2 * MAX_PACKED_BYTES];
    private int from;
    private int to;
    private Block current;
    private int at;
    private long crc;
    private long size;
    private long blocks;
    private InputStream sequential;

    /**
     * @param codec of the archive, detected from its first bytes
     * @param check called at every step; an exception from it stops the reading
     */
    BlockInput(ReadableArchive archive, BlockCodec codec, Runnable check) throws IOException {
        this.archive = archive;
        this.codec = codec;
        this.check = check;
        this.packed = archive.read(0);
        this.pool = Executors.newFixedThreadPool(window - 1, DaemonThreads.named("ngbak-unpack"));
        try {
            byte[] head = codec.head();
            if (!Arrays.equals(packed.readNBytes(head.length), head)) {
                fallBackToSequential();
            }
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Returns whether the sequential reader has taken over. */
    boolean isSequential() {
        return sequential != null;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (sequential == null && (current == null || at == current.length) && !advance()) {
            return -1;
        }
        if (sequential != null) {
            return sequential.read(bytes, offset, length);
        }
        int n = Math.min(length, current.length - at);
        System.arraycopy(current.raw, at, bytes, offset, n);
        at += n;
        return n;
    }

    /** Moves to the next block, or to the sequential reader. Returns false at the end. */
    private boolean advance() throws IOException {
        if (current != null) {
            free.push(current);
            current = null;
        }
        do {
            UnpackedInput.check(check);
            if (blocks > MIN_BLOCKS_FOR_AVERAGE + size / MIN_AVERAGE_BYTES) {
                fallBackToSequential();
                return true;
            }
            submit();
            if (pending.isEmpty()) {
                if (Arrays.equals(Arrays.copyOfRange(ahead, from, to), codec.tail(crc, size))) {
                    return false;
                }
                fallBackToSequential();
                return true;
            }
            Block block = oldest();
            // Bytes inside the block may look like its end.
            int parts = 1;
            for (submit(); block.length < 0 && !pending.isEmpty(); submit()) {
                Block rest = oldest();
                if (++parts > MAX_PARTS || block.packedLength + rest.packedLength > MAX_PACKED_BYTES) {
                    break;
                }
                System.arraycopy(rest.packed, 0, block.packed, block.packedLength, rest.packedLength);
                block.packedLength += rest.packedLength;
                codec.unpack(block);
                free.push(rest);
            }
            if (block.length < 0) {
                fallBackToSequential();
                return true;
            }
            crc = Crc32Combiner.combine(crc, block.crc, block.length);
            size += block.length;
            blocks++;
            current = block;
            at = 0;
        } while (current.length == 0);
        return true;
    }

    private void submit() throws IOException {
        while (pending.size() < window) {
            int end = codec.findBlockEnd(ahead, from, to);
            if (end < 0 && to - from < MAX_PACKED_BYTES) {
                System.arraycopy(ahead, from, ahead, 0, to - from);
                to -= from;
                from = 0;
                int n = packed.readNBytes(ahead, to, ahead.length - to);
                to += n;
                if (n > 0) {
                    continue;
                }
            }
            if (end < 0 || end - from > MAX_PACKED_BYTES) {
                return;
            }
            Block block = free.isEmpty() ? new Block() : free.pop();
            block.packedLength = end - from;
            System.arraycopy(ahead, from, block.packed, 0, block.packedLength);
            from = end;
            pending.add(pool.submit(() -> codec.unpack(block), block));
        }
    }

    private Block oldest() throws IOException {
        try {
            return pending.remove().get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while unpacking");
        } catch (ExecutionException e) {
            throw new IllegalStateException("a block could not be unpacked", e.getCause());
        }
    }

    private void fallBackToSequential() throws IOException {
        stop();
        pending.clear();
        free.clear();
        sequential = Compression.open(archive.read(0), Compression.BUFFER_BYTES, check);
        sequential.skipNBytes(size);
    }

    private void stop() throws IOException {
        pool.shutdownNow();
        packed.close();
    }

    @Override
    public void close() throws IOException {
        stop();
        if (sequential != null) {
            sequential.close();
        }
    }
}
