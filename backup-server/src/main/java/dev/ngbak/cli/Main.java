package dev.ngbak.cli;

import dev.ngbak.engine.Version;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Settings;
import java.util.Arrays;
import java.util.logging.LogManager;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program {@code ngbak}. */
@Command(
        name = "ngbak",
        description = {
            "Backs up and restores a GraphRAG system: graph, vectors and documents in one verified archive.",
            "Settings are environment variables; ngbak doctor shows their values. ngbak COMMAND --help shows the options,"
                    + " examples, settings and exit codes of a command."
        },
        versionProvider = Main.VersionText.class,
        mixinStandardHelpOptions = true,
        scope = CommandLine.ScopeType.INHERIT,
        sortOptions = false,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DemoCommand.class,
            ServeCommand.class,
            BackupCommand.class,
            RestoreCommand.class,
            ListCommand.class,
            InspectCommand.class,
            VerifyCommand.class,
            DeleteCommand.class,
            RecoverCommand.class,
            CheckCommand.class,
            DoctorCommand.class,
            CompletionCommand.class
        })
@Reference(
        examples = {
            "ngbak doctor               # checks what a backup and a restore need",
            "ngbak backup --note \"before re-index\"",
            "ngbak restore ID           # shows what would change, and asks"
        },
        groups = {})
public final class Main implements Runnable {

    static final class VersionText implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"ngbak " + Version.text()};
        }
    }

    private final Terminal terminal;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--json",
            scope = CommandLine.ScopeType.INHERIT,
            description = "Print JSON lines to stdout. The last one is the result, also after a failure.")
    @SuppressWarnings("UnusedVariable") // read from the raw arguments, so that usage errors are JSON too
    private boolean json;

    Main(Terminal terminal) {
        this.terminal = terminal;
    }

    public static void main(String[] args) {
        // Only ngbak serve has a log. All other commands report what libraries log with messages of their own.
        System.setProperty("slf4j.provider", "org.slf4j.helpers.NOP_FallbackServiceProvider");
        System.setProperty("slf4j.internal.verbosity", "WARN");
        if (System.getProperty("java.util.logging.config.file") == null) {
            LogManager.getLogManager().reset();
        }
        ShutdownHandler shutdown = new ShutdownHandler();
        Terminal terminal = Terminal.ofProcess(shutdown);
        shutdown.install(terminal);
        int code = run(Settings.fromEnvironment(), terminal, args);
        shutdown.commandEnded();
        System.exit(code);
    }

    /** Runs one command line and returns its exit code. Never throws. */
    static int run(Settings settings, Terminal terminal, String... args) {
        // The option is read before the arguments are parsed, because a usage error must be JSON too.
        terminal.useJson(Arrays.asList(args).contains("--json"));
        CommandLine commandLine = commandLine(new Main(terminal), new CommandFactory(settings, terminal));
        commandLine.setParameterExceptionHandler(Main::usageError);
        commandLine.setExecutionExceptionHandler((failure, command, parsed) -> terminal.fail(failure));
        commandLine.setOut(terminal.out());
        commandLine.setErr(terminal.err());
        try {
            return commandLine.execute(args);
        } catch (Error e) { // picocli handles exceptions only
            return terminal.fail(e);
        }
    }

    /** Returns the model of all commands, which can describe them but not run them. */
    static CommandLine commandLine() {
        return commandLine(new Main(null), CommandLine.defaultFactory());
    }

    private static CommandLine commandLine(Main main, CommandLine.IFactory factory) {
        CommandLine commandLine = new CommandLine(main, factory);
        commandLine.setUsageHelpAutoWidth(true);
        HelpSections.addTo(commandLine);
        return commandLine;
    }

    private record CommandFactory(Settings settings, Terminal terminal) implements CommandLine.IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            K created = CommandLine.defaultFactory().create(type);
            if (created instanceof BaseCommand command) {
                command.settings = settings;
                command.terminal = terminal;
            }
            return created;
        }
    }

    private static int usageError(ParameterException e, String[] args) {
        CommandSpec command = e.getCommandLine().getCommandSpec();
        Main main = (Main) command.root().userObject();
        return main.terminal.fail(new BackupException(
                BackupException.Kind.INVALID, e.getMessage(), "See " + command.qualifiedName() + " --help"));
    }

    /** Refuses a command line without a command. */
    @Override
    public void run() {
        String commands = String.join(", ", spec.subcommands().keySet());
        throw new ParameterException(spec.commandLine(), "No command was given. The commands are " + commands);
    }
}
