package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.RecoveryOutcome;
import dev.ngbak.jobs.JobDefinition;
import java.util.Locale;
import picocli.CommandLine.Command;

@Command(
        name = "recover",
        description =
                "Recovers from an interrupted restore: rolls it back, or completes it if there is no safety archive."
                        + " backup, restore, delete and serve do this automatically before anything else.")
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
