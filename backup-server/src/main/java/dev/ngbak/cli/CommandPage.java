package dev.ngbak.cli;

import dev.ngbak.cli.Reference.Group;
import dev.ngbak.server.AllSettings;
import dev.ngbak.spi.SettingSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The description of one command, from which its help, its manual page and its part of the command reference are made.
 *
 * @param name the whole name: {@code ngbak backup}
 * @param synopsis one line
 * @param description sentences; the first one is the summary
 * @param arguments labels and descriptions of the arguments
 * @param options names with labels, and descriptions, of the options
 * @param commands names and summaries of the subcommands
 * @param examples command lines with a comment in shell syntax
 * @param groups the settings that other commands read too
 * @param settings the settings of this command
 * @param exits the exit codes that the command can return, and their meanings
 */
record CommandPage(
        String name,
        String synopsis,
        List<String> description,
        Map<String, String> arguments,
        Map<String, String> options,
        Map<String, String> commands,
        List<String> examples,
        Map<Group, List<SettingSpec>> groups,
        List<SettingSpec> settings,
        SortedMap<Integer, String> exits) {

    private static final int UNWRAPPED = 10_000;
    private static final Pattern LINK = Pattern.compile("\\[([^]]*)]\\([^)]*\\)");
    private static final Pattern SENTENCE_END = Pattern.compile("(?<=\\.) (?=[A-Z])");
    private static final int[] ALWAYS = {ExitCode.DONE, ExitCode.UNEXPECTED, ExitCode.USAGE, ExitCode.INTERRUPTED};

    /** Returns the pages of the program and of all its commands, in their order. */
    static List<CommandPage> all() {
        CommandLine program = Main.commandLine();
        List<CommandPage> pages = new ArrayList<>(List.of(of(program.getCommandSpec())));
        program.getSubcommands().values().forEach(command -> pages.add(of(command.getCommandSpec())));
        return pages;
    }

    static CommandPage of(CommandSpec command) {
        Reference reference = command.userObject().getClass().getAnnotation(Reference.class);
        Map<String, String> arguments = new LinkedHashMap<>();
        command.positionalParameters().forEach(argument -> arguments.put(argument.paramLabel(), text(argument)));
        Map<String, String> options = new LinkedHashMap<>();
        command.options().forEach(option -> options.put(names(option), text(option)));
        Map<String, String> commands = new LinkedHashMap<>();
        command.subcommands()
                .forEach((name, subcommand) -> commands.put(
                        name, summary(subcommand.getCommandSpec().usageMessage().description())));
        Map<Group, List<SettingSpec>> groups = new EnumMap<>(Group.class);
        Arrays.stream(reference.groups()).forEach(group -> groups.put(group, group.settings()));
        SortedMap<Integer, String> exits = new TreeMap<>();
        for (int[] codes : new int[][] {ALWAYS, reference.exits()}) {
            Arrays.stream(codes).forEach(code -> exits.put(code, ExitCode.MEANINGS.get(code)));
        }
        return new CommandPage(
                command.qualifiedName(),
                synopsis(command),
                lines(command.usageMessage().description()),
                arguments,
                options,
                commands,
                List.of(reference.examples()),
                groups,
                AllSettings.named(reference.settings()),
                exits);
    }

    /** Returns the first sentence of the description, without its full stop. */
    String summary() {
        return firstSentence(description.get(0));
    }

    /** Returns the first sentence of a description, without its full stop. */
    static String summary(String[] description) {
        return firstSentence(Ansi.OFF.string(description[0]));
    }

    /** Returns the file name of the manual page, without its suffix. */
    String manual() {
        return name.replace(' ', '-');
    }

    private static String firstSentence(String text) {
        return SENTENCE_END.split(text)[0].replaceFirst("\\.$", "");
    }

    private static String synopsis(CommandSpec command) {
        CommandLine wide = command.commandLine();
        int width = command.usageMessage().width();
        command.usageMessage().autoWidth(false).width(UNWRAPPED);
        try {
            return wide.getHelp().synopsis(0).strip();
        } finally {
            command.usageMessage().width(width).autoWidth(true);
        }
    }

    private static String names(OptionSpec option) {
        String names = String.join(", ", option.names());
        return option.arity().max() == 0 ? names : names + "=" + option.paramLabel();
    }

    private static String text(ArgSpec argument) {
        return String.join(" ", lines(argument.description()));
    }

    private static List<String> lines(String[] texts) {
        return Arrays.stream(texts).map(text -> Ansi.OFF.string(text)).toList();
    }

    /** Returns the description of a setting as plain text: without Markdown, with the default. */
    static String plain(SettingSpec setting) {
        String text = LINK.matcher(setting.description()).replaceAll("$1").replace("`", "");
        return setting.defaultValue() == null ? text : text + " Default: " + setting.defaultValue() + ".";
    }

    /** Returns the first sentence of the description of a setting as plain text. */
    static String brief(SettingSpec setting) {
        return SENTENCE_END.split(plain(setting))[0];
    }
}
