package com.example;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.Settings;
import java.nio.file.Path;
import java.util.Map;

/** Runs a risky operation on a working directory. Creates a backup first, and restores it if the operation fails. */
public final class Reindexer {

    private final BackupManager backups;

    public Reindexer(Path workingDir, Path backupDir) {
        backups = new BackupManager(
                Settings.of(Map.of("WORKING_DIR", workingDir.toString(), "BACKUP_DIR", backupDir.toString())));
    }

    /**
     * Runs the operation.
     *
     * @throws RuntimeException as thrown by the operation, after the restore
     */
    public void run(Runnable operation) {
        ArchiveInfo before = backups.create(null, "before re-index", new Job(line -> System.out.println(line.message())));
        try {
            operation.run();
        } catch (RuntimeException e) {
            backups.restore(backups.archive(before), RestoreOptions.DEFAULT, plan -> plan.problems().isEmpty(), new Job());
            throw e;
        }
    }
}
