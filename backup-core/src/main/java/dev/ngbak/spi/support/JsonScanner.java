package dev.ngbak.spi.support;

import dev.ngbak.spi.support.RawJsonReader.ByteSink;
import dev.ngbak.spi.support.RawJsonReader.Dialect;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Contains the buffer of {@link RawJsonReader}, and reads all values that have no parts: strings, numbers and literals.
 */
abstract class JsonScanner {

    private static final int BUFFER_BYTES = 1 << 16;
    private static final String ESCAPES = "\"\\/bfnrt";
    private static final String ESCAPED = "\"\\/\b\f\n\r\t";

    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long EACH_BYTE = 0x0101_0101_0101_0101L;
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

    /** The value of each hexadecimal digit, or -1. */
    private static final byte[] HEX = new byte[256];

    static {
        for (int c = 0; c < HEX.length; c++) {
            HEX[c] = (byte) (c < 0x80 ? Character.digit(c, 16) : -1);
        }
    }

    private final InputStream in;
    private final boolean strict;
    private final byte[] buffer;
    private int at;
    private int end;
    private long bufferOffset;

    /** Receives everything from {@link #pending} on, unless it is null. */
    private ByteSink sink;

    private int pending;
    private boolean minify;

    JsonScanner(InputStream in, Dialect dialect) {
        this.in = in;
        this.buffer = new byte[BUFFER_BYTES];
        this.strict = dialect == Dialect.STRICT;
    }

    JsonScanner(byte[] text, Dialect dialect) {
        this.in = InputStream.nullInputStream();
        this.buffer = text;
        this.end = text.length;
        this.strict = dialect == Dialect.STRICT;
    }

    /** Returns the next byte that is not white space, without consuming it, or -1 at the end. */
    public final int peek() throws IOException {
        int c = current();
        if (isSpace(c)) {
            if (minify) {
                flush();
            }
            do {
                at++;
                pending = minify ? at : pending;
                c = current();
            } while (isSpace(c));
        }
        return c;
    }

    /** Returns the number of bytes read. */
    public final long offset() {
        return bufferOffset + at;
    }

    /** Returns an exception for the current position. */
    public final MalformedContentException malformed(String why) {
        return new MalformedContentException("is not valid JSON at byte " + offset() + ": " + why);
    }

    final MalformedContentException expected(int found, String what) {
        return malformed(found == -1 ? "the text ends too early" : "expected " + what);
    }

    /** Consumes a byte, after white space. */
    final void expect(char wanted, String name) throws IOException {
        int c = peek();
        if (c != wanted) {
            throw expected(c, name);
        }
        at++;
    }

    /** Consumes a byte if it comes next, after white space. */
    final boolean accept(char wanted) throws IOException {
        boolean found = peek() == wanted;
        at += found ? 1 : 0;
        return found;
    }

    static boolean isSpace(int c) {
        return c == ' ' || c == '\n' || c == '\r' || c == '\t';
    }

    /** Passes all bytes that are read from now on to a sink, until {@link #endHandOver}. */
    final void beginHandOver(ByteSink newSink, boolean minified) {
        sink = newSink;
        pending = at;
        minify = minified;
    }

    final void endHandOver() throws IOException {
        flush();
        sink = null;
        minify = false;
    }

    private void flush() throws IOException {
        if (sink != null && at > pending) {
            sink.accept(buffer, pending, at - pending);
        }
        pending = at;
    }

    private int current() throws IOException {
        return at < end || fill() ? buffer[at] & 0xff : -1;
    }

    private boolean fill() throws IOException {
        flush();
        bufferOffset += end;
        at = 0;
        pending = 0;
        end = 0;
        end = in.readNBytes(buffer, 0, buffer.length);
        return end > 0;
    }

    final void skipScalar(int c) throws IOException {
        switch (c) {
            case '"' -> skipString();
            case 't' -> skipToken("true");
            case 'f' -> skipToken("false");
            case 'n' -> skipToken("null");
            default -> skipNumber(c);
        }
    }

    private void skipToken(String token) throws IOException {
        for (int i = 0; i < token.length(); i++) {
            int c = current();
            if (c != token.charAt(i)) {
                throw expected(c, "a value");
            }
            at++;
        }
    }

    private void skipNumber(int sign) throws IOException {
        if (sign == '-') {
            at++;
        }
        int c = current();
        if (c == 'I' && !strict) {
            skipToken("Infinity");
            return;
        }
        if (c == 'N' && sign != '-' && !strict) {
            skipToken("NaN");
            return;
        }
        if (c == '0') {
            at++;
        } else {
            skipDigits("a value");
        }
        if (current() == '.') {
            at++;
            skipDigits("a digit");
        }
        if (current() == 'e' || current() == 'E') {
            at++;
            if (current() == '+' || current() == '-') {
                at++;
            }
            skipDigits("a digit");
        }
    }

