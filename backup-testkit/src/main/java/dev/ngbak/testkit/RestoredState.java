package dev.ngbak.testkit;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.spi.Settings;
import java.nio.file.Path;

/**
 * The state that {@link GraphRagState} has restored.
 *
 * @param settings those of the stores
 * @param backups the manager of the stores, to back them up, compare them or restore them again
 * @param workingDir the directory of the file-based stores
 */
public record RestoredState(Settings settings, BackupManager backups, Path workingDir) {}
