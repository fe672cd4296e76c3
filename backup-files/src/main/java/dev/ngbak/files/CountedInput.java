package dev.ngbak.files;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Bounds what an XML reader may take in for a single event. It hands texts on in pieces, but holds a tag, a comment or a
 * CDATA section whole, and has no limit of its own for their length.
 */
final class CountedInput extends FilterInputStream {

    static final int MAX_LENGTH = 8 << 20;

    private long count;

    CountedInput(InputStream in) {
        super(in);
    }

    /** Begins to count anew. */
    void restart() {
        count = 0;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int n = in.read(bytes, offset, length);
        count += Math.max(n, 0);
        if (count > MAX_LENGTH) {
            throw new Malformed("is not valid GraphML: a tag, a comment or a CDATA section in it is longer than "
                    + (MAX_LENGTH >> 20) + " MiB");
        }
        return n;
    }
}
