package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the progress line and the question on a terminal. */
class TerminalTest {

    private static final String QUESTION =
            "The live data of these stores will be replaced by the archive mine. Type yes to continue: ";

    @TempDir
    Path temp;

    private NgbakProcess ngbak;

    @BeforeEach
    void createWorkingFolder() throws Exception {
        ngbak = new NgbakProcess(temp);
        WorkingFolders.make(ngbak.workingDir(), 40, 1);
    }

    private static List<String> live(String... arguments) {
        List<String> command = new ArrayList<>(NgbakProcess.java(Main.class.getName(), arguments));
        command.add(1, "-Dngbak.terminal=true"); // as the launcher does if stderr is a terminal
        return command;
    }

    @Test
    void questionIsNotOverwrittenByProgress() throws Exception {
        assertThat(ngbak.run("backup", "--id", "mine").code()).isZero();
        try (PseudoTerminal terminal = PseudoTerminal.start(ngbak, 120, live("restore", "mine"))) {
            terminal.await(screen -> screen.lastRow().equals(QUESTION));

            terminal.watch(1_500); // several periods of the progress line

            assertThat(terminal.screen().lastRow()).isEqualTo(QUESTION);
            terminal.type("yes\n");
            assertThat(terminal.end()).as(terminal.screen().toString()).isZero();
            assertThat(terminal.screen().text()).contains(QUESTION + "yes").contains("Proved equal to the archive");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {80, 40, 20})
    void progressLineIsNeverWiderThanTheTerminal(int columns) throws Exception {
        WorkingFolders.make(ngbak.workingDir(), 16_000, 1);
        Path hold = Files.createFile(temp.resolve("hold"));
        ngbak.settings.put("BACKUP_PAUSE_HOOK", "while [ -e " + hold + " ]; do sleep 0.02; done");
        try (PseudoTerminal terminal = PseudoTerminal.start(ngbak, columns, live("backup"))) {
            terminal.await(screen -> screen.overwritten().size() >= 2);
            Files.delete(hold);
            assertThat(terminal.end()).as(terminal.screen().toString()).isZero();

            PseudoTerminal.Screen screen = terminal.screen();
            assertThat(screen.overwritten()).allMatch(line -> line.length() < columns);
            assertThat(screen.rows()).as(screen.toString()).noneMatch(TerminalTest::isProgress);
        }
    }

    private static boolean isProgress(String row) {
        return row.matches("(preflight|exporting|writing|verifying) .*");
    }

    @Test
    void progressLineFollowsAResizedTerminal() throws Exception {
        Path hold = Files.createFile(temp.resolve("hold"));
        ngbak.settings.put("BACKUP_PAUSE_HOOK", "while [ -e " + hold + " ]; do sleep 0.02; done");
        try (PseudoTerminal terminal = PseudoTerminal.start(ngbak, 80, live("backup"))) {
            terminal.await(screen -> screen.overwritten().size() >= 2);

            terminal.resize(9);

            terminal.await(
                    screen -> screen.lastRow().endsWith("…") && screen.lastRow().length() == 8);
            Files.delete(hold);
            assertThat(terminal.end()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "kurz, 4, kurz",
        "kurz, 5, kurz",
        "länger, 5, läng…",
        "länger, 1, …",
        "länger, 0, ''",
        "漢字漢字, 8, 漢字漢字",
        "漢字漢字, 7, 漢字漢…",
        "漢字漢字, 6, 漢字…",
        "a🙂b, 4, a🙂b",
        "a🙂b, 3, a…",
    })
    void textIsTruncatedByItsWidthInColumns(String text, int columns, String expected) {
        assertThat(TerminalWidth.truncate(text, columns)).isEqualTo(expected);
    }

    @Test
    void combiningAccentsTakeNoColumn() {
        assertThat(TerminalWidth.truncate("e\u0301e\u0301", 2)).isEqualTo("e\u0301e\u0301");
    }
}
