package dev.ngbak.repository;

import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.support.TempFiles;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * The local working space: restore journal, lock, jobs, uploads, staging, verification records and temporary files. No
 * archive depends on it. Reading from it creates nothing.
 */
public final class StateDirectory {

    /** The setting that names the directory of local archives, which contains the state directory. */
    public static final SettingSpec BACKUP_DIR = SettingSpec.path(
            TempFiles.BACKUP_DIR,
            TempFiles.DEFAULT_BACKUP_DIR,
            "The directory of archives. All other files of ngbak are in `.ngbak/` below it.");

    private static final String STAGING = "spool";

    private final Path directory;

    public StateDirectory(Path directory) {
        this.directory = directory;
    }

    /** Returns the state directory of these settings. */
    public static StateDirectory of(Settings settings) {
        return new StateDirectory(parent(settings).resolve(TempFiles.STATE_DIRECTORY));
    }

    /** Returns {@link #BACKUP_DIR} as an absolute path, so that a user can find it from anywhere. */
    static Path parent(Settings settings) {
        Path configured = settings.path(BACKUP_DIR.name(), BACKUP_DIR.defaultValue());
        Path absolute = configured.toAbsolutePath();
        for (Path name : configured) {
            // After a link, ".." does not lead to the directory that the names before it suggest.
            if (name.toString().equals("..")) {
                return absolute;
            }
        }
        return absolute.normalize();
    }

    public Path path() {
        return directory;
    }

    public boolean exists() {
        return Files.isDirectory(directory);
    }

    /** Returns a file or directory in the state directory, which need not exist. */
    public Path resolve(String name) {
        return directory.resolve(name);
    }

    /** Creates the directory, and restricts it to its owner. */
    public void create() throws IOException {
        // Only BACKUP_DIR itself is private, not its parents.
        Path parent = directory.toAbsolutePath().getParent().getParent();
        if (parent != null && !Files.exists(parent)) {
            Files.createDirectories(parent);
        }
        PrivateFiles.createDirectories(directory);
        PrivateFiles.restrict(directory);
    }

    /** Returns a new empty directory for one archive that is being made. The repository's lock must be held. */
    public Path newStaging() throws IOException {
        return Files.createTempDirectory(PrivateFiles.createDirectories(resolve(STAGING)), "archive-");
    }

    /** Deletes the staging and temporary files that killed processes left. The repository's lock must be held. */
    public void deleteAbandoned() throws IOException {
        deleteTree(resolve(STAGING));
        if (exists()) {
            TempFiles.in(directory).deleteAbandoned();
        }
    }

    /**
     * Returns the safety archive of a restore that replaces empty stores. It is not in the repository, because nobody should
     * choose it.
     */
    public ArchiveFile emptySafetyArchive() {
        return new ArchiveFile(resolve("way-back" + BackupId.SUFFIX));
    }

    /** Starts the archive of {@link #emptySafetyArchive}. */
    public ArchiveUpload createEmptySafetyArchive() throws IOException {
        return new LocalUpload(this, emptySafetyArchive().path(), true);
    }

    public TempFiles tempFiles() {
        return TempFiles.in(directory);
    }

    /** Deletes a directory with its content. Does nothing if it does not exist. Does not follow links. */
    public static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException e) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
