package dev.ngbak.testkit;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.JournalListener;
import dev.ngbak.spi.Settings;

/** The main class of a process that runs a drill, and halts at a chosen moment. {@link DrillKills} starts it. */
final class HaltingDrill {

    private HaltingDrill() {}

    /** @param args the moment to halt, and the archive */
    public static void main(String[] args) {
        String moment = args[0];
        long begin = System.nanoTime();
        HaltingRestore.dieAfter(moment, "start+");
        BackupManager manager = new BackupManager(Settings.fromEnvironment());
        JournalListener.watch(manager, step -> {
            if (step.equals(moment)) {
                Runtime.getRuntime().halt(HaltingRestore.KILLED);
            }
        });
        manager.drill(args[1]);
        System.out.println((System.nanoTime() - begin) / 1_000);
    }
}
