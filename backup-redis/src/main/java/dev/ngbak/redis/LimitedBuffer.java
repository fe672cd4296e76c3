package dev.ngbak.redis;

import dev.ngbak.spi.support.RawJsonReader.ByteSink;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Collects bytes whose number is not known in advance. Keeps them in chunks, because growing an array needs its memory twice.
 * Counts bytes beyond the limit, but does not keep them.
 */
final class LimitedBuffer implements ByteSink {

    private static final int MIN_CHUNK_BYTES = 64;
    private static final int MAX_CHUNK_BYTES = 1 << 16;

    private final long limit;
    private final List<byte[]> fullChunks = new ArrayList<>();
    private byte[] chunk = new byte[MIN_CHUNK_BYTES];
    private int used;
    private long size;

    LimitedBuffer(long limit) {
        this.limit = limit;
    }

    @Override
    public void accept(byte[] bytes, int offset, int length) {
        size += length;
        if (size > limit) {
            fullChunks.clear();
            return;
        }
        for (int done = 0; done < length; ) {
            if (used == chunk.length) {
                grow(length - done);
            }
            int n = Math.min(length - done, chunk.length - used);
            System.arraycopy(bytes, offset + done, chunk, used, n);
            used += n;
            done += n;
        }
    }

    private void grow(int wanted) {
        if (chunk.length < MAX_CHUNK_BYTES) {
            chunk = Arrays.copyOf(chunk, Math.min(MAX_CHUNK_BYTES, Math.max(2 * used, used + wanted)));
        } else {
            fullChunks.add(chunk);
            chunk = new byte[MAX_CHUNK_BYTES];
            used = 0;
        }
    }

    /** Returns all bytes, and empties the buffer. */
    byte[] takeBytes() throws ValueTooLargeException {
        if (size > limit) {
            throw new ValueTooLargeException(size);
        }
        byte[] all = new byte[(int) size];
        int at = 0;
        for (byte[] full : fullChunks) {
            System.arraycopy(full, 0, all, at, full.length);
            at += full.length;
        }
        System.arraycopy(chunk, 0, all, at, used);
        fullChunks.clear();
        return all;
    }
}
