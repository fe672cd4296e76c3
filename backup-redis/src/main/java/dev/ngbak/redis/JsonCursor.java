package dev.ngbak.redis;

import dev.ngbak.spi.support.MalformedContentException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads JSON as RFC 8259 has it, in UTF-8, and hands out values with the bytes that they are spelled with. It holds one
 * value at a time, and none that is larger than {@link ValueLimit} allows. Values are nested at most {@link #DEEPEST} deep, which every jq reads.
 */
final class JsonCursor {

    static final int DEEPEST = 200;

    private static final String ENDS = "it ends here, before its end";

    private static final String ESCAPES = "\"\\/bfnrt";
    private static final String ESCAPED = "\"\\/\b\f\n\r\t";

    /** Most of what is read here is text in strings, so that is looked at eight bytes at a time. */
    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGH = 0x8080_8080_8080_8080L;

    /** What each hexadecimal digit is worth; anything else -1, which no shift makes positive. */
    private static final byte[] HEX = new byte[256];

    static {
        for (int c = 0; c < HEX.length; c++) {
            HEX[c] = (byte) Character.digit(c, 16);
        }
    }

    /** Takes the bytes of a value as they are read. */
    @FunctionalInterface
    interface Sink {
        void add(byte[] bytes, int from, int length) throws MalformedContentException;
    }

    private final InputStream in;
    private final byte[] buffer;
    private int at;
    private int end;
    private int mark = -1;
    private Sink sink;
    private long before;

    JsonCursor(InputStream in) {
        this.in = in;
        this.buffer = new byte[1 << 16];
    }

    private JsonCursor(byte[] text) {
        this.in = InputStream.nullInputStream();
        this.buffer = text;
        this.end = text.length;
    }

    /** Whether a text is one JSON value with nothing around it, not even white space. */
    static boolean isValue(byte[] text) {
        if (text.length == 0) {
            return false;
        }
        JsonCursor cursor = new JsonCursor(text);
        try {
            cursor.skipValue(0);
            return cursor.before + cursor.at == text.length;
        } catch (IOException e) {
            return false;
        }
    }

    /** The next byte that is not white space, which stays where it is; -1 at the end. */
    int peek() throws IOException {
        int c = current();
        while (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
            at++;
            c = current();
        }
        return c;
    }

    void enter() throws IOException {
        expect('{');
    }

    /** Whether another member follows in an object; goes out of it if not. */
    boolean next(boolean first) throws IOException {
        int c = peek();
        if (c == '}') {
            at++;
            return false;
        }
        if (!first) {
            expect(',');
        }
        return true;
    }

    /** A member's name as UTF-8, and the colon behind it. */
    byte[] name() throws IOException {
        byte[] name = text(ValueLimit.MAX_KEY_BYTES);
        expect(':');
        return name;
    }

    /** A value as it is spelled. */
    byte[] value() throws IOException {
        peek();
        mark = at;
        Pieces pieces = new Pieces(ValueLimit.MAX_VALUE_BYTES);
        sink = pieces;
        skipValue(0);
        handOver();
        mark = -1;
        return pieces.joined();
    }

    /** A string as UTF-8, which has so many bytes at most. */
    byte[] text(long limit) throws IOException {
        Pieces text = new Pieces(limit);
        string(text);
        return text.joined();
    }

    /** The bytes, so many at most, that a string has in Base64. */
    byte[] base64(long limit) throws IOException {
        Pieces bytes = new Pieces(limit);
        Base64Pieces decoder = new Base64Pieces(bytes);
        string(decoder);
        decoder.end();
        return bytes.joined();
    }

    /** Decodes a string while it is read, since it may be spelled six times as long as it is. */
    private void string(Sink to) throws IOException {
        if (peek() != '"') {
            throw malformed("a string should begin here");
        }
        at++;
        sink = to;
        mark = at;
        while (true) {
            at = unescaped(buffer, at, end);
            int c = current();
            if (c == '"') {
                handOver();
                mark = -1;
                at++;
                return;
            } else if (c == '\\') {
                handOver();
                mark = -1;
                int character = escape();
                byte[] utf8 = character < 0x80
                        ? new byte[] {(byte) character}
                        : Character.toString(character).getBytes(StandardCharsets.UTF_8);
                to.add(utf8, 0, utf8.length);
                mark = at;
            } else if (c >= 0x80) {
                skipCharacter(c);
            } else if (c < 0x20) {
                throw malformed(c == -1 ? ENDS : "a control character stands in a string");
            }
        }
    }

    /** Gives the bytes since the mark to the sink. */
    private void handOver() throws MalformedContentException {
        int to = Math.min(at, end);
        sink.add(buffer, mark, to - mark);
        mark = to;
    }

    /** Makes sure that nothing but white space follows. */
    void end() throws IOException {
        if (peek() != -1) {
            throw malformed("something follows the end of the value");
        }
    }

    /** The value of four hexadecimal digits, negative where one is none. */
    private static int unit(byte[] spelled, int from) {
        return HEX[spelled[from] & 0xff] << 12
                | HEX[spelled[from + 1] & 0xff] << 8
                | HEX[spelled[from + 2] & 0xff] << 4
                | HEX[spelled[from + 3] & 0xff];
    }

    MalformedContentException malformed(String why) {
        return new MalformedContentException("it is not what its form says at byte " + (before + at) + ": " + why);
    }

    private void expect(char wanted) throws IOException {
        int c = peek();
        if (c != wanted) {
            throw malformed(c == -1 ? ENDS : "\"" + wanted + "\" should stand here");
        }
        at++;
    }

    private void skipValue(int depth) throws IOException {
        int c = current();
        switch (c) {
            case '{' -> skipMembers(depth);
            case '[' -> skipElements(depth);
            case '"' -> skipString();
            case 't' -> skipToken("true");
            case 'f' -> skipToken("false");
            case 'n' -> skipToken("null");
            default -> skipNumber(c);
        }
    }

    private void skipMembers(int depth) throws IOException {
        deeper(depth);
        at++;
        for (boolean first = true; next(first); first = false) {
            peek();
            skipString();
            expect(':');
            peek();
            skipValue(depth + 1);
        }
    }

    private void skipElements(int depth) throws IOException {
        deeper(depth);
        at++;
        for (boolean first = true; peek() != ']'; first = false) {
            if (!first) {
                expect(',');
                peek();
            }
            skipValue(depth + 1);
        }
        at++;
    }

    private void deeper(int depth) throws MalformedContentException {
        if (depth == DEEPEST) {
            throw malformed("values are nested more than " + DEEPEST + " deep");
        }
    }

    private void skipToken(String token) throws IOException {
        for (int i = 0; i < token.length(); i++) {
            if (current() != token.charAt(i)) {
                throw malformed("no value is spelled like this");
            }
            at++;
        }
    }

    private void skipNumber(int first) throws IOException {
        int c = first;
        if (c == '-') {
            at++;
            c = current();
        }
        if (c == '0') {
            at++;
        } else {
            skipDigits();
        }
        if (current() == '.') {
            at++;
            skipDigits();
        }
        if (current() == 'e' || current() == 'E') {
            at++;
            if (current() == '+' || current() == '-') {
                at++;
            }
            skipDigits();
        }
    }

    private void skipDigits() throws IOException {
        int c = current();
        if (c < '0' || c > '9') {
            throw malformed(c == -1 ? ENDS : "no value is spelled like this");
        }
        while (c >= '0' && c <= '9') {
            at++;
            c = current();
        }
    }

    private void skipString() throws IOException {
        if (current() != '"') {
            throw malformed("a string should begin here");
        }
        at++;
        while (true) {
            at = plain(buffer, at, end);
            int c = current();
            if (c == '"') {
                at++;
                return;
            } else if (c == '\\') {
                escape();
            } else if (c >= 0x80) {
                skipCharacter(c);
            } else if (c < 0x20) {
                throw malformed(c == -1 ? ENDS : "a control character stands in a string");
            }
        }
    }

    /** Goes over ASCII and escaped characters of a string, up to what needs a closer look. */
    private static int plain(byte[] buffer, int from, int end) {
        int i = unescaped(buffer, from, end);
        while (end - i >= 6 && buffer[i] == '\\' && buffer[i + 1] == 'u') {
            int unit = unit(buffer, i + 2);
            if (unit < 0 || Character.isSurrogate((char) unit)) {
                break;
            }
            i = unescaped(buffer, i + 6, end);
        }
        return i;
    }

    /** Goes over ASCII characters of a string that stand for themselves. */
    private static int unescaped(byte[] buffer, int from, int end) {
        int i = from;
        while (end - i >= Long.BYTES) {
            long word = (long) WORDS.get(buffer, i);
            // The lowest high bit stands at the first byte that is a control character, a quote, a backslash or not
            // ASCII.
            long special = (word | word - ' ' * ONES | (word ^ '"' * ONES) - ONES | (word ^ '\\' * ONES) - ONES) & HIGH;
            if (special != 0) {
                return i + (Long.numberOfTrailingZeros(special) >>> 3);
            }
            i += Long.BYTES;
        }
        while (i < end && buffer[i] >= ' ' && buffer[i] != '"' && buffer[i] != '\\') {
            i++;
        }
        return i;
    }

    /**
     * Goes over an escape.
     *
     * @return the character that it stands for
     */
    private int escape() throws IOException {
        at++;
        int c = current();
        int character;
        if (c == 'u') {
            character = skipUnit();
            if (Character.isHighSurrogate((char) character)) {
                at++;
                boolean pair = current() == '\\';
                at++;
                pair &= current() == 'u';
                char low = pair ? skipUnit() : 0;
                // jq 1.6 reads no half of a pair.
                if (!Character.isLowSurrogate(low)) {
                    throw malformed("a string has half of a surrogate pair in it");
                }
                character = Character.toCodePoint((char) character, low);
            } else if (Character.isLowSurrogate((char) character)) {
                throw malformed("a string has half of a surrogate pair in it");
            }
        } else {
            int known = c == -1 ? -1 : ESCAPES.indexOf(c);
            if (known < 0) {
                throw malformed("no character is escaped like this");
            }
            character = ESCAPED.charAt(known);
        }
        at++;
        return character;
    }

    /** Goes from the u of an escape to its last digit. */
    private char skipUnit() throws IOException {
        int unit = 0;
        for (int i = 0; i < 4; i++) {
            at++;
            int c = current();
            int digit = c < 0 ? c : HEX[c];
            if (digit < 0) {
                throw malformed("\\u should have four hexadecimal digits");
            }
            unit = unit << 4 | digit;
        }
        return (char) unit;
    }

    /** A character of several bytes. The second byte's range keeps out overlong forms, surrogates and what is beyond. */
    private void skipCharacter(int lead) throws IOException {
        int more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
        int least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        int most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        if (lead < 0xc2 || lead > 0xf4) {
            throw malformed("it is not UTF-8");
        }
        for (int i = 0; i < more; i++) {
            at++;
            int c = current();
            if (c < least || c > most) {
                throw malformed("it is not UTF-8");
            }
            least = 0x80;
            most = 0xbf;
        }
        at++;
    }

    private int current() throws IOException {
        return at < end || fill() ? buffer[at] & 0xff : -1;
    }

    /** Reads on once all was read that is in the buffer. */
    private boolean fill() throws IOException {
        if (mark >= 0) {
            handOver();
            mark = 0;
        }
        before += end;
        at -= end;
        end = 0;
        int n = in.read(buffer, 0, buffer.length);
        end = Math.max(n, 0);
        return n > 0;
    }
}
