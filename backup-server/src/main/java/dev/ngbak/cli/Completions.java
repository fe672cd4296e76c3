package dev.ngbak.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Writes the scripts that complete command lines in a shell. */
final class Completions {

    /** A shell that ngbak can complete in. */
    enum Shell {
        bash,
        zsh,
        fish
    }

    /** Lines of picocli's script that change the user's zsh, and what replaces them. */
    private static final String ALIASES = "  setopt COMPLETE_ALIASES\n  alias compopt=complete\n";

    private static final String FUNCTION = "  function compopt() { :; }\n";

    /** Answers the first completion, for which zsh has loaded the script from a directory in fpath. */
    private static final String LOADED_FROM_FPATH = """

            if [ "${funcstack[1]:-}" = _ngbak ]; then
              _bash_complete -o default -F _complete_ngbak
            fi
            """;

    private Completions() {}

    static String script(Shell shell, CommandLine program) {
        String name = program.getCommandName();
        return switch (shell) {
            case bash -> AutoComplete.bash(name, program);
            case zsh ->
                "#compdef " + name + "\n"
                        + AutoComplete.bash(name, program).replace(ALIASES, FUNCTION)
                        + LOADED_FROM_FPATH;
            case fish -> fish(program);
        };
    }

    private static String fish(CommandLine program) {
        List<String> lines = new ArrayList<>(List.of("# Completions of ngbak for fish"));
        String anywhere = "complete -c " + program.getCommandName();
        lines.add(anywhere + " -n __fish_use_subcommand -f");
        options(lines, anywhere + " -n __fish_use_subcommand", program.getCommandSpec());
        program.getSubcommands().forEach((name, command) -> {
            CommandSpec spec = command.getCommandSpec();
            lines.add(anywhere + " -n __fish_use_subcommand -a " + name + " -d "
                    + quoted(new CommandPage(spec).summary()));
            String here = anywhere + " -n '__fish_seen_subcommand_from " + name + "'";
            options(lines, here, spec);
            spec.positionalParameters().stream()
                    .filter(argument -> argument.completionCandidates() != null)
                    .forEach(argument -> lines.add(here + " -f -a " + quoted(candidates(argument))));
            if (spec.positionalParameters().isEmpty()) {
                lines.add(here + " -f");
            }
        });
        return String.join("\n", lines) + "\n";
    }

    private static void options(List<String> lines, String here, CommandSpec command) {
        for (OptionSpec option : command.options()) {
            StringBuilder line = new StringBuilder(here);
            for (String name : option.names()) {
                line.append(name.startsWith("--") ? " -l " : " -s ").append(name.replaceFirst("^-+", ""));
            }
            if (option.arity().max() > 0) {
                line.append(option.type() == Path.class ? " -r" : " -x");
            }
            if (option.completionCandidates() != null) {
                line.append(" -a ").append(quoted(candidates(option)));
            }
            lines.add(line + " -d " + quoted(CommandPage.firstSentence(option.renderedDescription()[0])));
        }
    }

    private static String candidates(ArgSpec argument) {
        return StreamSupport.stream(argument.completionCandidates().spliterator(), false)
                .collect(Collectors.joining(" "));
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
