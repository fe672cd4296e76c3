package dev.ngbak.cli;

import dev.ngbak.spi.SettingSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi.Text;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.Column.Overflow;
import picocli.CommandLine.Help.TextTable;
import picocli.CommandLine.Model.UsageMessageSpec;

/** Adds examples, settings and exit codes to the help of every command. */
final class HelpSections {

    private static final int INDENT = 2;

    private HelpSections() {}

    static void addTo(CommandLine program) {
        List<String> keys = new ArrayList<>(program.getHelpSectionKeys());
        int footer = keys.indexOf(UsageMessageSpec.SECTION_KEY_FOOTER_HEADING);
        keys.addAll(footer, List.of("ngbak.examples", "ngbak.settings", "ngbak.exits"));
        program.setHelpSectionKeys(keys);
        add(program, "ngbak.examples", HelpSections::examples);
        add(program, "ngbak.settings", HelpSections::settings);
        add(program, "ngbak.exits", HelpSections::exits);
    }

    private static void add(CommandLine program, String key, Function<Help, String> section) {
        Map<String, CommandLine.IHelpSectionRenderer> sections = new LinkedHashMap<>(program.getHelpSectionMap());
        sections.put(key, section::apply);
        program.setHelpSectionMap(sections);
    }

    private static CommandPage page(Help help) {
        return new CommandPage(help.commandSpec());
    }

    private static String examples(Help help) {
        return heading("Examples")
                + page(help).examples().stream()
                        .map(example -> "  " + example + "\n")
                        .collect(Collectors.joining());
    }

    private static String settings(Help help) {
        CommandPage page = page(help);
        Map<String, String> rows = new LinkedHashMap<>();
        page.settings()
                .forEach(setting ->
                        rows.put(setting.name(), CommandPage.firstSentence(CommandPage.plain(setting)) + "."));
        page.groups()
                .forEach(group -> rows.put(
                        group.title,
                        group.settings().stream().map(SettingSpec::name).collect(Collectors.joining(", "))));
        return rows.isEmpty() ? "" : heading("Settings (environment variables)") + table(help, rows);
    }

    private static String exits(Help help) {
        Map<String, String> rows = new LinkedHashMap<>();
        page(help).exits().forEach((code, meaning) -> rows.put(code.toString(), meaning));
        return heading("Exit codes") + table(help, rows);
    }

    private static String heading(String title) {
        return "\n" + title + ":\n";
    }

    private static String table(Help help, Map<String, String> rows) {
        int widest = rows.keySet().stream().mapToInt(String::length).max().orElse(0) + INDENT + 2;
        int width = Math.max(help.commandSpec().usageMessage().width(), 2 * widest);
        TextTable table = TextTable.forColumns(
                help.colorScheme(),
                new Column(widest, INDENT, Overflow.SPAN),
                new Column(width - widest, 0, Overflow.WRAP));
        rows.forEach((name, text) -> table.addRowValues(plain(help, name), plain(help, text)));
        return table.toString();
    }

    /** Returns text in which {@code @|} has no meaning. */
    private static Text plain(Help help, String text) {
        return help.colorScheme().text(text.replace("@|", "@ |"));
    }
}
