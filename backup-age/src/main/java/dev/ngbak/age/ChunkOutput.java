package dev.ngbak.age;

import dev.ngbak.spi.support.DaemonThreads;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Encrypts what is written to it, in blocks of several chunks on several threads. Leaves the target open. For one thread. */
final class ChunkOutput implements WritableByteChannel, Closeable {

    private static final int BLOCK_CHUNKS = 16;
    private static final int THREADS = Math.min(Runtime.getRuntime().availableProcessors(), 4);

    private final WritableByteChannel target;
    private final ChunkCipher cipher;
    private final ExecutorService pool = Executors.newFixedThreadPool(THREADS, DaemonThreads.named("ngbak-encrypt"));
    private final Deque<Future<byte[]>> pending = new ArrayDeque<>();
    private byte[] block = new byte[BLOCK_CHUNKS * ChunkCipher.PLAIN_BYTES];
    private int length;
    private long chunks;
    private boolean closed;

    ChunkOutput(WritableByteChannel target, ChunkCipher cipher) {
        this.target = target;
        this.cipher = cipher;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
        int count = bytes.remaining();
        while (bytes.hasRemaining()) {
            // Only now is it certain that the block is not the last, whose chunk is marked.
            if (length == block.length) {
                submit(false);
            }
            int n = Math.min(bytes.remaining(), block.length - length);
            bytes.get(block, length, n);
            length += n;
        }
        return count;
    }

    private void submit(boolean last) throws IOException {
        byte[] plain = block;
        int size = length;
        long first = chunks;
        pending.add(pool.submit(() -> cipher.encrypt(plain, size, first, last)));
        chunks += BLOCK_CHUNKS;
        block = new byte[last ? 0 : plain.length];
        length = 0;
        while (pending.size() > (last ? 0 : THREADS)) {
            writeOldest();
        }
    }

    private void writeOldest() throws IOException {
        try {
            ByteBuffer packed = ByteBuffer.wrap(pending.remove().get());
            while (packed.hasRemaining()) {
                target.write(packed);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while encrypting");
        } catch (ExecutionException e) {
            throw new IllegalStateException("a chunk could not be encrypted", e.getCause());
        }
    }

    /** Writes the last chunk, without which nobody can read the archive. */
    void finish() throws IOException {
        submit(true);
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public void close() {
        closed = true;
        pool.shutdownNow();
        cipher.destroy();
    }
}
