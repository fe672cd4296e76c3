package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.cli.Reference.Group;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.RecoveryOutcome;
import dev.ngbak.jobs.JobDefinition;
import java.util.Locale;
import picocli.CommandLine.Command;

@Command(
        name = "recover",
        description =
                "Recovers from an interrupted restore: rolls it back, or completes it if there is no safety archive."
                        + " The commands backup, restore, delete and serve do this by themselves first.")
@Reference(
        examples = "ngbak recover",
        groups = {Group.ARCHIVES, Group.STORES},
        settings = {"BACKUP_RESUME_HOOK", "BACKUP_HOOK_TIMEOUT"},
        exits = {ExitCode.BUSY, ExitCode.UNREACHABLE, ExitCode.INCOMPATIBLE, ExitCode.NOT_AS_BEFORE})
final class RecoverCommand extends BaseCommand {

    @Override
    public Integer call() {
        BackupManager manager = new BackupManager(settings);
        RecoveryOutcome recovery = terminal.run(manager, JobDefinition.recover(manager));
        terminal.println(JobDefinition.describe(recovery) + ".");
        ObjectNode json = Terminal.object().put("recovery", recovery.name().toLowerCase(Locale.ROOT));
        terminal.printAdvice(json);
        terminal.printResult(json);
        return ExitCode.DONE;
    }
}
