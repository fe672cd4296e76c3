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
 * Cuts what is written into blocks, lets a pool compress them, and writes them in order. At most {@code window} blocks are
 * in memory: a slow pool or disk holds up the writer. One thread writes; nothing is closed but the blocks' own memory.
 */
final class BlockOutput extends OutputStream {

    private record Pending(Block block, Future<?> packed) {}

    private final Compression compression;
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

    /** @param free blocks that may be used, and get those that were; safe for several threads if several use it */
    BlockOutput(Compression compression, ExecutorService pool, int window, Queue<Block> free, OutputStream out) {
        this.compression = compression;
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

    /** Writes all that was put in. */
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
        pending.add(new Pending(block, pool.submit(() -> compression.pack(block))));
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

    /** CRC-32 of what was written (gzip only, else 0). */
    long crc() {
        return crc;
    }

    /** Bytes written in. */
    long size() {
        return size;
    }

    /** Bytes that came out. */
    long packedSize() {
        return packedSize;
    }
}
