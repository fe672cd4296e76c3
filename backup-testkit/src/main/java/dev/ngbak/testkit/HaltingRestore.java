package dev.ngbak.testkit;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.JournalListener;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/** The main class of a process that restores or recovers, and halts at a chosen moment. {@link KillMatrix} starts it. */
final class HaltingRestore {

    /** The exit code of a killed process, as after {@code kill -9}. */
    static final int KILLED = 137;

    private HaltingRestore() {}

    /** @param args a {@link KillMatrix.Scenario}, the moment to halt, the archive, and perhaps a workspace to restore into */
    public static void main(String[] args) {
        KillMatrix.Scenario scenario = KillMatrix.Scenario.valueOf(args[0]);
        String moment = args[1];
        BackupManager manager = manager(Settings.fromEnvironment(), scenario == KillMatrix.Scenario.WAY_BACK);
        long begin = System.nanoTime();
        long[] journal = {begin};
        AtomicBoolean begun = new AtomicBoolean();
        JournalListener.watch(manager, step -> {
            if (step.equals(moment)) {
                Runtime.getRuntime().halt(KILLED);
            }
            if (begun.compareAndSet(false, true)) {
                journal[0] = System.nanoTime();
                dieAfter(moment, "journal+");
            }
        });
        dieAfter(moment, "start+");
        try {
            if (scenario.isRecovery()) {
                manager.recover(new Job());
            } else {
                RestoreOptions options =
                        new RestoreOptions(Set.of(), false, scenario != KillMatrix.Scenario.WITHOUT_WAY_BACK);
                Optional<String> workspace = Optional.ofNullable(args.length > 3 ? args[3] : null);
                manager.restore(
                        manager.archive(args[2]), options.to(KillMatrix.target(workspace)), plan -> true, new Job());
            }
        } catch (BackupException e) {
            if (e.kind() != Kind.ROLLED_BACK) {
                throw e;
            }
        }
        // The duration in microseconds, up to the first line of the journal and after it.
        System.out.println((journal[0] - begin) / 1_000 + " " + (System.nanoTime() - journal[0]) / 1_000);
    }

    static void dieAfter(String moment, String prefix) {
        if (moment.startsWith(prefix)) {
            long micros = Long.parseLong(moment.substring(prefix.length()));
            Thread halter = new Thread(() -> {
                long end = System.nanoTime() + micros * 1_000;
                for (long left = micros * 1_000; left > 0; left = end - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                Runtime.getRuntime().halt(KILLED);
            });
            halter.setDaemon(true);
            halter.start();
        }
    }

    /** @param failing whether the first restore of the last store fails after it has replaced the store */
    private static BackupManager manager(Settings settings, boolean failing) {
        AtomicBoolean failed = new AtomicBoolean(!failing);
        List<StorageExporter> exporters = new ArrayList<>();
        ServiceLoader.load(StorageExporter.class).forEach(exporters::add);
        List<StorageRestorer> restorers = new ArrayList<>();
        for (StorageRestorer restorer : ServiceLoader.load(StorageRestorer.class)) {
            restorers.add(
                    restorer.role() == Role.VECTOR
                            ? Faults.restorer(restorer, session -> failingOnce(session, failed))
                            : restorer);
        }
        return new BackupManager(settings, exporters, restorers, Clock.systemUTC());
    }

    private static RestoreSession failingOnce(RestoreSession real, AtomicBoolean failed) {
        return new ForwardingRestoreSession(real) {
            @Override
            public void restore(EntrySource source, RecordHandler records, Progress progress) throws IOException {
                super.restore(source, records, progress);
                if (failed.compareAndSet(false, true)) {
                    throw new BackupException(Kind.UNREACHABLE, "The connection broke", "");
                }
            }
        };
    }
}
