package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.cli.NgbakProcess.CommandResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the help of all commands, and what happens to a misspelled one. */
class HelpTest {

    private static final int MAX_EXAMPLE = 72; // manual pages indent it by seven columns

    static List<CommandPage> pages() {
        return CommandPage.all();
    }

    private static CommandResult run(String line) {
        return CommandRun.run(Map.of(), line.split(" "));
    }

    @ParameterizedTest
    @MethodSource("pages")
    void helpHasExamplesSettingsAndExitCodes(CommandPage page) {
        String help =
                run((page.name() + " --help").substring("ngbak ".length())).out();

        assertThat(page.examples()).isNotEmpty().allSatisfy(example -> {
            assertThat(help).contains("  " + example + "\n");
            assertThat(example)
                    .as("fits in 80 columns")
                    .hasSizeLessThanOrEqualTo(MAX_EXAMPLE)
                    .contains("ngbak");
        });
        assertThat(page.settings()).allSatisfy(setting -> assertThat(help).contains(setting.name()));
        assertThat(page.exits())
                .isNotEmpty()
                .allSatisfy((code, meaning) ->
                        assertThat(help).containsPattern("\n  " + code + " +" + meaning.substring(0, 5)));
    }

    @Test
    void helpNamesTheSettingsOfTheStoresAndOfTheCommand() {
        assertThat(run("backup --help").out())
                .containsPattern("BACKUP_COMPRESSION +gzip, zstd or none")
                .contains("WORKING_DIR", "BACKUP_DIR");
    }

    @Test
    void helpCommandShowsTheSameAsTheOption() throws Exception {
        assertThat(run("help restore").out())
                .isEqualTo(run("restore --help").out())
                .contains("--dry-run");
        assertThat(run("help").out()).isEqualTo(run("--help").out());
        assertThat(run("help restore --json").result().path("help").asText())
                .isEqualTo(run("help restore").out());
    }

    @Test
    void versionIsShown() throws Exception {
        assertThat(run("version").out())
                .containsPattern("^ngbak \\d+\\.\\d+\\.\\d+\n")
                .contains("ngbak/1");
        assertThat(run("version --json").result().path("version").asText())
                .isEqualTo(run("--version").out().strip().substring("ngbak ".length()));
    }

    @ParameterizedTest
    @CsvSource({
        "bakup, 'no command \"bakup\"', Did you mean backup?",
        "help resotre, 'no command \"resotre\"', Did you mean restore?",
        "backup --ntoe x, 'ngbak backup has no option \"--ntoe\"', Did you mean --note?",
        "restore x --yse, 'no option \"--yse\"', Did you mean --yes?",
        "list --jsno, 'no option \"--jsno\"', Did you mean --json?",
    })
    void misspelledCommandOrOptionIsSuggestedInOneMessage(String line, String problem, String suggestion)
            throws Exception {
        CommandResult result = run(line);

        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).contains(problem).contains(suggestion).hasLineCount(2);
        assertThat(run(line + " --json").result().path("remedy").asText()).contains(suggestion);
    }

    @Test
    void argumentThatBeginsWithAnAtSignIsNoFile(@TempDir Path temp) throws Exception {
        Path file = Files.writeString(temp.resolve("arguments"), "--version");

        assertThat(run("inspect @" + file).code()).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"xyz", "list --xyz", "list 3"})
    void nothingIsSuggestedForWhatIsNotSimilar(String line) {
        assertThat(run(line).code()).isEqualTo(2);
        assertThat(run(line).err()).doesNotContain("Did you mean").contains("--help");
    }
}
