package dev.ngbak.cli;

import dev.ngbak.cli.Reference.Group;
import dev.ngbak.server.Logging;
import dev.ngbak.server.Server;
import picocli.CommandLine.Command;

@Command(name = "serve", description = "Serves the HTTP API and the dashboard until it is interrupted.")
@Reference(
        examples = {"ngbak serve", "HOST=0.0.0.0 BACKUP_API_KEY_FILE=/run/secrets/key ngbak serve"},
        groups = {Group.SERVER, Group.ARCHIVES, Group.STORES},
        exits = {ExitCode.UNREACHABLE, ExitCode.INCOMPATIBLE, ExitCode.NOT_AS_BEFORE})
final class ServeCommand extends BaseCommand {

    @Override
    public Integer call() throws InterruptedException {
        Logging.on(settings);
        terminal.shutdown().workStarted(); // the server may start a recovery immediately
        Server server = new Server(settings);
        terminal.shutdown().stopWith(server::close);
        if (!server.isStopping()) {
            terminal.println("The dashboard is at " + server.url());
        }
        terminal.printResult(Terminal.object().put("url", server.url()));
        server.awaitEnd();
        return ExitCode.DONE;
    }
}
