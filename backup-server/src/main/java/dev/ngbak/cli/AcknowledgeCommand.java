package dev.ngbak.cli;

import dev.ngbak.archive.BackupId;
import dev.ngbak.engine.BackupManager;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "acknowledge",
        description = {
            "Confirms that the counts of an archive are right although they are less than half of those before.",
            "Until then, no archive is deleted, because the system may be broken. The archive itself does not change."
        })
@Reference(
        examples = {
            "ngbak prune --dry-run      # shows what has shrunk",
            "ngbak acknowledge latest",
            "ngbak acknowledge latest --undo"
        },
        exits = {ExitCode.NOT_FOUND, ExitCode.BUSY, ExitCode.UNREACHABLE})
final class AcknowledgeCommand extends BaseCommand {

    @Parameters(paramLabel = "ID", description = ID)
    private String id;

    @Option(names = "--undo", description = "Withdraw the confirmation.")
    private boolean undo;

    @Override
    public Integer call() {
        BackupManager manager = new BackupManager(settings);
        BackupId backup = manager.resolve(id);
        if (undo) {
            manager.unacknowledge(backup);
        } else {
            manager.acknowledge(backup);
        }
        terminal.println(
                undo
                        ? "The counts of backup " + backup + " are no longer acknowledged."
                        : "Acknowledged the counts of backup " + backup + ".");
        terminal.printResult(Terminal.object().put("backup_id", backup.text()).put("acknowledged", !undo));
        return ExitCode.DONE;
    }
}
