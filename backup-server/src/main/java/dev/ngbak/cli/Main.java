package dev.ngbak.cli;

import dev.ngbak.engine.Version;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Settings;
import java.util.Arrays;
import java.util.logging.LogManager;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The program {@code ngbak}. */
@Command(
        name = "ngbak",
        description = "Backs up and restores a GraphRAG system: graph, vectors and documents in one verified archive.",
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
            DoctorCommand.class
        },
        footer = {
            "",
            "Settings are environment variables; docs/SETTINGS.md lists them. ngbak doctor shows what they amount to."
        })
public final class Main implements Runnable {

    static final class VersionText implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"ngbak " + Version.text()};
        }
    }

    private final Terminal terminal;
    private final Settings settings;

    @Option(
            names = "--json",
            scope = CommandLine.ScopeType.INHERIT,
            description = "JSON lines on stdout; the last one is the result, on failure too.")
    @SuppressWarnings("UnusedVariable") // read from the raw arguments, so that usage errors are JSON too
    private boolean json;

    Main(Settings settings, Terminal terminal) {
        this.settings = settings;
        this.terminal = terminal;
    }

    public static void main(String[] args) {
        // What libraries log is said by our own messages, so nothing is set up for it. Only ngbak serve has a log.
        System.setProperty("slf4j.provider", "org.slf4j.helpers.NOP_FallbackServiceProvider");
        System.setProperty("slf4j.internal.verbosity", "WARN");
        if (System.getProperty("java.util.logging.config.file") == null) {
            LogManager.getLogManager().reset();
        }
        ShutdownHandler interruption = new ShutdownHandler();
        Terminal terminal = Terminal.ofProcess(interruption);
        interruption.install(terminal);
        int code = run(Settings.fromEnvironment(), terminal, args);
        interruption.ended();
        System.exit(code);
    }

    /** Runs one command line; never throws. */
    static int run(Settings settings, Terminal terminal, String... args) {
        // Known before the arguments are parsed, since a usage error must be JSON too.
        terminal.useJson(Arrays.asList(args).contains("--json"));
        CommandLine commandLine = new CommandLine(new Main(settings, terminal), new WithMain(settings, terminal));
        commandLine.setParameterExceptionHandler(Main::usageError);
        commandLine.setExecutionExceptionHandler((failure, command, parsed) -> terminal.fail(failure));
        commandLine.setUsageHelpAutoWidth(true);
        commandLine.setOut(terminal.out());
        commandLine.setErr(terminal.err());
        try {
            return commandLine.execute(args);
        } catch (Error e) { // which picocli hands on
            return terminal.fail(e);
        }
    }

    /** Gives each command what it needs, without any static. */
    private record WithMain(Settings settings, Terminal terminal) implements CommandLine.IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            try {
                return type.getDeclaredConstructor(Settings.class, Terminal.class)
                        .newInstance(settings, terminal);
            } catch (NoSuchMethodException e) {
                return CommandLine.defaultFactory().create(type);
            }
        }
    }

    private static int usageError(ParameterException e, String[] args) {
        Main main = (Main) e.getCommandLine().getCommandSpec().root().userObject();
        String name = e.getCommandLine().getCommandSpec().qualifiedName();
        return main.terminal.fail(
                new BackupException(BackupException.Kind.INVALID, e.getMessage(), "See " + name + " --help"));
    }

    @Override
    public void run() {
        // ngbak alone: the help, as an error, since nothing was asked for.
        throw new ParameterException(
                new CommandLine(this, new WithMain(settings, terminal)),
                "Which command? demo, serve, backup, restore, list, inspect, verify, delete, recover, check or doctor");
    }
}
