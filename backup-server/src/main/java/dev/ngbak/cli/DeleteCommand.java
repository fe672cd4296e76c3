package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.BackupId;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "delete", description = "Deletes an archive for good.")
final class DeleteCommand implements Callable<Integer> {

    private final Settings settings;
    private final Terminal terminal;

    @Parameters(paramLabel = "ID", description = "The id of a backup in BACKUP_DIR.")
    private String id;

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    DeleteCommand(Settings settings, Terminal terminal) {
        this.settings = settings;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        BackupManager manager = new BackupManager(settings);
        BackupId backup = new BackupId(id);
        manager.archive(id);
        if (!yes && !terminal.confirm("The backup " + backup + " will be deleted for good.", "yes")) {
            throw new BackupException(Kind.UNCONFIRMED, "The deletion was not confirmed. Nothing was deleted", "");
        }
        terminal.change(job -> {
            manager.delete(backup, job);
            return backup;
        });
        terminal.say("Deleted the backup " + backup + ".");
        ObjectNode json = Terminal.object().put("backup_id", backup.text());
        terminal.advise(json);
        terminal.result(json);
        return ExitCode.DONE;
    }
}
