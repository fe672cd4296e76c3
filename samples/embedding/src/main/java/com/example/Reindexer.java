package com.example;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.Settings;
import java.nio.file.Path;
import java.util.Map;

/** Runs something risky on a working directory, and restores the backup made before it if that fails. */
public final class Reindexer {

    private final BackupManager backups;

    public Reindexer(Path workingDir, Path backupDir) {
        backups = new BackupManager(
                Settings.of(Map.of("WORKING_DIR", workingDir.toString(), "BACKUP_DIR", backupDir.toString())));
    }

    public void run(Runnable risky) {
        ArchiveInfo before = backups.create(null, "before re-index", new Job(line -> System.out.println(line.message())));
        try {
            risky.run();
        } catch (RuntimeException e) {
            backups.restore(backups.archive(before), RestoreOptions.DEFAULT, plan -> plan.problems().isEmpty(), new Job());
            throw e;
        }
    }
}
