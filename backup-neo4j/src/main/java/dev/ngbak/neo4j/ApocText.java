package dev.ngbak.neo4j;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads Cypher text that APOC exported, character by character. Each must be one that the caller expects, or belong to a name or
 * a value, so the text is never interpreted. Limits the length of a statement, and knows the line and column for messages.
 */
final class ApocText {

    /** The maximum size of a statement in memory: about as many characters. */
    static final int MAX_STATEMENT = 1 << 25;

    /** What a name or a value costs in addition to its characters. */
    private static final int OVERHEAD = 32;

    private final Reader in;
    private final char[] buffer = new char[1 << 13];
    private int at;
    private int end;
    private long line = 1;
    private long column = 1;
    private int left = MAX_STATEMENT;

    ApocText(InputStream utf8) {
        this.in = new InputStreamReader(utf8, StandardCharsets.UTF_8.newDecoder());
    }

    /** Allows as many characters again as at the beginning. */
    void beginStatement() {
        left = MAX_STATEMENT;
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
        beginPart();
        StringBuilder name = new StringBuilder();
        if (accept("`")) {
            // A doubled back-quote belongs to the name, a single one ends it.
            for (boolean isDoubled = accept("``"); isDoubled || !accept("`"); isDoubled = accept("``")) {
                name.append(isDoubled ? '`' : next());
            }
        } else {
            while (has(1) && Character.isJavaIdentifierPart(buffer[at])) {
                name.append(next());
            }
        }
        if (name.isEmpty()) {
            throw refused("where a name is expected");
        }
        return name.toString();
    }

    /** Reads the letters, digits and signs that follow, which may be none. */
    String word() throws IOException {
        StringBuilder word = new StringBuilder();
        while (has(1) && (Character.isLetterOrDigit(buffer[at]) || "+-.".indexOf(buffer[at]) >= 0)) {
            word.append(next());
        }
        return word.toString();
    }

    /** Counts one more name or value. */
    void beginPart() {
        spend(OVERHEAD);
    }

    private void spend(int amount) {
        left -= amount;
        if (left < 0) {
            throw refused("in a statement with more than " + MAX_STATEMENT + " characters of values");
        }
    }

    /** Reads one character. */
    char next() throws IOException {
        if (!has(1)) {
            throw refused("at its end, where more is expected");
        }
        spend(1);
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
