package dev.ngbak.spi.support;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Spells JSON as Python's {@code json} module does. Keeps the order of members, repeated members and the digits of numbers.
 */
public final class PythonJson {

    /** The depth to which values may be nested. */
    public static final int MAX_DEPTH = 1_000_000;

    private static final String ESCAPES = "\"\\/bfnrt";
    private static final String ESCAPED = "\"\\/\b\f\n\r\t";
    private static final String HEX = "0123456789abcdef";

    private final OutputStream out;
    private final boolean ascii;

    private PythonJson(OutputStream out, boolean ascii) {
        this.out = out;
        this.ascii = ascii;
    }

    /**
     * Returns a value as {@code json.dumps(value)} spells it: in one line, in ASCII.
     *
     * @param json one valid value in the dialect {@link RawJsonReader.Dialect#PYTHON}
     */
    public static byte[] ascii(byte[] json) throws IOException {
        ByteArrayOutputStream spelled = new ByteArrayOutputStream(json.length + 64);
        new PythonJson(spelled, true).copy(json, -1);
        return spelled.toByteArray();
    }

    /**
     * Writes a value as {@code json.dump(…, indent=2, ensure_ascii=False)} spells it.
     *
     * @param json one valid value in the dialect {@link RawJsonReader.Dialect#PYTHON}
     * @param level the number of objects and arrays around the value
     */
    public static void indented(byte[] json, int level, OutputStream out) throws IOException {
        new PythonJson(out, false).copy(json, level);
    }

    /** Writes a value as {@code json.dump(…, ensure_ascii=False)} spells it: in one line. */
    public static void oneLine(byte[] json, OutputStream out) throws IOException {
        new PythonJson(out, false).copy(json, -1);
    }

    /** Writes a text as a JSON string. */
    public static void string(String text, boolean ascii, OutputStream out) throws IOException {
        new PythonJson(out, ascii).write(text);
    }

    /** @param level negative for a value in one line */
    private void copy(byte[] json, int level) throws IOException {
        boolean indented = level >= 0;
        int depth = level;
        boolean opened = false;
        for (int at = 0; at < json.length; ) {
            char c = (char) (json[at] & 0xff);
            switch (c) {
                case ' ', '\t', '\n', '\r' -> at++;
                case ':' -> {
                    ascii(": ");
                    at++;
                }
                case ',' -> {
                    ascii(indented ? "," : ", ");
                    newLine(indented, depth);
                    at++;
                }
                case '}', ']' -> {
                    depth--;
                    newLine(indented && !opened, depth);
                    opened = false;
                    out.write(c);
                    at++;
                }
                default -> {
                    newLine(indented && opened, depth);
                    opened = c == '{' || c == '[';
                    depth += opened ? 1 : 0;
                    at = opened ? copyBytes(json, at, at + 1) : c == '"' ? copyString(json, at) : copyScalar(json, at);
                }
            }
        }
    }

    private int copyBytes(byte[] json, int from, int to) throws IOException {
        out.write(json, from, to - from);
        return to;
    }

    /** Copies a number or a literal, which keeps its spelling. */
    private int copyScalar(byte[] json, int from) throws IOException {
        int end = from;
        while (end < json.length && ",:]} \t\n\r".indexOf(json[end]) < 0) {
            end++;
        }
        return copyBytes(json, from, end);
    }

    private int copyString(byte[] json, int from) throws IOException {
        StringBuilder text = new StringBuilder();
        int at = from + 1;
        while (json[at] != '"') {
            int start = at;
            while (json[at] != '"' && json[at] != '\\') {
                at++;
            }
            text.append(new String(json, start, at - start, StandardCharsets.UTF_8));
            if (json[at] == '\\' && json[at + 1] == 'u') {
                text.append((char) Integer.parseInt(new String(json, at + 2, 4, StandardCharsets.US_ASCII), 16));
                at += 6;
            } else if (json[at] == '\\') {
                text.append(ESCAPED.charAt(ESCAPES.indexOf(json[at + 1])));
                at += 2;
            }
        }
        write(text.toString());
        return at + 1;
    }

    private void newLine(boolean indented, int depth) throws IOException {
        if (indented) {
            ascii("\n" + "  ".repeat(depth));
        }
    }

    private void ascii(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private void write(String text) throws IOException {
        StringBuilder escaped = new StringBuilder(text.length() + 16).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> escaped.append("\\\"");
                case '\\' -> escaped.append("\\\\");
                case '\n' -> escaped.append("\\n");
                case '\r' -> escaped.append("\\r");
                case '\t' -> escaped.append("\\t");
                case '\b' -> escaped.append("\\b");
                case '\f' -> escaped.append("\\f");
                default -> {
                    if (c < ' ' || ascii && c > '~' || isUnpaired(text, i)) {
                        escaped.append("\\u")
                                .append(HEX.charAt(c >> 12))
                                .append(HEX.charAt(c >> 8 & 15))
                                .append(HEX.charAt(c >> 4 & 15))
                                .append(HEX.charAt(c & 15));
                    } else {
                        escaped.append(c);
                    }
                }
            }
        }
        out.write(escaped.append('"').toString().getBytes(StandardCharsets.UTF_8));
    }

    /** UTF-8 has no bytes for half of a surrogate pair, so it stays an escape sequence. */
    private static boolean isUnpaired(String text, int at) {
        char c = text.charAt(at);
        if (Character.isHighSurrogate(c)) {
            return at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1));
        }
        return Character.isLowSurrogate(c) && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
    }
}
