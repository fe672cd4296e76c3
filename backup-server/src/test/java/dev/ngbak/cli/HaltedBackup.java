package dev.ngbak.cli;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.spi.Settings;
import java.util.concurrent.locks.LockSupport;

/** A backup whose process dies, without a word, some time after a phase has begun. */
final class HaltedBackup {

    private HaltedBackup() {}

    public static void main(String[] args) {
        String phase = args[0];
        long micros = Long.parseLong(args[1]);
        Job job = new Job();
        Thread executioner = new Thread(() -> {
            while (!job.phase().equals(phase)) {
                Thread.onSpinWait();
            }
            LockSupport.parkNanos(micros * 1_000);
            Runtime.getRuntime().halt(9);
        });
        executioner.setDaemon(true);
        executioner.start();
        new BackupManager(Settings.fromEnvironment()).create("victim", null, job);
        while (true) {
            LockSupport.park(); // until it is this phase's turn
        }
    }
}
