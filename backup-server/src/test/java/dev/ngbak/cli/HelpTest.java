package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests the help of all commands. */
class HelpTest {

    static List<CommandPage> pages() {
        return CommandPage.all();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void helpHasExamplesSettingsAndExitCodes(CommandPage page) {
        String[] arguments =
                (page.name() + " --help").substring("ngbak ".length()).split(" ");

        String help = CommandRun.run(Map.of(), arguments).out();

        assertThat(page.examples()).isNotEmpty().allSatisfy(example -> {
            assertThat(help).contains("  " + example + "\n");
            assertThat(example).as("fits in 80 columns").hasSizeLessThan(73).contains("ngbak");
        });
        assertThat(page.settings()).allSatisfy(setting -> assertThat(help).contains(setting.name()));
        assertThat(page.exits())
                .isNotEmpty()
                .allSatisfy((code, meaning) ->
                        assertThat(help).containsPattern("\n  " + code + " +" + meaning.substring(0, 5)));
    }

    @Test
    void helpNamesTheSettingsOfTheStoresAndOfTheCommand() {
        assertThat(CommandRun.run(Map.of(), "backup", "--help").out())
                .containsPattern("BACKUP_COMPRESSION +gzip, zstd or none")
                .contains("WORKING_DIR", "BACKUP_DIR");
    }
}
