package dev.ngbak.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.RecoveryOutcome;
import dev.ngbak.jobs.JobDefinition;
import dev.ngbak.spi.Settings;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "recover",
        description =
                "Settles a restore that was interrupted: puts the old state back, or finishes it where the old state"
                        + " was not saved. backup, restore, delete and serve do so first by themselves.")
final class RecoverCommand implements Callable<Integer> {

    private final Settings settings;
    private final Terminal terminal;

    RecoverCommand(Settings settings, Terminal terminal) {
        this.settings = settings;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        BackupManager manager = new BackupManager(settings);
        RecoveryOutcome recovery = terminal.watch(manager, JobDefinition.recover(manager));
        terminal.say(JobDefinition.said(recovery) + ".");
        ObjectNode json = Terminal.object().put("recovery", recovery.name().toLowerCase(Locale.ROOT));
        terminal.advise(json);
        terminal.result(json);
        return ExitCode.DONE;
    }
}
