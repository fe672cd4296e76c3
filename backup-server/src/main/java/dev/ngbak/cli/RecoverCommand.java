package dev.ngbak.cli;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Recovery;
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
        Recovery recovery = terminal.watch(manager::recover);
        terminal.say(
                switch (recovery) {
                    case NOTHING -> "No restore is open: there is nothing to recover.";
                    case UNCHANGED -> "The interrupted restore had changed nothing. All stores are as before it.";
                    case ROLLED_BACK -> "All stores are as before the interrupted restore.";
                    case COMPLETED -> "The interrupted restore is finished: all stores hold what its archive holds.";
                });
        terminal.result(Terminal.object().put("recovery", recovery.name().toLowerCase(Locale.ROOT)));
        return ExitCode.DONE;
    }
}
