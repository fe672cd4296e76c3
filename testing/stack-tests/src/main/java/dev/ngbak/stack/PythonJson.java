package dev.ngbak.stack;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** JSON as Python's {@code json.dumps} spells it when nothing else is asked for: ASCII, a blank behind commas and colons. */
final class PythonJson {

    private final StringBuilder out = new StringBuilder();

    private PythonJson() {}

    static byte[] bytes(Object value) {
        PythonJson json = new PythonJson();
        json.write(value);
        return json.out.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private void write(Object value) {
        if (value instanceof String text) {
            quote(text);
        } else if (value instanceof Map<?, ?> map) {
            String before = "{";
            for (var member : map.entrySet()) {
                out.append(before);
                quote((String) member.getKey());
                out.append(": ");
                write(member.getValue());
                before = ", ";
            }
            out.append(map.isEmpty() ? "{}" : "}");
        } else if (value instanceof Iterable<?> list) {
            String before = "";
            out.append('[');
            for (Object element : list) {
                out.append(before);
                write(element);
                before = ", ";
            }
            out.append(']');
        } else {
            // NaN and Infinity are spelled so by both languages.
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
