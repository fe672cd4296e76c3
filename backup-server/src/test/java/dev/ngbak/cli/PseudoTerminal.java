package dev.ngbak.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Runs the program on a pseudo terminal of a given width, and shows its screen. */
final class PseudoTerminal implements AutoCloseable {

    private final Process process;
    private final Reader output;
    private final Screen screen;

    /** Starts the program. Skips the test if pseudo terminals are not available. */
    static PseudoTerminal start(NgbakProcess ngbak, int columns, List<String> command)
            throws IOException, InterruptedException {
        assumeTrue(hasPseudoTerminals(), "python3 with the module pty is not available");
        List<String> whole = new ArrayList<>(List.of("python3", script(), Integer.toString(columns)));
        whole.addAll(command);
        return new PseudoTerminal(ngbak.startWithInput(whole), columns);
    }

    private static boolean hasPseudoTerminals() throws InterruptedException {
        try {
            return new ProcessBuilder("python3", "-c", "import pty, os; pty.openpty(); os.waitstatus_to_exitcode(0)")
                            .redirectErrorStream(true)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static String script() {
        try {
            return Path.of(PseudoTerminal.class.getResource("/terminal.py").toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private PseudoTerminal(Process process, int columns) {
        this.process = process;
        this.screen = new Screen(columns);
        InputStream bytes = process.getInputStream();
        this.output = new InputStreamReader(bytes, StandardCharsets.UTF_8);
    }

    /** Processes output until the screen matches. Fails if the program ends before. */
    Screen await(Predicate<Screen> wanted) throws IOException {
        while (!wanted.test(screen)) {
            int next = output.read();
            if (next < 0) {
                throw new AssertionError("The program has ended, and the screen shows:\n" + screen);
            }
            screen.show((char) next);
        }
        return screen;
    }

    /** Processes the output of the given time. */
    Screen watch(long millis) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (System.nanoTime() < end) {
            if (output.ready()) {
                screen.show((char) output.read());
            } else {
                Thread.sleep(5);
            }
        }
        return screen;
    }

    void type(String keys) throws IOException {
        process.getOutputStream().write(keys.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    void resize(int columns) throws IOException {
        type("resize " + columns);
    }

    /** Processes all output, and returns the exit code. */
    int end() throws IOException, InterruptedException {
        for (int next = output.read(); next >= 0; next = output.read()) {
            screen.show((char) next);
        }
        return process.waitFor();
    }

    Screen screen() {
        return screen;
    }

    @Override
    public void close() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Rows of characters, with the terminal behaviour that the program relies on. */
    static final class Screen {
        private final int columns;
        private final List<StringBuilder> rows = new ArrayList<>(List.of(new StringBuilder()));
        private final StringBuilder sequence = new StringBuilder();
        private final List<String> overwritten = new ArrayList<>();
        private int column;

        Screen(int columns) {
            this.columns = columns;
        }

        private void show(char c) {
            if (sequence.length() > 0 || c == '\u001b') {
                sequence.append(c);
                if (sequence.length() == 3) {
                    if (!sequence.toString().equals("\u001b[K")) {
                        throw new AssertionError("an unknown sequence: " + sequence.substring(1));
                    }
                    if (column == 0 && row().length() > 0) {
                        overwritten.add(row().toString());
                    }
                    row().setLength(Math.min(column, row().length()));
                    sequence.setLength(0);
                }
            } else if (c == '\r') {
                column = 0;
            } else if (c == '\n') {
                rows.add(new StringBuilder()); // the column stays, because the terminal driver sends \\r\\n
            } else {
                if (column == columns) { // terminals wrap only now
                    rows.add(new StringBuilder());
                    column = 0;
                }
                while (row().length() < column) {
                    row().append(' ');
                }
                if (column < row().length()) {
                    row().setCharAt(column, c);
                } else {
                    row().append(c);
                }
                column++;
            }
        }

        private StringBuilder row() {
            return rows.get(rows.size() - 1);
        }

        String lastRow() {
            return row().toString();
        }

        /** Returns the former contents of overwritten rows. */
        List<String> overwritten() {
            return overwritten;
        }

        List<String> rows() {
            return rows.stream().map(StringBuilder::toString).toList();
        }

        /** Returns all rows. Joins rows that were one line. */
        String text() {
            StringBuilder text = new StringBuilder();
            for (StringBuilder row : rows) {
                text.append(row).append(row.length() == columns ? "" : "\n");
            }
            return text.toString();
        }

        @Override
        public String toString() {
            return String.join("\n", rows());
        }
    }
}
