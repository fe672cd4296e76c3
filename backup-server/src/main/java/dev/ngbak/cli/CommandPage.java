package dev.ngbak.cli;

import dev.ngbak.server.AllSettings;
import dev.ngbak.spi.SettingSpec;
import java.util.ArrayList;
import java.util.Arrays;
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

/** The description of one command, from which its help, its manual page and its part of the command reference are made. */
record CommandPage(CommandSpec command) {

    private static final int UNWRAPPED = 10_000;
    private static final Pattern LINK = Pattern.compile("\\[([^]]*)]\\([^)]*\\)");
    private static final Pattern SENTENCE_END = Pattern.compile("(?<=\\.) (?=[A-Z])");
    private static final int[] ALWAYS = {ExitCode.DONE, ExitCode.UNEXPECTED, ExitCode.USAGE, ExitCode.INTERRUPTED};

    /** Returns the pages of the program and of all its commands, in their order. */
    static List<CommandPage> all() {
        CommandLine program = Main.commandLine();
        List<CommandPage> pages = new ArrayList<>(List.of(new CommandPage(program.getCommandSpec())));
        program.getSubcommands().values().forEach(command -> pages.add(new CommandPage(command.getCommandSpec())));
        return pages;
    }

    /** Returns the whole name: {@code ngbak backup}. */
    String name() {
        return command.qualifiedName();
    }

    /** Returns the name of the manual page: {@code ngbak-backup}. */
    String manual() {
        return name().replace(' ', '-');
    }

    /** Returns the synopsis in one line. Changes the width of the help, so it is not for a command line that runs. */
    String synopsis() {
        command.usageMessage().autoWidth(false).width(UNWRAPPED);
        return command.commandLine().getHelp().synopsis(0).strip();
    }

    /** Returns the paragraphs of the description. */
    List<String> description() {
        return lines(command.usageMessage().description());
    }

    /** Returns the first sentence of the description, without its full stop. */
    String summary() {
        return firstSentence(description().get(0));
    }

    /** Returns the labels and the descriptions of the arguments. */
    Map<String, String> arguments() {
        Map<String, String> arguments = new LinkedHashMap<>();
        command.positionalParameters().forEach(argument -> arguments.put(argument.paramLabel(), text(argument)));
        return arguments;
    }

    /** Returns the names and the descriptions of the options. */
    Map<String, String> options() {
        Map<String, String> options = new LinkedHashMap<>();
        command.options().forEach(option -> options.put(names(option), text(option)));
        return options;
    }

    /** Returns the names and the summaries of the subcommands. */
    Map<String, String> commands() {
        Map<String, String> commands = new LinkedHashMap<>();
        command.subcommands()
                .forEach((name, subcommand) ->
                        commands.put(name, new CommandPage(subcommand.getCommandSpec()).summary()));
        return commands;
    }

    /** Returns command lines, each with a comment in shell syntax. */
    List<String> examples() {
        return List.of(reference().examples());
    }

    /** Returns the groups of settings that the command reads. */
    List<Reference.Group> groups() {
        return List.of(reference().groups());
    }

    /** Returns the other settings that the command reads. */
    List<SettingSpec> settings() {
        return AllSettings.named(reference().settings());
    }

    /** Returns the exit codes that the command can return, and their meanings. */
    SortedMap<Integer, String> exits() {
        SortedMap<Integer, String> exits = new TreeMap<>();
        for (int[] codes : new int[][] {ALWAYS, reference().exits()}) {
            Arrays.stream(codes).forEach(code -> exits.put(code, ExitCode.MEANINGS.get(code)));
        }
        return exits;
    }

    private Reference reference() {
        return command.userObject().getClass().getAnnotation(Reference.class);
    }

    private static String names(OptionSpec option) {
        String names = String.join(", ", option.names());
        return option.arity().max() == 0 ? names : names + "=" + option.paramLabel();
    }

    private static String text(ArgSpec argument) {
        return String.join(" ", lines(argument.renderedDescription()));
    }

    private static List<String> lines(String[] texts) {
        return Arrays.stream(texts).map(Ansi.OFF::string).toList();
    }

    /** Returns the first sentence of a text, without its full stop. */
    static String firstSentence(String text) {
        return SENTENCE_END.split(text)[0].replaceFirst("\\.$", "");
    }

    /** Returns the description of a setting as plain text: without Markdown, with the default. */
    static String plain(SettingSpec setting) {
        String text = LINK.matcher(setting.description()).replaceAll("$1").replace("`", "");
        return setting.defaultValue() == null ? text : text + " Default: " + setting.defaultValue() + ".";
    }
}
