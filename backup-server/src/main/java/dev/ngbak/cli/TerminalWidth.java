package dev.ngbak.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import sun.misc.Signal;

/** Measures the width of the terminal in columns, and truncates text to it. */
final class TerminalWidth {

    private static final int DEFAULT = 80;

    /** Asks about stderr, which is the terminal, and discards the errors of {@code stty} itself. */
    private static final String[] COMMAND = {"sh", "-c", "stty size <&2 2>/dev/null"};

    private volatile int available;

    private TerminalWidth(int available) {
        this.available = available;
    }

    /** Returns the width of the terminal at stderr. It follows when the terminal is resized. */
    static TerminalWidth ofStderr() {
        TerminalWidth columns = new TerminalWidth(measure());
        try {
            Signal.handle(new Signal("WINCH"), signal -> columns.available = measure());
        } catch (IllegalArgumentException e) {
            return columns; // the system does not report a new size
        }
        return columns;
    }

    private static int measure() {
        int columns = sizeOfTty();
        return columns > 0 ? columns : number(System.getenv("COLUMNS"), DEFAULT);
    }

    private static int sizeOfTty() {
        try {
            Process stty = new ProcessBuilder(COMMAND)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try (InputStream rowsAndColumns = stty.getInputStream()) {
                if (!stty.waitFor(1, TimeUnit.SECONDS)) {
                    stty.destroyForcibly();
                    return 0;
                }
                String text = new String(rowsAndColumns.readAllBytes(), StandardCharsets.US_ASCII);
                return number(text.replaceFirst(".* ", "").strip(), 0);
            }
        } catch (IOException e) {
            return 0; // there is no stty
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    private static int number(String text, int fallback) {
        return text != null && text.matches("[1-9]\\d{0,3}") ? Integer.parseInt(text) : fallback;
    }

    /** Returns the columns that a line may have. The last column stays free, because some terminals wrap there. */
    int columns() {
        return available - 1;
    }

    /** Returns the columns that text takes. */
    static int columns(String text) {
        return text.codePoints().map(TerminalWidth::width).sum();
    }

    /** Truncates text to one line. */
    String truncate(String text) {
        return truncate(text, columns());
    }

    /** Truncates text to a number of columns, and marks the end with an ellipsis if it does. */
    static String truncate(String text, int columns) {
        int used = 0;
        int end = 0; // of the text that fits together with an ellipsis
        for (int at = 0; at < text.length(); ) {
            int character = text.codePointAt(at);
            used += width(character);
            at += Character.charCount(character);
            if (used > columns) {
                return columns < 1 ? "" : text.substring(0, end) + "…";
            }
            if (used < columns) {
                end = at;
            }
        }
        return text;
    }

    /** Returns the columns of a character: 0 for a combining one, 2 for a wide East Asian one and for an emoji. */
    private static int width(int character) {
        int type = Character.getType(character);
        if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK || type == Character.FORMAT) {
            return 0;
        }
        boolean wide = (character >= 0x1100 && character <= 0x115F)
                || (character >= 0x2E80 && character <= 0xA4CF)
                || (character >= 0xAC00 && character <= 0xD7A3)
                || (character >= 0xF900 && character <= 0xFAFF)
                || (character >= 0xFE30 && character <= 0xFE6F)
                || (character >= 0xFF00 && character <= 0xFF60)
                || (character >= 0xFFE0 && character <= 0xFFE6)
                || (character >= 0x1F300 && character <= 0x1FAFF)
                || (character >= 0x20000 && character <= 0x3FFFD);
        return wide ? 2 : 1;
    }
}
