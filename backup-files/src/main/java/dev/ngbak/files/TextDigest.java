package dev.ngbak.files;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** The SHA-256 of the UTF-8 of texts, one after the other, each of which comes in pieces, which may end between the halves of a character. */
final class TextDigest {

    private final MessageDigest digest;
    private final CharsetEncoder encoder =
            StandardCharsets.UTF_8.newEncoder().onMalformedInput(CodingErrorAction.REPLACE);
    private final ByteBuffer bytes = ByteBuffer.allocate(1 << 12);
    private char half;
    private Communities copy;

    TextDigest(MessageDigest digest) {
        this.digest = digest;
    }

    /** Begins a text, which also goes to the communities if there are any. */
    void begin(Communities communities) {
        copy = communities;
        half = 0;
        digest.reset();
    }

    void add(char[] text, int offset, int length) {
        if (length == 0) {
            return;
        }
        if (copy != null) {
            copy.add(text, offset, length);
        }
        int from = offset;
        int to = offset + length;
        if (half != 0) {
            encode(CharBuffer.wrap(new char[] {half, text[from++]}));
            half = 0;
        }
        if (to > from && Character.isHighSurrogate(text[to - 1])) {
            half = text[--to];
        }
        encode(CharBuffer.wrap(text, from, to - from));
    }

    byte[] digest() {
        return digest.digest();
    }

    private void encode(CharBuffer text) {
        encoder.reset();
        while (text.hasRemaining()) {
            encoder.encode(text, bytes, true);
            digest.update(bytes.flip());
            bytes.clear();
        }
    }
}
