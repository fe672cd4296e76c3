package dev.ngbak.spi.support;

import dev.ngbak.spi.support.RawJsonReader.Dialect;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Passes JSON on and changes the texts of some members on the way. Everything else stays byte for byte. Does not check the
 * grammar. Not thread-safe.
 */
public final class JsonMemberFilter extends InputStream {

    /** A longer name matches none, and a longer text stays as it is. */
    private static final int MAX_STRING_BYTES = 1 << 16;

    private static final int BUFFER_BYTES = 1 << 16;

    private final InputStream in;
    private final int level;
    private final Set<String> members;
    private final UnaryOperator<String> change;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    /** The first byte in the buffer that is neither in {@link #out} nor held. */
    private int from;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private byte[] ready = new byte[0];
    private int at;

    private int depth;
    private boolean inObject;
    private boolean atName;
    private boolean matches;
    private boolean inString;
    private boolean escaped;
    /** The current string with its quotes, if it may have to be changed or may be a name that matches. */
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();

    private boolean holding;

    /**
     * @param level the number of objects and arrays that contain such a member, including its own: 1 for a member of the
     *     outermost object
     * @param change returns the text itself if it does not change
     */
    public JsonMemberFilter(InputStream in, int level, Set<String> members, UnaryOperator<String> change) {
        this.in = in;
        this.level = level;
        this.members = Set.copyOf(members);
        this.change = change;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        while (at == ready.length) {
            int n = in.read(buffer, 0, buffer.length);
            if (n < 0 && !holding) {
                return -1;
            }
            from = 0;
            for (int i = 0; i < n; i++) {
                pass(i);
            }
            if (n < 0) {
                release(0);
            } else if (!holding) {
                out.write(buffer, from, n - from);
            }
            ready = out.toByteArray();
            out.reset();
            at = 0;
        }
        int n = Math.min(length, ready.length - at);
        System.arraycopy(ready, at, bytes, offset, n);
        at += n;
        return n;
    }

    private void pass(int i) {
        byte b = buffer[i];
        if (inString) {
            passInString(b, i);
            return;
        }
        switch (b) {
            case '"' -> {
                inString = true;
                holding = depth == level && inObject && (atName || matches);
                if (holding) {
                    out.write(buffer, from, i - from);
                    held.write(b);
                }
            }
            case '{', '[' -> {
                depth++;
                if (depth == level) {
                    inObject = b == '{';
                    atName = inObject;
                }
                matches = false;
            }
            case '}', ']' -> depth--;
            case ',' -> atName = depth == level && inObject;
            default -> {
                // White space, a colon, or a part of a value that is not a string.
            }
        }
    }

    private void passInString(byte b, int i) {
        if (holding) {
            held.write(b);
        }
        if (escaped) {
            escaped = false;
        } else if (b == '\\') {
            escaped = true;
        } else if (b == '"') {
            endString();
            release(i + 1);
        }
        if (holding && held.size() > MAX_STRING_BYTES) {
            release(i + 1);
        }
    }

    private void endString() {
        inString = false;
        if (depth != level || !inObject) {
            return;
        }
        if (atName) {
            // A name that is too long is not held.
            matches = holding && members.contains(decoded());
            atName = false;
        } else {
            if (holding) {
                changeHeld();
            }
            matches = false;
        }
    }

    private void changeHeld() {
        String text = decoded();
        String changed = text == null ? null : change.apply(text);
        if (changed != null && !changed.equals(text)) {
            boolean ascii = held.toString(StandardCharsets.ISO_8859_1).chars().allMatch(c -> c < 0x80);
            held.reset();
            held.writeBytes(encoded(changed, ascii).getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Returns the text of the string, or {@code null} if it contains half of a surrogate pair. */
    private String decoded() {
        String spelled = held.toString(StandardCharsets.UTF_8);
        if (spelled.indexOf('\\') < 0) {
            return spelled.substring(1, spelled.length() - 1);
        }
        // A reader is only needed for escapes, and has a large buffer.
        ByteArrayOutputStream utf8 = new ByteArrayOutputStream();
        try {
            new RawJsonReader(new ByteArrayInputStream(held.toByteArray()), Dialect.PYTHON, 1).string(utf8::write);
            return utf8.toString(StandardCharsets.UTF_8);
        } catch (IOException e) {
            return null;
        }
    }

    private static String encoded(String text, boolean ascii) {
        StringBuilder json = new StringBuilder("\"");
        text.chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                json.append('\\').append((char) c);
            } else if (c < 0x20 || ascii && c > 0x7e) {
                json.append(String.format(Locale.ROOT, "\\u%04x", c));
            } else {
                json.append((char) c);
            }
        });
        return json.append('"').toString();
    }

    /** Passes the current string on, if it is held. The bytes from {@code next} on come after it. */
    private void release(int next) {
        if (holding) {
            out.writeBytes(held.toByteArray());
            held.reset();
            holding = false;
            from = next;
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
