package com.example;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.BackupRequest;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.Settings;
import java.nio.file.Path;
import java.util.Map;

/** Runs a risky operation on a working directory. Creates a backup first, and restores it if the operation fails. */
public final class Reindexer {

    private final BackupManager backups;

    public Reindexer(Path workingDir, Path backupDir) {
        this(new BackupManager(
                Settings.of(Map.of("WORKING_DIR", workingDir.toString(), "BACKUP_DIR", backupDir.toString()))));
    }

    public Reindexer(BackupManager backups) {
        this.backups = backups;
    }

    /**
     * Runs the operation.
     *
     * @throws RuntimeException as thrown by the operation, after the restore
     */
    public void run(Runnable operation) {
        ArchiveInfo before = backups.create(BackupRequest.builder()
                .note("before re-index")
                .listener(System.out::println)
                .build());
        try {
            operation.run();
        } catch (RuntimeException e) {
            backups.restore(before.id());
            throw e;
        }
    }
}
