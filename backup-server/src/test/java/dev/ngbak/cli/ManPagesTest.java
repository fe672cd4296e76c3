package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks the manual pages with the programs that show them. */
class ManPagesTest {

    private static final LocalDate DATE = LocalDate.of(2026, 11, 30);

    @TempDir
    Path temp;

    @Test
    void thereIsAPageForTheProgramAndEachCommand() throws Exception {
        ManPages.main(new String[] {temp.resolve("man1").toString()});

        try (Stream<Path> pages = Files.list(temp.resolve("man1"))) {
            assertThat(pages.map(page -> page.getFileName().toString()))
                    .contains("ngbak.1", "ngbak-backup.1", "ngbak-restore.1", "ngbak-completion.1")
                    .hasSize(1 + Main.commandLine().getSubcommands().size());
        }
    }

    private static List<CommandPage> pages() {
        return CommandPage.all();
    }

    @Test
    void pagesHaveNoWarnings() throws Exception {
        ShellTool.require("mandoc");
        ShellTool.require("groff");
        ManPages.main(new String[] {temp.toString()});

        assertThat(ShellTool.run(temp, "sh", "-c", "mandoc -Tlint -Wwarning ./*.1"))
                .isEmpty();
        assertThat(ShellTool.run(temp, "sh", "-c", "groff -man -Tutf8 -ww -z ./*.1"))
                .isEmpty();
    }

    @Test
    void pageShowsEverythingThatTheCommandDeclares() throws Exception {
        CommandPage restore = pages().stream()
                .filter(page -> page.name().equals("ngbak restore"))
                .findFirst()
                .orElseThrow();
        Path file = Files.writeString(temp.resolve("page.1"), ManPages.text(restore, pages(), DATE));

        String shown = ShellTool.run(temp, "groff", "-man", "-Tascii", "-P-cbou", file.toString());

        assertThat(shown)
                .contains("NAME\n", "ngbak-restore - Replaces the content of the stores")
                .contains("SYNOPSIS\n", "ID-OR-FILE")
                .containsPattern("--dry-run\n +Check everything")
                .containsPattern("(?s)BACKUP_DIR\n +The directory of archives\\..*?Default:\\s+\\./backups")
                .containsPattern("12 +A restore failed or was cancelled")
                .contains("EXAMPLES\n", "ngbak restore ./copy.ngbak --backends vector --yes\n")
                .contains("SEE ALSO\n", "ngbak-verify(1)");
    }

    @Test
    void textIsNeverARequestOrAnEscape() {
        CommandPage hostile = pages().get(0);
        hostile.command().usageMessage().description(".so /etc/passwd", "'br \\fB \"quoted\" – ä");

        assertThat(ManPages.text(hostile, pages(), DATE))
                .contains("\n\\&.so /etc/passwd\n", "\n\\&\\(aqbr \\efB \\(dqquoted\\(dq \\[u2013] \\[u00E4]\n");
    }
}
