package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.SettingSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Generates the commands in docs/CLI.md from the declared ones, and compares the exit codes in docs/SETTINGS.md. */
class CommandReferenceTest {

    private static final Path PAGE = Path.of("../docs/CLI.md");
    private static final String BEGIN = "<!-- commands: generated from the code -->\n";
    private static final String END = "<!-- end of commands -->\n";

    /** The system property that makes this test write the page. */
    private static final String UPDATE = "docs.update";

    @Test
    void pageDescribesTheDeclaredCommands() throws IOException {
        String page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN) + BEGIN.length();
        int end = page.indexOf(END);
        assertThat(end).as("the markers in " + PAGE).isGreaterThan(begin);
        if (Boolean.getBoolean(UPDATE)) {
            Files.writeString(PAGE, page.substring(0, begin) + commands() + page.substring(end));
        } else {
            assertThat(page.substring(begin, end))
                    .as("docs/CLI.md is stale. Run: mvn -pl backup-server -am test -Dtest=CommandReferenceTest"
                            + " -Dsurefire.failIfNoSpecifiedTests=false -D" + UPDATE + "=true")
                    .isEqualTo(commands());
        }
    }

    @Test
    void settingsPageListsTheExitCodes() throws IOException {
        String page = Files.readString(Path.of("../docs/SETTINGS.md"))
                .replace("`", "")
                .replace("*", "");

        assertThat(ExitCode.MEANINGS)
                .allSatisfy((code, meaning) -> assertThat(page).contains("\n| " + code + " | " + meaning));
    }

    private static String commands() {
        List<CommandPage> pages = CommandPage.all();
        CommandPage program = pages.get(0);
        return "## Options of every command\n\n" + table("Option", program.options()) + "\n"
                + pages.stream()
                        .skip(1)
                        .map(page -> section(page, program.options().keySet()))
                        .collect(Collectors.joining("\n"));
    }

    private static String section(CommandPage page, Set<String> global) {
        StringBuilder out = new StringBuilder("## " + page.name() + "\n\n");
        page.description().forEach(paragraph -> out.append(sentences(paragraph)).append('\n'));
        out.append("\n```sh\n").append(String.join("\n", page.examples())).append("\n```\n");
        Map<String, String> parameters = new LinkedHashMap<>(page.arguments());
        parameters.putAll(page.options());
        parameters.keySet().removeAll(global);
        if (!parameters.isEmpty()) {
            out.append('\n').append(table("Argument or option", parameters));
        }
        List<String> settings = page.settings().stream()
                .map(SettingSpec::name)
                .map(name -> "`" + name + "`")
                .collect(Collectors.toList());
        page.groups().forEach(group -> settings.add("those of " + group.title.replaceFirst("The", "the")));
        if (!settings.isEmpty()) {
            out.append("\n[Settings](SETTINGS.md): ")
                    .append(String.join(", ", settings))
                    .append(".\n");
        }
        out.append("\n[Exit codes](SETTINGS.md#exit-codes): ")
                .append(page.exits().keySet().stream().map(String::valueOf).collect(Collectors.joining(", ")))
                .append(".\n");
        return out.toString();
    }

    private static String sentences(String paragraph) {
        return paragraph.replaceAll("(?<=\\.) (?=[A-Z])", "\n");
    }

    private static String table(String title, Map<String, String> rows) {
        return "| " + title + " | |\n|---|---|\n"
                + rows.entrySet().stream()
                        .map(row -> "| `" + row.getKey().replace("|", "\\|") + "` | "
                                + row.getValue().replace("|", "\\|") + " |\n")
                        .collect(Collectors.joining());
    }
}
