package dev.ngbak.neo4j;

import dev.ngbak.spi.support.MalformedContentException;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the literals in Cypher text that APOC exported: maps of scalars and of lists of scalars. */
final class ApocValues {

    private final ApocText text;

    ApocValues(ApocText text) {
        this.text = text;
    }

    /** Reads the rest of a map behind its opening brace: such as <code>a:1, b:[2]}</code>. */
    Map<String, Object> map() throws IOException {
        Map<String, Object> map = new LinkedHashMap<>();
        if (text.accept("}")) {
            return map;
        }
        do {
            entry(text.name(), map);
        } while (text.accept(", "));
        text.expect("}");
        return map;
    }

    /** Reads a colon and a value, and adds them under the name. */
    void entry(String name, Map<String, Object> map) throws IOException {
        text.expect(":");
        if (map.put(name, value()) != null) {
            throw text.refused("behind the second value of " + SafeText.quoted(name));
        }
    }

    private Object value() throws IOException {
        if (!text.accept("[")) {
            return scalar();
        }
        List<Object> list = new ArrayList<>();
        if (!text.accept("]")) {
            do {
                list.add(scalar());
            } while (text.accept(", "));
            text.expect("]");
        }
        return list;
    }

    private Object scalar() throws IOException {
        text.beginPart();
        if (text.accept("\"")) {
            return string();
        }
        String word = text.word();
        try {
            return text.accept("('") ? temporal(word) : literal(word);
        } catch (NumberFormatException | DateTimeException | MalformedContentException e) {
            throw text.refused("behind " + SafeText.quoted(word) + ", which is not a value that can be read");
        }
    }

    private static Object literal(String word) {
        return switch (word) {
            case "true" -> true;
            case "false" -> false;
            case "NaN" -> Double.NaN;
            case "Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            default -> number(word);
        };
    }

    private static Object number(String word) {
        if (word.matches("-?\\d+")) {
            return Long.parseLong(word);
        }
        if (word.matches("-?\\d+\\.\\d+(E-?\\d+)?")) {
            return Double.parseDouble(word);
        }
        throw new NumberFormatException();
    }

    private Object temporal(String type) throws IOException {
        StringBuilder value = new StringBuilder();
        while (!text.accept("')")) {
            value.append(text.next());
        }
        return TypedValues.temporal(type, value.toString());
    }

    /** APOC escapes exactly these five characters, and writes all others as they are. */
    private String string() throws IOException {
        StringBuilder string = new StringBuilder();
        while (!text.accept("\"")) {
            char c = text.next();
            if (c == '\n') {
                throw text.refused("behind a line end in a string");
            }
            string.append(c == '\\' ? escaped() : c);
        }
        return string.toString();
    }

    private char escaped() throws IOException {
        char c = text.next();
        return switch (c) {
            case '\\', '"' -> c;
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> throw text.refused("behind an escape that APOC does not write");
        };
    }
}
