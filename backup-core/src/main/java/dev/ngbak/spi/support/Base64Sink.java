package dev.ngbak.spi.support;

import dev.ngbak.spi.support.RawJsonReader.ByteSink;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.LongSupplier;

/** Decodes Base64 that arrives in pieces, one text after the other. */
final class Base64Sink implements ByteSink {

    private final LongSupplier offset;
    private final byte[] text = new byte[1 << 14];
    private final byte[] bytes = new byte[text.length / 4 * 3];
    private ByteSink decoded;
    private int length;
    private boolean padded;

    /** @param offset the position that an error message names */
    Base64Sink(LongSupplier offset) {
        this.offset = offset;
    }

    /** Begins a text whose bytes go to a sink. */
    void begin(ByteSink newDecoded) {
        decoded = newDecoded;
        length = 0;
        padded = false;
    }

    @Override
    public void accept(byte[] piece, int from, int pieceLength) throws IOException {
        for (int done = 0; done < pieceLength; ) {
            if (length == text.length) {
                decode(text);
            }
            int n = Math.min(pieceLength - done, text.length - length);
            System.arraycopy(piece, from + done, text, length, n);
            length += n;
            done += n;
        }
    }

    /** Decodes the rest of the text. */
    void finish() throws IOException {
        if (length > 0) {
            decode(Arrays.copyOf(text, length));
        }
    }

    private void decode(byte[] block) throws IOException {
        if (padded || block.length % 4 != 0) {
            throw invalid();
        }
        int n;
        try {
            n = Base64.getDecoder().decode(block, bytes);
        } catch (IllegalArgumentException e) {
            throw invalid();
        }
        padded = block[block.length - 1] == '=';
        if (padded) {
            // The JDK's decoder ignores the unused bits of the last character, so they are compared here.
            byte[] last = Base64.getEncoder().encode(Arrays.copyOfRange(bytes, n - n % 3, n));
            if (!Arrays.equals(last, 0, 4, block, block.length - 4, block.length)) {
                throw invalid();
            }
        }
        decoded.accept(bytes, 0, n);
        length = 0;
    }

    private MalformedContentException invalid() {
        return new MalformedContentException("contains invalid Base64 before byte " + offset.getAsLong());
    }
}
