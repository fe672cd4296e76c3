package dev.ngbak.cli;

import dev.ngbak.archive.BackupId;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.spi.Settings;
import java.util.concurrent.locks.LockSupport;

/** Deletes old archives, or pins and unpins one, in a process that halts some time after it began. */
final class HaltingRetention {

    private HaltingRetention() {}

    /** @param args {@code prune} or {@code pin}, and the time to halt in microseconds, or 0 for never */
    public static void main(String[] args) {
        BackupManager manager = new BackupManager(Settings.fromEnvironment());
        manager.list();
        long micros = Long.parseLong(args[1]);
        long begin = System.nanoTime();
        if (micros > 0) {
            haltAfter(micros);
        }
        if (args[0].equals("prune")) {
            manager.prune(new Job());
        } else {
            for (int n = 0; n < 20; n++) {
                manager.pin(new BackupId("b01"));
                manager.unpin(new BackupId("b01"));
            }
        }
        System.out.println((System.nanoTime() - begin) / 1_000);
        while (micros > 0) {
            LockSupport.park(); // until the process halts
        }
    }

    private static void haltAfter(long micros) {
        Thread executioner = new Thread(() -> {
            long end = System.nanoTime() + micros * 1_000;
            for (long left = micros * 1_000; left > 0; left = end - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            Runtime.getRuntime().halt(9);
        });
        executioner.setDaemon(true);
        executioner.start();
    }
}
