package dev.ngbak.spi.support;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Spells JSON as Python's {@code json} module does. Keeps the order of members, repeated members and the digits of numbers.
 */
public final class PythonJson {

    /** The depth to which values may be nested. */
    public static final int MAX_DEPTH = 100_000;

    private static final String HEX = "0123456789abcdef";

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxNestingDepth(MAX_DEPTH)
                    .build())
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

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
        JsonToken before = null;
        try (JsonParser parser = JSON.createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                boolean opened = before == JsonToken.START_OBJECT || before == JsonToken.START_ARRAY;
                if (token.isStructEnd()) {
                    depth--;
                    newLine(!opened && indented, depth);
                } else if (before != null && before != JsonToken.FIELD_NAME) {
                    ascii(opened ? "" : indented ? "," : ", ");
                    newLine(indented, depth);
                }
                depth += token.isStructStart() ? 1 : 0;
                write(token, parser);
                before = token;
            }
        }
    }

    private void newLine(boolean indented, int depth) throws IOException {
        if (indented) {
            ascii("\n" + "  ".repeat(depth));
        }
    }

    private void write(JsonToken token, JsonParser parser) throws IOException {
        switch (token) {
            case FIELD_NAME -> {
                write(parser.currentName());
                ascii(": ");
            }
            case VALUE_STRING -> write(parser.getText());
            default -> ascii(parser.getText());
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
