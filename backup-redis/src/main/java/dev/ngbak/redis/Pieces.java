package dev.ngbak.redis;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Collects bytes whose number is not known beforehand. It keeps them in pieces, since an array that grows is in memory
 * twice. Beyond the limit bytes are only counted.
 */
final class Pieces implements JsonCursor.Sink {

    private static final int PIECE = 1 << 16;

    private final long limit;
    private final List<byte[]> full = new ArrayList<>();
    private byte[] last = new byte[64];
    private int used;
    private long size;

    Pieces(long limit) {
        this.limit = limit;
    }

    @Override
    public void add(byte[] bytes, int from, int length) {
        size += length;
        if (size > limit) {
            full.clear();
            last = new byte[0];
            used = 0;
            return;
        }
        for (int done = 0; done < length; ) {
            if (used == last.length) {
                grow(length - done);
            }
            int n = Math.min(length - done, last.length - used);
            System.arraycopy(bytes, from + done, last, used, n);
            used += n;
            done += n;
        }
    }

    private void grow(int wanted) {
        if (last.length < PIECE) {
            last = Arrays.copyOf(last, Math.min(PIECE, Math.max(2 * used, used + wanted)));
        } else {
            full.add(last);
            last = new byte[PIECE];
            used = 0;
        }
    }

    /** Hands out the bytes, once. */
    byte[] joined() throws ValueTooLargeException {
        if (size > limit) {
            throw new ValueTooLargeException(size);
        }
        byte[] all = new byte[(int) size];
        int at = 0;
        for (byte[] piece : full) {
            System.arraycopy(piece, 0, all, at, piece.length);
            at += piece.length;
        }
        System.arraycopy(last, 0, all, at, used);
        full.clear();
        return all;
    }
}
