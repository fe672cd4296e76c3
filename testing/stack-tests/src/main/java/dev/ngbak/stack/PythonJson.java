package dev.ngbak.stack;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Writes JSON in the default format of Python's {@code json.dumps}: ASCII, with a space after each comma and colon. */
final class PythonJson {

    private final StringBuilder out = new StringBuilder();

    private PythonJson() {}

    /** Returns the JSON of a map, iterable, string, number, boolean or {@code null}. */
    static byte[] bytes(Object value) {
        PythonJson json = new PythonJson();
        json.write(value);
        return json.out.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private void write(Object value) {
        if (value instanceof String text) {
            quote(text);
        } else if (value instanceof Map<?, ?> map) {
            String separator = "{";
            for (var member : map.entrySet()) {
                out.append(separator);
                quote((String) member.getKey());
                out.append(": ");
                write(member.getValue());
                separator = ", ";
            }
            out.append(map.isEmpty() ? "{}" : "}");
        } else if (value instanceof Iterable<?> list) {
            String separator = "";
            out.append('[');
            for (Object element : list) {
                out.append(separator);
                write(element);
                separator = ", ";
            }
            out.append(']');
        } else {
            // Java and Python write NaN and Infinity the same way.
            out.append(value);
        }
    }

    private void quote(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c >= ' ' && c < 0x7F) {
                        out.append(c);
                    } else {
                        String hex = Integer.toHexString(c);
                        out.append("\\u").append("0000", hex.length(), 4).append(hex);
                    }
                }
            }
        }
        out.append('"');
    }
}
