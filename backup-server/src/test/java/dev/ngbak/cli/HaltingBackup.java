package dev.ngbak.cli;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.spi.Settings;
import java.util.concurrent.locks.LockSupport;

/** Runs a backup whose process halts some time after the start of a phase. */
final class HaltingBackup {

    private final String phase;
    private final long micros;
    private final Job job = new Job(line -> {}, this::begun);

    private HaltingBackup(String phase, long micros) {
        this.phase = phase;
        this.micros = micros;
    }

    public static void main(String[] args) {
        HaltingBackup halted = new HaltingBackup(args[0], Long.parseLong(args[1]));
        new BackupManager(Settings.fromEnvironment()).create("victim", null, halted.job);
        halted.begun();
        while (true) {
            LockSupport.park(); // until the process halts
        }
    }

    private void begun() {
        if (job.phaseLabel().equals(phase)) {
            Thread executioner = new Thread(() -> {
                LockSupport.parkNanos(micros * 1_000);
                Runtime.getRuntime().halt(9);
            });
            executioner.setDaemon(true);
            executioner.start();
        }
    }
}
