package dev.ngbak.cli;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

@Command(name = "help", description = "Shows the help of ngbak, or of one command.")
@Reference(
        examples = {"ngbak help", "ngbak help restore"},
        groups = {})
final class HelpCommand extends BaseCommand {

    /** The names of all commands. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(Main.class.getAnnotation(Command.class).subcommands())
                    .map(type -> type.getAnnotation(Command.class).name())
                    .iterator();
        }
    }

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "CMD",
            arity = "0..1",
            completionCandidates = Names.class,
            description = "The command. Default: ngbak itself.")
    private String name;

    @Override
    public Integer call() {
        CommandLine program = spec.root().commandLine();
        CommandLine command = name == null ? program : program.getSubcommands().get(name);
        if (command == null) {
            throw new UnmatchedArgumentException(program, List.of(name));
        }
        String help = command.getUsageMessage();
        terminal.printText(help);
        terminal.printResult(Terminal.object().put("help", help));
        return ExitCode.DONE;
    }
}
