package dev.ngbak.repository;

import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.archive.ArchiveKeys;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.KeySettings;
import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.support.DiskErrors;
import dev.ngbak.spi.support.TempFiles;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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
    private static final String ADAPTED = "adapted";
    private static final String IDENTITIES = "identities";

    private final Path directory;
    private final @Nullable StateDirectory parent;

    public StateDirectory(Path directory) {
        this(directory, null);
    }

    private StateDirectory(Path directory, @Nullable StateDirectory parent) {
        this.directory = directory;
        this.parent = parent;
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

    /**
     * Returns the state directory of another repository, inside this one. It has a lock and files of its own.
     *
     * @param name of a file
     */
    StateDirectory inside(String name) {
        return new StateDirectory(resolve(name), this);
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
        Path above = backupDirectory().getParent();
        if (above != null && !Files.exists(above)) {
            Files.createDirectories(above);
        }
        PrivateFiles.createDirectories(directory);
        PrivateFiles.restrict(directory);
    }

    /**
     * Takes the lock that every job of this state directory needs, and creates the directory if it does not exist.
     *
     * @param owner the job, for the message of a job that has to wait
     * @throws BackupException {@code BUSY} with the owner of the lock; {@code INVALID} if the directory cannot be written
     */
    public RepositoryLock lock(String owner) throws IOException {
        try {
            create();
        } catch (FileAlreadyExistsException | NotDirectoryException e) {
            throw notADirectory(e);
        } catch (IOException e) {
            if (DiskErrors.isNoSpace(e)) {
                throw e;
            }
            throw notWritable(e);
        }
        return FileLock.take(this, owner);
    }

    /** Returns the free space in bytes on the disk of this directory, which need not exist. */
    public long freeSpace() throws IOException {
        return Files.getFileStore(existing()).getUsableSpace();
    }

    /** Returns a problem if {@link #lock} would fail, without creating anything. */
    public Optional<BackupException> problem() throws IOException {
        Path existing = existing();
        if (!Files.isDirectory(existing)) {
            return Optional.of(notADirectory(null));
        }
        boolean missing = !existing.equals(directory.toAbsolutePath());
        boolean unwritable = !Files.isWritable(existing)
                || !Files.isExecutable(existing)
                || (!missing && !Files.isWritable(backupDirectory()))
                || acceptsNoFiles(Files.getFileStore(existing));
        return unwritable ? Optional.of(notWritable(null)) : Optional.empty();
    }

    private Path existing() {
        Path existing = directory.toAbsolutePath();
        while (!Files.exists(existing, LinkOption.NOFOLLOW_LINKS)) {
            existing = existing.getParent();
        }
        return existing;
    }

    private Path backupDirectory() {
        return parent == null ? directory.toAbsolutePath().getParent() : parent.backupDirectory();
    }

    /** Returns whether no file can be created on a disk: it is read-only, or a file system of the kernel such as /proc. */
    private static boolean acceptsNoFiles(FileStore disk) throws IOException {
        return disk.isReadOnly() || (disk.getTotalSpace() == 0 && !disk.type().startsWith("fuse"));
    }

    BackupException notADirectory(IOException cause) {
        return new BackupException(
                Kind.INVALID,
                "BACKUP_DIR is \"" + backupDirectory() + "\", which is not a directory",
                "Set it to a directory",
                cause);
    }

    private BackupException notWritable(IOException cause) {
        return new BackupException(
                Kind.INVALID,
                "BACKUP_DIR is \"" + backupDirectory() + "\", and this user cannot write there",
                "Set it to a directory that this user can write to, or correct its owner and permissions",
                cause);
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

    /**
     * Returns the archive that a restore makes from another one before it replaces anything. It is not in the repository.
     *
     * @param id of the other one, which messages name
     */
    public ArchiveFile adaptedArchive(BackupId id) {
        return new ArchiveFile(resolve(ADAPTED).resolve(id.fileName()));
    }

    /** Starts the archive of {@link #adaptedArchive}. Replaces an earlier one. */
    public ArchiveUpload createAdaptedArchive(BackupId id) throws IOException {
        PrivateFiles.createDirectories(resolve(ADAPTED));
        return new LocalUpload(this, adaptedArchive(id).path(), true);
    }

    /** Starts an archive that only a plan needs. {@link #deleteAbandoned} deletes it. The repository's lock must be held. */
    public ArchiveUpload createPlannedArchive(BackupId id) throws IOException {
        return new LocalUpload(this, newStaging().resolve(id.fileName()), true);
    }

    /** Deletes the archives that only a restore needs. The restore must be settled. */
    public void deleteRestoreArchives() throws IOException {
        Files.deleteIfExists(emptySafetyArchive().path());
        deleteTree(resolve(ADAPTED));
    }

    /** Returns the identities of encrypted safety archives. */
    public SafetyIdentities safetyIdentities() {
        return new SafetyIdentities(resolve(IDENTITIES));
    }

    /** Returns whether the identities of these settings are in the directory of archives, where they protect nothing. */
    public boolean containsIdentityFile(Settings settings) throws IOException {
        Optional<Path> file = KeySettings.identityFile(settings);
        Path archives = backupDirectory();
        return file.isPresent()
                && Files.exists(archives)
                && file.get().toRealPath().startsWith(archives.toRealPath());
    }

    /** Returns the keys of these settings, and those of this directory's safety archives. */
    public ArchiveKeys keys(Settings settings) {
        return ArchiveKeys.of(settings, resolve(IDENTITIES));
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
