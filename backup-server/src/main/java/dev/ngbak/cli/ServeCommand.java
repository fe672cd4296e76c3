package dev.ngbak.cli;

import dev.ngbak.server.Logging;
import dev.ngbak.server.Server;
import dev.ngbak.spi.Settings;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(name = "serve", description = "The HTTP API and the dashboard, until it is interrupted.")
final class ServeCommand implements Callable<Integer> {

    private final Settings settings;
    private final Terminal terminal;

    ServeCommand(Settings settings, Terminal terminal) {
        this.settings = settings;
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
        Logging.on(settings);
        terminal.interruption().begin(); // a recovery may run as soon as the server is there
        Server server = new Server(settings);
        terminal.interruption().begin(server::close);
        terminal.say("The dashboard is at " + server.url());
        terminal.result(Terminal.object().put("url", server.url()));
        server.awaitEnd();
        return ExitCode.DONE;
    }
}
