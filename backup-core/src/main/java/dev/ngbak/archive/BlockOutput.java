package dev.ngbak.archive;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/**
 * Splits its input into blocks, compresses them on a pool, and writes them in order. At most {@code window} blocks are
 * in memory, so a slow pool or disk blocks the writer. Does not close the underlying stream. Not thread-safe.
 */
final class BlockOutput extends OutputStream {

    private record Pending(Block block, Future<?> packed) {}

    private final BlockCodec codec;
    private final ExecutorService pool;
    private final OutputStream out;
    private final int window;
    private final Deque<Pending> pending = new ArrayDeque<>();
    private final Queue<Block> free;
    private Block filling;
    private int count;
    private long crc;
    private long size;
    private long packedSize;

    /** @param free blocks for reuse; thread-safe if several outputs share it */
    BlockOutput(BlockCodec codec, ExecutorService pool, int window, Queue<Block> free, OutputStream out) {
        this.codec = codec;
        this.pool = pool;
        this.window = window;
        this.free = free;
        this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        while (length > 0) {
            if (filling == null) {
                filling = free.poll();
                if (filling == null) {
                    filling = new Block();
                }
                filling.length = 0;
                filling.number = count++;
            }
            int part = Math.min(length, Block.SIZE - filling.length);
            System.arraycopy(bytes, offset, filling.raw, filling.length, part);
            filling.length += part;
            offset += part;
            length -= part;
            if (filling.length == Block.SIZE) {
                submit();
            }
        }
    }

    /** Writes all remaining input. */
    void finish() throws IOException {
        if (filling != null && filling.length > 0) {
            submit();
        }
        while (!pending.isEmpty()) {
            writeOldest();
        }
    }

    private void submit() throws IOException {
        while (pending.size() >= window) {
            writeOldest();
        }
        Block block = filling;
        filling = null;
        pending.add(new Pending(block, pool.submit(() -> codec.pack(block))));
    }

    private void writeOldest() throws IOException {
        Pending oldest = pending.remove();
        try {
            oldest.packed().get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while compressing");
        } catch (ExecutionException e) {
            throw new IOException("a block could not be compressed", e.getCause());
        }
        Block block = oldest.block();
        out.write(block.packed, 0, block.packedLength);
        crc = Crc32Combiner.combine(crc, block.crc, block.length);
        size += block.length;
        packedSize += block.packedLength;
        free.add(block);
    }

    /** Returns the CRC-32 of the input (gzip only, otherwise 0). */
    long crc() {
        return crc;
    }

    /** Returns the number of input bytes. */
    long size() {
        return size;
    }

    /** Returns the number of output bytes. */
    long packedSize() {
        return packedSize;
    }
}
