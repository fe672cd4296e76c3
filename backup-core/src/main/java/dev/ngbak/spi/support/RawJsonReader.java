package dev.ngbak.spi.support;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads JSON and hands out the bytes of its values, as they are spelled. It checks the whole grammar and UTF-8, but builds no
 * values, so a value of any length passes in constant memory. Every method that reads throws {@link MalformedContentException}
 * for text that is not valid. Not thread-safe.
 *
 * <pre>{@code
 * reader.beginObject();
 * while (reader.nextMember()) {
 *     byte[] name = reader.rawName(MAX_NAME_BYTES);
 *     reader.minifiedValue(digest::update);
 * }
 * reader.end();
 * }</pre>
 */
public final class RawJsonReader extends JsonScanner {

    /** Defines which texts are valid. Both dialects are UTF-8 without a byte order mark. */
    public enum Dialect {
        /** RFC 8259, with the restriction that escaped surrogates must form pairs. Every JSON parser reads it. */
        STRICT,
        /**
         * What Python's {@code json} module writes: RFC 8259, the values {@code NaN}, {@code Infinity} and
         * {@code -Infinity}, and escapes of unpaired surrogates.
         */
        PYTHON
    }

    /** Receives bytes in pieces. */
    @FunctionalInterface
    public interface ByteSink {

        /** Takes one piece. The array is valid only until this method returns. */
        void accept(byte[] bytes, int offset, int length) throws IOException;
    }

    private final int maxDepth;

    /** Whether the next member or element is the first of its object or array. */
    private boolean first;

    /** One bit for each level of a value that is being skipped: whether it is an object. */
    private long[] objects = new long[4];

    /** Created on first use, because it has buffers. */
    private Base64Sink base64Decoder;

    /** @param maxDepth the number of levels to which a single value may be nested */
    public RawJsonReader(InputStream in, Dialect dialect, int maxDepth) {
        super(in, dialect);
        this.maxDepth = maxDepth;
    }

    private RawJsonReader(byte[] text, Dialect dialect, int maxDepth) {
        super(text, dialect);
        this.maxDepth = maxDepth;
    }

    /** Returns whether a text is one valid value, without white space before or after it. */
    public static boolean isValue(byte[] text, Dialect dialect, int maxDepth) {
        if (text.length == 0 || isSpace(text[0]) || isSpace(text[text.length - 1])) {
            return false;
        }
        RawJsonReader reader = new RawJsonReader(text, dialect, maxDepth);
        try {
            reader.skipValue();
            reader.end();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Begins to read an object. */
    public void beginObject() throws IOException {
        expect('{', "an object");
        first = true;
    }

    /** Begins to read an array. */
    public void beginArray() throws IOException {
        expect('[', "an array");
        first = true;
    }

    /** Moves to the next member of the object. At its end, leaves it and returns false. */
    public boolean nextMember() throws IOException {
        return next('}');
    }

    /** Moves to the next element of the array. At its end, leaves it and returns false. */
    public boolean nextElement() throws IOException {
        return next(']');
    }

    private boolean next(char closing) throws IOException {
        boolean more = !accept(closing);
        if (more && !first && !accept(',')) {
            throw expected(peek(), "a comma or \"" + closing + '"');
        }
        first = false;
        return more;
    }

    /** Reads a member's name, without its quotes and with its escapes. */
    public byte[] rawName(int maxBytes) throws IOException {
        ByteArrayOutputStream name = new ByteArrayOutputStream();
        rawString((bytes, offset, length) -> {
            if (length > maxBytes - name.size()) {
                throw malformed("a member's name has more than " + maxBytes + " bytes");
            }
            name.write(bytes, offset, length);
        });
        expect(':', "a colon");
        return name.toByteArray();
    }

    /** Reads a member's name, decoded as by {@link #string}. */
    public void name(ByteSink utf8) throws IOException {
        string(utf8);
        expect(':', "a colon");
    }

    /** Reads a value of any kind, as it is spelled. */
    public void rawValue(ByteSink raw) throws IOException {
        value(raw, false);
    }

    /** Reads a value of any kind, as it is spelled but without white space outside of strings. */
    public void minifiedValue(ByteSink minified) throws IOException {
        value(minified, true);
    }

    private void value(ByteSink sink, boolean minified) throws IOException {
        peek();
        beginHandOver(sink, minified);
        skipValue();
        endHandOver();
    }

    /** Reads a string, without its quotes and with its escapes. */
    public void rawString(ByteSink raw) throws IOException {
        expect('"', "a string");
        beginHandOver(raw, false);
        skipToQuote();
        endHandOver();
        expect('"', "a quote");
    }

    /** Reads a string as UTF-8. In both dialects, escaped surrogates must form pairs, because UTF-8 cannot encode a single one. */
    public void string(ByteSink utf8) throws IOException {
        expect('"', "a string");
        beginHandOver(utf8, false);
        while (skipPlain() != '"') {
            endHandOver();
            byte[] character = Character.toString(escape(true)).getBytes(StandardCharsets.UTF_8);
            utf8.accept(character, 0, character.length);
            beginHandOver(utf8, false);
        }
        endHandOver();
        expect('"', "a quote");
    }

    /**
     * Reads a string of padded Base64 and decodes it. The string must not contain escapes or line ends, and its unused
     * bits must be zero.
     */
    public void base64(ByteSink decoded) throws IOException {
        if (base64Decoder == null) {
            base64Decoder = new Base64Sink(this::offset);
        }
        base64Decoder.begin(decoded);
        rawString(base64Decoder);
        base64Decoder.finish();
    }

    /** Checks that only white space follows. */
    public void end() throws IOException {
        if (peek() != -1) {
            throw malformed("unexpected text after the value");
        }
    }

    private void skipValue() throws IOException {
        int depth = 0;
        do {
            int c = peek();
            if (accept('{') || accept('[')) {
                first = true;
                depth = push(depth, c == '{');
            } else {
                skipScalar(c);
            }
            while (depth > 0 && !skipToElement(isObject(depth))) {
                depth--;
            }
        } while (depth > 0);
    }

    private boolean skipToElement(boolean ofObject) throws IOException {
        boolean more = next(ofObject ? '}' : ']');
        if (more && ofObject) {
            skipString();
            expect(':', "a colon");
        }
        return more;
    }

    private int push(int depth, boolean object) throws IOException {
        if (depth == maxDepth) {
            throw malformed("values are nested more than " + maxDepth + " deep");
        }
        int word = depth >> 6;
        if (word == objects.length) {
            objects = Arrays.copyOf(objects, 2 * word);
        }
        long bit = 1L << (depth & 63);
        objects[word] = object ? objects[word] | bit : objects[word] & ~bit;
        return depth + 1;
    }

    private boolean isObject(int depth) {
        return (objects[(depth - 1) >> 6] & 1L << ((depth - 1) & 63)) != 0;
    }
}
