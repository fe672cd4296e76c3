package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.BackupId;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "delete", description = "Deletes an archive permanently.")
@Reference(
        examples = {"ngbak delete before-reindex         # asks", "ngbak delete before-reindex --yes"},
        exits = {ExitCode.NOT_FOUND, ExitCode.BUSY, ExitCode.UNREACHABLE, ExitCode.UNCONFIRMED, ExitCode.NOT_AS_BEFORE})
final class DeleteCommand extends BaseCommand {

    @Parameters(paramLabel = "ID", description = ID)
    private String id;

    @Option(names = "--yes", description = "Do not ask for confirmation.")
    private boolean yes;

    @Override
    public Integer call() {
        BackupManager manager = new BackupManager(settings);
        BackupId backup = manager.resolve(id);
        if (!yes && !terminal.confirm("The backup " + backup + " will be deleted permanently.", "yes")) {
            throw new BackupException(Kind.UNCONFIRMED, "The deletion was not confirmed. Nothing was deleted", "");
        }
        terminal.runChanging(job -> {
            manager.delete(backup, job);
            return backup;
        });
        terminal.println("Deleted backup " + backup + ".");
        ObjectNode json = Terminal.object().put("backup_id", backup.text());
        terminal.printAdvice(json);
        terminal.printResult(json);
        return ExitCode.DONE;
    }
}
