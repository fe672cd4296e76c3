package dev.ngbak.cli;

import dev.ngbak.archive.BackupId;
import dev.ngbak.engine.BackupManager;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "unpin",
        description = "Removes the protection that ngbak pin gave an archive. Deletes nothing by itself.")
@Reference(
        examples = "ngbak unpin before-reindex",
        exits = {ExitCode.NOT_FOUND, ExitCode.BUSY, ExitCode.UNREACHABLE})
final class UnpinCommand extends BaseCommand {

    @Parameters(paramLabel = "ID", description = ID)
    private String id;

    @Override
    public Integer call() {
        BackupManager manager = new BackupManager(settings);
        BackupId backup = manager.resolve(id);
        manager.unpin(backup);
        terminal.println("Unpinned backup " + backup + ".");
        terminal.printResult(Terminal.object().put("backup_id", backup.text()).put("pinned", false));
        return ExitCode.DONE;
    }
}