    private void skipDigits(String expected) throws IOException {
        int c = current();
        if (c < '0' || c > '9') {
            throw expected(c, expected);
        }
        while (c >= '0' && c <= '9') {
            at++;
            c = current();
        }
    }

    final void skipString() throws IOException {
        expect('"', "a string");
        skipToQuote();
        at++;
    }

    /** Moves to the quote that ends a string. */
    final void skipToQuote() throws IOException {
        while (skipPlain() != '"') {
            if (!skipEscapes()) {
                escape(strict);
            }
        }
    }

    /** Moves to the next quote or backslash of a string, and returns it. */
    final int skipPlain() throws IOException {
        while (true) {
            at = endOfAscii(buffer, at, end);
            int c = current();
            if (c == '"' || c == '\\') {
                return c;
            } else if (c >= 0x80) {
                skipMultibyte(c);
            } else if (c < 0x20) {
                throw c == -1 ? expected(c, "a quote") : malformed("control character in a string");
            }
        }
    }

    /**
     * Returns the end of a run of ASCII characters that need no escape. Most text is ASCII, so this method checks eight
     * characters at a time.
     */
    private static int endOfAscii(byte[] buffer, int from, int end) {
        int i = from;
        while (end - i >= Long.BYTES) {
            long word = (long) WORDS.get(buffer, i);
            // The lowest high bit is set in the first byte that is a control character, a quote, a backslash or not
            // ASCII.
            long special = (word
                            | word - ' ' * EACH_BYTE
                            | (word ^ '"' * EACH_BYTE) - EACH_BYTE
                            | (word ^ '\\' * EACH_BYTE) - EACH_BYTE)
                    & HIGH_BITS;
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
     * Skips escapes such as \u00e9 that are complete in the buffer. Python writes all text other than ASCII in this
     * form.
     */
    private boolean skipEscapes() {
        int start = at;
        while (end - at >= 6 && buffer[at] == '\\' && buffer[at + 1] == 'u') {
            int unit = HEX[buffer[at + 2] & 0xff] << 12
                    | HEX[buffer[at + 3] & 0xff] << 8
                    | HEX[buffer[at + 4] & 0xff] << 4
                    | HEX[buffer[at + 5] & 0xff];
            if (unit < 0 || Character.isSurrogate((char) unit)) {
                break;
            }
            at += 6;
        }
        return at > start;
    }

    /**
     * Reads an escape and returns its character. If {@code pairs} is false, returns a surrogate unchanged; otherwise,
     * requires a pair of them and returns the character that it encodes.
     */
    final int escape(boolean pairs) throws IOException {
        at++;
        int c = current();
        if (c != 'u') {
            int known = c == -1 ? -1 : ESCAPES.indexOf(c);
            if (known < 0) {
                throw malformed("invalid escape sequence");
            }
            at++;
            return ESCAPED.charAt(known);
        }
        char unit = codeUnit();
        if (!pairs || !Character.isSurrogate(unit)) {
            return unit;
        }
        if (Character.isHighSurrogate(unit) && current() == '\\') {
            at++;
            char low = current() == 'u' ? codeUnit() : 0;
            if (Character.isLowSurrogate(low)) {
                return Character.toCodePoint(unit, low);
            }
        }
        throw malformed("a string contains half of a surrogate pair");
    }

    /** Reads the u of an escape and its four digits. */
    private char codeUnit() throws IOException {
        int unit = 0;
        for (int i = 0; i < 4; i++) {
            at++;
            int c = current();
            int digit = c < 0 ? c : HEX[c];
            if (digit < 0) {
                throw malformed("\\u must be followed by four hexadecimal digits");
            }
            unit = unit << 4 | digit;
        }
        at++;
        return (char) unit;
    }

    /** Skips a character of several bytes. Limits of the second byte exclude overlong forms, surrogates and more than U+10FFFF. */
    private void skipMultibyte(int lead) throws IOException {
        int more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
        int min = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        int max = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        if (lead < 0xc2 || lead > 0xf4) {
            throw malformed("invalid UTF-8");
        }
        for (int i = 0; i < more; i++) {
            at++;
            int c = current();
            if (c < min || c > max) {
                throw malformed("invalid UTF-8");
            }
            min = 0x80;
            max = 0xbf;
        }
        at++;
    }
}
