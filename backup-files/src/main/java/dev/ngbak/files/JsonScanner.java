package dev.ngbak.files;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads JSON byte by byte and holds none of it, so that a value of any length passes in the memory of one buffer. It
 * accepts what RFC 8259 does, in UTF-8 without a byte order mark, and the three tokens {@code NaN}, {@code Infinity} and
 * {@code -Infinity} that Python writes. Values are handed on minified: without the white space outside strings, and
 * otherwise as they are spelled.
 */
final class JsonScanner {

    /** Takes a run of bytes, good only until it returns. */
    @FunctionalInterface
    interface Bytes {
        void accept(byte[] bytes, int offset, int length) throws IOException;
    }

    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build());

    static final int DEEPEST = 1_000_000;

    /** Member names are held, since their length stands before them in a record. */
    static final int LONGEST_NAME = 1 << 24;

    private static final String ENDS = "it ends here, before its end";

    private static final boolean[] PLAIN = new boolean[256];

    static {
        for (int c = 0x20; c < 0x80; c++) {
            PLAIN[c] = c != '"' && c != '\\';
        }
    }

    private final InputStream in;
    private final byte[] buffer = new byte[1 << 16];
    private int at;
    private int end;
    private long before;
    private Bytes taker;
    private int taken;
    private long[] objects = new long[16];

    JsonScanner(InputStream in) {
        this.in = in;
    }

    /** The next byte that is not white space, which stays where it is; -1 at the end. */
    int peek() throws IOException {
        int c = current();
        if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
            hand();
            do {
                at++;
                taken = at;
                c = current();
            } while (c == ' ' || c == '\n' || c == '\r' || c == '\t');
        }
        return c;
    }

    /** Goes into an object or an array, by its first byte. */
    void enter(char bracket) throws IOException {
        int c = peek();
        if (c != bracket) {
            throw bad(c == -1 ? ENDS : bracket == '{' ? "an object should begin here" : "an array should begin here");
        }
        at++;
    }

    /** Whether another member or element follows in an object or array that ends with this byte; goes out of it if not. */
    boolean next(char closing, boolean first) throws IOException {
        int c = peek();
        if (c == closing) {
            at++;
            return false;
        }
        if (!first) {
            if (c != ',') {
                throw bad(c == -1 ? ENDS : "a comma or \"" + closing + "\" should stand here");
            }
            at++;
        }
        return true;
    }

    /** A member's name, as spelled between its quotes, and the colon behind it. */
    byte[] name() throws IOException {
        ByteArrayOutputStream name = new ByteArrayOutputStream();
        string((bytes, offset, length) -> {
            if (name.size() + length > LONGEST_NAME) {
                throw bad("a member's name has more than " + LONGEST_NAME + " bytes");
            }
            name.write(bytes, offset, length);
        });
        colon();
        return name.toByteArray();
    }

    /** A string: what stands between its quotes, as spelled. */
    void string(Bytes content) throws IOException {
        if (peek() != '"') {
            throw bad("a string should begin here");
        }
        at++;
        take(content);
        skipString();
        give();
        at++;
    }

    /** A value of any kind, minified. */
    void value(Bytes minified) throws IOException {
        peek();
        take(minified);
        skipValue();
        give();
    }

    /** Makes sure that nothing but white space follows. */
    void end() throws IOException {
        if (peek() != -1) {
            throw bad("something follows the end of the value");
        }
    }

    Malformed bad(String why) {
        return new Malformed("is not valid JSON at byte " + (before + at) + ": " + why);
    }

    private void skipValue() throws IOException {
        int depth = 0;
        while (true) {
            int c = peek();
            if (c == '{' || c == '[') {
                at++;
                boolean object = c == '{';
                if (next(object ? '}' : ']', true)) {
                    depth = push(depth, object);
                    if (object) {
                        skipName();
                    }
                    continue;
                }
            } else {
                skipScalar(c);
            }
            while (depth > 0) {
                boolean object = isObject(depth);
                if (next(object ? '}' : ']', false)) {
                    if (object) {
                        skipName();
                    }
                    break;
                }
                depth--;
            }
            if (depth == 0) {
                return;
            }
        }
    }

    private int push(int depth, boolean object) throws IOException {
        if (depth == DEEPEST) {
            throw bad("values are nested more than " + DEEPEST + " deep");
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

    private void skipName() throws IOException {
        if (peek() != '"') {
            throw bad("a member's name should begin here");
        }
        at++;
        skipString();
        at++;
        colon();
    }

    private void colon() throws IOException {
        if (peek() != ':') {
            throw bad("a colon should stand here");
        }
        at++;
    }

    private void skipScalar(int c) throws IOException {
        switch (c) {
            case '"' -> {
                at++;
                skipString();
                at++;
            }
            case 't' -> skipToken("true");
            case 'f' -> skipToken("false");
            case 'n' -> skipToken("null");
            case 'N' -> skipToken("NaN");
            case 'I' -> skipToken("Infinity");
            default -> skipNumber(c);
        }
    }

    private void skipToken(String token) throws IOException {
        for (int i = 0; i < token.length(); i++) {
            if (current() != token.charAt(i)) {
                throw bad("no value is spelled like this");
            }
            at++;
        }
    }

    private void skipNumber(int first) throws IOException {
        int c = first;
        if (c == '-') {
            at++;
            c = current();
            if (c == 'I') {
                skipToken("Infinity");
                return;
            }
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
            throw bad(c == -1 ? ENDS : "no value is spelled like this");
        }
        while (c >= '0' && c <= '9') {
            at++;
            c = current();
        }
    }

    /** Goes on to the quote that ends a string, and leaves it. */
    private void skipString() throws IOException {
        while (true) {
            while (at < end && PLAIN[buffer[at] & 0xff]) {
                at++;
            }
            int c = current();
            if (c == '"') {
                return;
            } else if (c == '\\') {
                skipEscape();
            } else if (c >= 0x80) {
                skipCharacter(c);
            } else if (c == -1) {
                throw bad(ENDS);
            } else if (c < 0x20) {
                throw bad("a control character stands in a string");
            }
        }
    }

    private void skipEscape() throws IOException {
        at++;
        int c = current();
        if (c == 'u') {
            for (int i = 0; i < 4; i++) {
                at++;
                if (Character.digit(current(), 16) < 0) {
                    throw bad("\\u should have four hexadecimal digits");
                }
            }
        } else if (c == -1 || "\"\\/bfnrt".indexOf(c) < 0) {
            throw bad("no character is escaped like this");
        }
        at++;
    }

    /** A character of several bytes. The second byte's range keeps out overlong forms, surrogates and what is beyond. */
    private void skipCharacter(int lead) throws IOException {
        int more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
        int least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        int most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        if (lead < 0xc2 || lead > 0xf4) {
            throw bad("it is not UTF-8");
        }
        for (int i = 0; i < more; i++) {
            at++;
            int c = current();
            if (c < least || c > most) {
                throw bad("it is not UTF-8");
            }
            least = 0x80;
            most = 0xbf;
        }
        at++;
    }

    private int current() throws IOException {
        return at < end || fill() ? buffer[at] & 0xff : -1;
    }

    private boolean fill() throws IOException {
        hand();
        before += end;
        at = 0;
        taken = 0;
        end = 0;
        int n = in.readNBytes(buffer, 0, buffer.length);
        end = n;
        return n > 0;
    }

    private void take(Bytes newTaker) {
        taker = newTaker;
        taken = at;
    }

    private void give() throws IOException {
        hand();
        taker = null;
    }

    private void hand() throws IOException {
        if (taker != null && at > taken) {
            taker.accept(buffer, taken, at - taken);
        }
        taken = at;
    }

    /** The text of bytes that this scanner has passed as a name. */
    static String text(byte[] name) {
        return new String(name, StandardCharsets.UTF_8);
    }

    /** The text that is meant by a name. */
    static String unescaped(byte[] name) throws IOException {
        String spelled = text(name);
        return spelled.indexOf('\\') < 0 ? spelled : MAPPER.readValue('"' + spelled + '"', String.class);
    }
}
