package dev.ngbak.cli;

import dev.ngbak.archive.BackupId;
import dev.ngbak.engine.BackupManager;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "pin",
        description = {
            "Protects an archive: neither retention nor ngbak delete deletes it until it is unpinned.",
            "Retention does not count it. The archive itself does not change."
        })
@Reference(
        examples = "ngbak pin before-reindex",
        exits = {ExitCode.NOT_FOUND, ExitCode.BUSY, ExitCode.UNREACHABLE})
final class PinCommand extends BaseCommand {

    @Parameters(paramLabel = "ID", description = ID)
    private String id;

    @Override
    public Integer call() {
        BackupManager manager = new BackupManager(settings);
        BackupId backup = manager.resolve(id);
        manager.pin(backup);
        terminal.println("Pinned backup " + backup + ".");
        terminal.printResult(Terminal.object().put("backup_id", backup.text()).put("pinned", true));
        return ExitCode.DONE;
    }
}
