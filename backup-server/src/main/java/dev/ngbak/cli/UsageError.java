package dev.ngbak.cli;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.SafeText;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Explains a command line that cannot be parsed, in one message. */
final class UsageError {

    private UsageError() {}

    static BackupException of(ParameterException e) {
        CommandSpec command = e.getCommandLine().getCommandSpec();
        String help = "See " + command.qualifiedName() + " --help";
        if (!(e instanceof UnmatchedArgumentException unmatched)
                || unmatched.getUnmatched().isEmpty()) {
            return new BackupException(Kind.INVALID, e.getMessage(), help);
        }
        String argument = unmatched.getUnmatched().get(0);
        String quoted = "\"" + SafeText.forMessage(argument) + "\"";
        String problem;
        List<String> meant = List.of();
        if (argument.startsWith("-")) {
            problem = command.qualifiedName() + " has no option " + quoted;
            meant = Suggestion.nearest(argument, command.optionsMap().keySet());
        } else if (command.subcommands().isEmpty()) {
            problem = quoted + " is one argument too many for " + command.qualifiedName();
        } else {
            problem = command.qualifiedName() + " has no command " + quoted;
            meant = Suggestion.nearest(argument, command.subcommands().keySet());
        }
        return new BackupException(Kind.INVALID, problem, Suggestion.of(meant) + help);
    }
}
