package dev.ngbak.cli;

import dev.ngbak.engine.Version;
import dev.ngbak.server.PluginFolder;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Settings;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.logging.LogManager;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
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
            DrillCommand.class,
            DeleteCommand.class,
            PinCommand.class,
            UnpinCommand.class,
            PruneCommand.class,
            AcknowledgeCommand.class,
            RecoverCommand.class,
            CheckCommand.class,
            DiffCommand.class,
            ExtractCommand.class,
            CopyCommand.class,
            DoctorCommand.class,
            CompletionCommand.class,
            VersionCommand.class,
            HelpCommand.class
        })
@Reference(
        examples = {
            "ngbak doctor               # checks what a backup and a restore need",
            "ngbak backup --note \"before re-index\"",
            "ngbak restore latest       # shows what would change, and asks"
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

    @Option(
            names = "--config",
            scope = CommandLine.ScopeType.INHERIT,
            paramLabel = "FILE",
            description =
                    "Read settings from a file of lines NAME=value. Variables of the environment win over the file. ngbak"
                            + " reads no such file by itself.")
    private Path config;

    @Option(
            names = {"-q", "--quiet"},
            scope = CommandLine.ScopeType.INHERIT,
            description = "Print only the result, warnings and errors.")
    private boolean quiet;

    @Option(
            names = {"-v", "--verbose"},
            scope = CommandLine.ScopeType.INHERIT,
            description = "Print details: the phases of a job, and the time of each line.")
    private boolean verbose;

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
        CommandLine commandLine = commandLine(new Main(terminal));
        commandLine.setExecutionStrategy(parsed -> execute(parsed, settings));
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
        return commandLine(new Main(null));
    }

    private static CommandLine commandLine(Main main) {
        CommandLine commandLine = new CommandLine(main);
        commandLine.setUsageHelpAutoWidth(true);
        commandLine.setExpandAtFiles(false);
        HelpSections.addTo(commandLine);
        return commandLine;
    }

    /** Runs a parsed command line. The global options may be before or after the name of the command. */
    private static int execute(ParseResult parsed, Settings environment) {
        Integer help = CommandLine.executeHelpRequest(parsed);
        if (help != null) {
            return help;
        }
        Main main = (Main) parsed.commandSpec().userObject();
        try {
            main.apply(parsed, environment);
        } catch (BackupException e) {
            return main.terminal.fail(e);
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    private void apply(ParseResult parsed, Settings environment) {
        if (quiet && verbose) {
            throw new BackupException(
                    BackupException.Kind.INVALID, "-q and -v contradict each other", "Use one of the two");
        }
        terminal.setVerbosity(quiet ? Verbosity.QUIET : verbose ? Verbosity.VERBOSE : Verbosity.NORMAL);
        Configuration configuration =
                Configuration.of(environment, config == null ? null : ConfigFile.read(config, "--config"));
        PluginFolder.load(configuration.settings());
        parsed.asCommandLineList().forEach(command -> {
            if (command.getCommand() instanceof BaseCommand base) {
                base.prepare(configuration, terminal);
            }
        });
    }

    private static int usageError(ParameterException e, String[] args) {
        Main main = (Main) e.getCommandLine().getCommandSpec().root().userObject();
        return main.terminal.fail(UsageError.of(e));
    }

    /** Refuses a command line without a command. */
    @Override
    public void run() {
        String commands = String.join(", ", spec.subcommands().keySet());
        throw new ParameterException(spec.commandLine(), "No command was given. The commands are " + commands);
    }
}
