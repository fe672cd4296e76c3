package dev.ngbak.age;

import dev.ngbak.spi.support.DaemonThreads;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/**
 * Decrypts a payload in blocks of several chunks on several threads. Returns no byte of a chunk before all of it is
 * authenticated. The first blocks are small, because a list reads only the beginning of an archive. For one thread.
 */
final class ChunkInput extends InputStream {

    private static final int MAX_BLOCK_CHUNKS = 16;
    private static final int THREADS = Math.min(Runtime.getRuntime().availableProcessors(), 4);

    private final InputStream packed;
    private final ChunkCipher cipher;
    private final Deque<Future<byte[]>> pending = new ArrayDeque<>();
    private ExecutorService pool;
    private int blockChunks = 1;
    private long chunks;
    private boolean ended;
    private byte[] current = new byte[0];
    private int at;

    ChunkInput(InputStream packed, ChunkCipher cipher) {
        this.packed = new BufferedInputStream(packed, ChunkCipher.PACKED_BYTES);
        this.cipher = cipher;
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
        while (at == current.length) {
            if (!advance()) {
                return -1;
            }
        }
        int n = Math.min(length, current.length - at);
        System.arraycopy(current, at, bytes, offset, n);
        at += n;
        return n;
    }

    /** Moves to the next block. Returns false at the end. */
    private boolean advance() throws IOException {
        int ahead = blockChunks < MAX_BLOCK_CHUNKS ? 1 : THREADS + 1;
        while (!ended && pending.size() < ahead) {
            submit();
        }
        if (pending.isEmpty()) {
            return false;
        }
        try {
            current = pending.remove().get();
            at = 0;
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while decrypting");
        } catch (ExecutionException e) {
            throw new IOException("its encrypted content was changed or cut off", e.getCause());
        }
    }

    private void submit() throws IOException {
        byte[] block = packed.readNBytes(blockChunks * ChunkCipher.PACKED_BYTES);
        packed.mark(1);
        boolean last = packed.read() < 0;
        packed.reset();
        long first = chunks;
        chunks += blockChunks;
        ended = last;
        FutureTask<byte[]> decryption = new FutureTask<>(() -> cipher.decrypt(block, block.length, first, last));
        pending.add(decryption);
        if (blockChunks < MAX_BLOCK_CHUNKS) {
            blockChunks *= 2;
            decryption.run();
            return;
        }
        if (pool == null) {
            pool = Executors.newFixedThreadPool(THREADS, DaemonThreads.named("ngbak-decrypt"));
        }
        pool.execute(decryption);
    }

    @Override
    public void close() throws IOException {
        if (pool != null) {
            pool.shutdownNow();
        }
        cipher.destroy();
        packed.close();
    }
}
