package dev.ngbak.redis;

import dev.ngbak.spi.support.MalformedContentException;
import java.util.Arrays;
import java.util.Base64;

/** Decodes Base64 piece by piece, as the text arrives. */
final class Base64Pieces implements JsonCursor.Sink {

    private final Pieces decoded;
    private final byte[] text = new byte[1 << 12];
    private int used;
    private boolean padded;

    Base64Pieces(Pieces decoded) {
        this.decoded = decoded;
    }

    @Override
    public void add(byte[] bytes, int from, int length) throws MalformedContentException {
        for (int done = 0; done < length; ) {
            if (used == text.length) {
                decode();
            }
            int n = Math.min(length - done, text.length - used);
            System.arraycopy(bytes, from + done, text, used, n);
            used += n;
            done += n;
        }
    }

    /** Decodes the rest. */
    void end() throws MalformedContentException {
        decode();
    }

    private void decode() throws MalformedContentException {
        if (used == 0) {
            return;
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(Arrays.copyOf(text, used));
            if (padded) {
                throw new MalformedContentException("what should be Base64 goes on behind its end");
            }
            decoded.add(bytes, 0, bytes.length);
        } catch (IllegalArgumentException e) {
            throw new MalformedContentException("what should be Base64 is not");
        }
        padded = text[used - 1] == '=';
        used = 0;
    }
}
