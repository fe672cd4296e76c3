package dev.ngbak.neo4j;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.MalformedContentException;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the names and literals in Cypher text that APOC exported, and nothing else of the language. Every other character must
 * be one that the caller expects, so the text is never interpreted. Keeps one literal in memory, up to a limit.
 */
final class ApocText {

    /** The maximum size of the literals in one statement: about as many characters. */
    static final int MAX_LITERALS = 1 << 25;

    private static final int LITERAL_OVERHEAD = 32;
    private static final int MAX_NAME = 1 << 16;

    private final Reader in;
    private final char[] buffer = new char[1 << 13];
    private int at;
    private int end;
    private long line = 1;
    private long column = 1;
    private int left = MAX_LITERALS;

    ApocText(InputStream utf8) {
        this.in = new InputStreamReader(utf8, StandardCharsets.UTF_8.newDecoder());
    }

    /** Allows as many literals again as at the beginning. */
    void beginStatement() {
        left = MAX_LITERALS;
    }

    boolean isAtEnd() throws IOException {
        return !has(1);
    }

    /** Moves behind these characters if they follow. */
    boolean accept(String text) throws IOException {
        if (!has(text.length())) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (buffer[at + i] != text.charAt(i)) {
                return false;
            }
        }
        for (int i = 0; i < text.length(); i++) {
            next();
        }
        return true;
    }

    /** Moves behind these characters, which must follow. */
    void expect(String text) throws IOException {
        for (int i = 0; i < text.length(); i++) {
            char expected = text.charAt(i);
            if (!has(1) || buffer[at] != expected) {
                String missing = text.substring(i).strip();
                throw refused("where " + (expected == '\n' ? "a line end" : SafeText.quoted(missing)) + " is expected");
            }
            next();
        }
    }

    /** Reads a name: an identifier, or any text in back-quotes. */
    String name() throws IOException {
        StringBuilder name = new StringBuilder();
        if (accept("`")) {
            // A doubled back-quote belongs to the name, a single one ends it.
            for (boolean isDoubled = accept("``"); isDoubled || !accept("`"); isDoubled = accept("``")) {
                name.append(isDoubled ? '`' : next());
                limit(name);
            }
        } else {
            while (has(1) && Character.isJavaIdentifierPart(buffer[at])) {
                name.append(next());
                limit(name);
            }
        }
        if (name.isEmpty()) {
            throw refused("where a name is expected");
        }
        return name.toString();
    }

    private void limit(StringBuilder name) {
        if (name.length() > MAX_NAME) {
            throw refused("in a name of more than " + MAX_NAME + " characters");
        }
    }

    /** Reads the rest of a map behind its opening brace: {@code name:value, name:value}} . */
    Map<String, Object> map() throws IOException {
        Map<String, Object> map = new LinkedHashMap<>();
        if (accept("}")) {
            return map;
        }
        do {
            entry(name(), map);
        } while (accept(", "));
        expect("}");
        return map;
    }

    /** Reads a colon and a value, and adds them under the name. */
    void entry(String name, Map<String, Object> map) throws IOException {
        expect(":");
        if (map.put(name, value()) != null) {
            throw refused("behind the second value of " + SafeText.quoted(name));
        }
    }

    private Object value() throws IOException {
        if (!accept("[")) {
            return scalar();
        }
        List<Object> list = new ArrayList<>();
        if (!accept("]")) {
            do {
                list.add(scalar());
            } while (accept(", "));
            expect("]");
        }
        return list;
    }

    private Object scalar() throws IOException {
        spend(LITERAL_OVERHEAD);
        if (accept("\"")) {
            return string();
        }
        StringBuilder word = new StringBuilder();
        while (has(1)
                && (Character.isLetterOrDigit(buffer[at]) || "+-.".indexOf(buffer[at]) >= 0)
                && word.length() < 64) {
            word.append(next());
        }
        String text = word.toString();
        try {
            return accept("('") ? temporal(text) : word(text);
        } catch (NumberFormatException | DateTimeException | MalformedContentException e) {
            throw refused("behind " + SafeText.quoted(text) + ", which is not a value that can be read");
        }
    }

    private static Object word(String word) {
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
        StringBuilder text = new StringBuilder();
        while (!accept("')")) {
            text.append(next());
            limit(text);
        }
        return PropertyJson.temporal(type, text.toString());
    }

    /** APOC escapes exactly these five characters, and writes all others as they are. */
    private String string() throws IOException {
        StringBuilder text = new StringBuilder();
        while (!accept("\"")) {
            char c = next();
            if (c == '\n') {
                throw refused("behind a line end in a string");
            }
            text.append(c == '\\' ? escaped() : c);
            spend(1);
        }
        return text.toString();
    }

    private char escaped() throws IOException {
        char c = next();
        return switch (c) {
            case '\\', '"' -> c;
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> throw refused("behind an escape that APOC does not write");
        };
    }

    private void spend(int amount) {
        left -= amount;
        if (left < 0) {
            throw refused("in a statement with more than " + MAX_LITERALS + " characters of values");
        }
    }

    private char next() throws IOException {
        if (!has(1)) {
            throw refused("at its end, where more is expected");
        }
        char c = buffer[at++];
        if (c == '\n') {
            line++;
            column = 1;
        } else {
            column++;
        }
        return c;
    }

    /** Reads on until the buffer has so many characters. Returns false if the text ends before. */
    private boolean has(int length) throws IOException {
        if (at + length <= end) {
            return true;
        }
        System.arraycopy(buffer, at, buffer, 0, end - at);
        end -= at;
        at = 0;
        try {
            while (end < length) {
                int n = in.read(buffer, end, buffer.length - end);
                if (n < 0) {
                    return false;
                }
                end += n;
            }
            return true;
        } catch (CharacterCodingException e) {
            throw refused("before something that is not UTF-8");
        }
    }

    /** @param where a phrase about the present position */
    BackupException refused(String where) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                "The graph in the archive is not text as nano-graphrag's backup tool exports it with APOC: it cannot be read at"
                        + " line " + line + ", column " + column + ", " + where
                        + ". Ngbak only parses this text and never executes it",
                "Use another archive, or restore the other stores without the graph");
    }
}
