package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.archive.ArchiveReader;
import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.layout.Statistics;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * The folder of archives, and {@code .ngbak} below it with all that is the engine's own. Nothing here is created by
 * looking.
 */
final class ArchiveFolder {

    /** How the ids of safety archives begin; retention counts them apart. */
    static final String SAFETY = "pre-restore_";

    private static final int SAFETY_KEPT = 3;
    private static final Instant YEAR_0 = Instant.parse("0000-01-01T00:00:00Z");
    private static final Instant YEAR_10000 = Instant.parse("+10000-01-01T00:00:00Z");

    private static final String NOT_A_FILE = "not a regular file, so it is not read";

    private final Path folder;
    private final VerificationRecords verifications;

    ArchiveFolder(Path folder, Clock clock) {
        this.folder = folder;
        this.verifications = new VerificationRecords(folder, work().resolve("verified"), clock);
    }

    /** The outcomes of the archives' last verifications. */
    VerificationRecords verifications() {
        return verifications;
    }

    Path file(BackupId id) {
        return folder.resolve(id.fileName());
    }

    Path work() {
        return folder.resolve(".ngbak");
    }

    /** Creates what is missing, takes the lock, and removes what a run that was cut off left. */
    RepositoryLock lock(String job) throws IOException {
        try {
            createFolders();
        } catch (FileAlreadyExistsException | NotDirectoryException e) {
            throw notAFolder(e);
        } catch (IOException e) {
            if (Errors.isNoSpace(e)) {
                throw e;
            }
            throw notWritable(e);
        }
        RepositoryLock lock = RepositoryLock.take(work(), job);
        try {
            deleteTree(spool());
            verifications.forgetMissing();
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
        return lock;
    }

    /** Only the archive folder itself is for its owner alone, not what is missing above it. */
    private void createFolders() throws IOException {
        Path parent = folder.toAbsolutePath().getParent();
        if (parent != null && !Files.exists(parent)) {
            Files.createDirectories(parent);
        }
        PrivateFiles.createDirectories(work());
        PrivateFiles.restrict(work());
    }

    /**
     * Finds out without creating anything whether {@link #lock} could create what is missing and write there.
     *
     * @return why not, or {@code null}
     */
    BackupException unusable() throws IOException {
        Path existing = work();
        while (!Files.exists(existing, LinkOption.NOFOLLOW_LINKS)) {
            existing = existing.getParent();
        }
        if (!Files.isDirectory(existing)) {
            return notAFolder(null);
        }
        boolean missing = !existing.equals(work());
        return !Files.isWritable(existing)
                        || !Files.isExecutable(existing)
                        || (!missing && !Files.isWritable(folder))
                        || holdsNoFiles(Files.getFileStore(existing))
                ? notWritable(null)
                : null;
    }

    /** A file system of the kernel, such as /proc, reports that it is writable, but no file can be created in it. */
    private static boolean holdsNoFiles(FileStore disk) throws IOException {
        return disk.isReadOnly() || (disk.getTotalSpace() == 0 && !disk.type().startsWith("fuse"));
    }

    private BackupException notAFolder(IOException cause) {
        return new BackupException(
                Kind.INVALID, "BACKUP_DIR is \"" + folder + "\", and that is not a folder", "Name a folder", cause);
    }

    private BackupException notWritable(IOException cause) {
        return new BackupException(
                Kind.INVALID,
                "BACKUP_DIR is \"" + folder + "\", and nothing can be written there",
                "Name a folder that this user may write to, or correct its rights",
                cause);
    }

    /** A new empty folder for one archive in the making; the lock must be held. */
    Path newStaging() throws IOException {
        return Files.createTempDirectory(PrivateFiles.createDirectories(spool()), "archive-");
    }

    private Path spool() {
        return work().resolve("spool");
    }

    /** Free bytes where archives go, or will go once the folder is made. */
    long freeSpace() throws IOException {
        Path existing = work().toAbsolutePath();
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        return Files.getFileStore(existing).getUsableSpace();
    }

    /** The id asked for, if it is free; or else the default for the time, with a number where that is taken. */
    BackupId free(String asked, Instant time) {
        if (asked != null) {
            BackupId id = new BackupId(asked);
            if (Files.exists(file(id))) {
                throw new BackupException(
                        Kind.ALREADY_EXISTS,
                        "There is already a backup " + id,
                        "Choose another id, or delete that one first");
            }
            return id;
        }
        return numbered(BackupId.at(time));
    }

    /** The id of a safety archive. */
    BackupId nextSafetyId(Instant time) {
        return numbered(new BackupId(BackupId.at(time).text().replaceFirst("^snapshot_", SAFETY)));
    }

    private BackupId numbered(BackupId first) {
        BackupId id = first;
        for (int n = 2; Files.exists(file(id)); n++) {
            id = new BackupId(first + "-" + n);
        }
        return id;
    }

    /** Where the way back to an empty state lies; it is no archive for anybody to choose. */
    Path emptySafetyArchive() {
        return work().resolve("way-back" + BackupId.SUFFIX);
    }

    /** All archives, newest first. Reads the beginning of each file and nothing else. */
    List<ArchiveInfo> list() throws IOException {
        List<ArchiveInfo> archives = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + BackupId.SUFFIX)) {
            for (Path file : files) {
                try {
                    BasicFileAttributes attributes = attributes(file);
                    if (!attributes.isDirectory()) {
                        archives.add(look(file, attributes));
                    }
                } catch (NoSuchFileException e) {
                    // deleted since the folder was read
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (NotDirectoryException e) {
            throw notAFolder(e);
        }
        archives.sort(Comparator.comparing(ArchiveInfo::createdAt)
                .thenComparing(ArchiveInfo::id)
                .reversed());
        return archives;
    }

    private ArchiveInfo look(Path file, BasicFileAttributes attributes) throws IOException {
        String name = file.getFileName().toString();
        if (!attributes.isRegularFile()) {
            return unreadable(file, attributes, name + " is " + NOT_A_FILE);
        }
        try (ArchiveReader archive = ArchiveReader.openManifest(new ArchiveFile(file))) {
            if (!BackupId.isArchiveName(name)) {
                return unreadable(file, attributes, "its file's name is not that of a backup id; rename it");
            }
            return info(file, attributes, archive, verifications.get(id(file), attributes));
        } catch (BackupException e) {
            return unreadable(file, attributes, e.problem());
        }
    }

    private static BasicFileAttributes attributes(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * The file of an archive that exists.
     *
     * @throws BackupException {@code NOT_FOUND}; {@code CORRUPT} for anything but a regular file: a link could lead out of
     *     the folder, and a pipe would be waited for without end
     */
    Path existing(BackupId id) throws IOException {
        Path file = file(id);
        try {
            if (!attributes(file).isRegularFile()) {
                throw new BackupException(
                        Kind.CORRUPT,
                        id.fileName() + " is " + NOT_A_FILE,
                        "Move it out of BACKUP_DIR, or name the file that it stands for by its path");
            }
            return file;
        } catch (NoSuchFileException e) {
            throw notFound(id);
        }
    }

    /** What one archive's manifest says, wherever in the file it stands. */
    static ArchiveInfo inspect(Path file) throws IOException {
        try (ArchiveReader archive = ArchiveReader.open(new ArchiveFile(file))) {
            return info(file, archive);
        }
    }

    static ArchiveInfo info(Path file, ArchiveReader archive) throws IOException {
        return info(file, Files.readAttributes(file, BasicFileAttributes.class), archive, null);
    }

    private static ArchiveInfo info(
            Path file, BasicFileAttributes attributes, ArchiveReader archive, Verification verification) {
        Instant created = archive.manifest().createdAt();
        return new ArchiveInfo(
                id(file),
                file,
                attributes.size(),
                isPlausible(created) ? created : written(attributes),
                archive.manifest(),
                archive.manifestText(),
                null,
                verification);
    }

    private static ArchiveInfo unreadable(Path file, BasicFileAttributes attributes, String why) {
        return new ArchiveInfo(id(file), file, attributes.size(), written(attributes), null, null, why, null);
    }

    private static Instant written(BasicFileAttributes attributes) {
        Instant written = attributes.lastModifiedTime().toInstant().truncatedTo(ChronoUnit.SECONDS);
        return isPlausible(written) ? written : Instant.EPOCH;
    }

    /** Whether a time has a year of four digits: others sort above all true ones, and browsers cannot read them. */
    private static boolean isPlausible(Instant time) {
        return time != null && !time.isBefore(YEAR_0) && time.isBefore(YEAR_10000);
    }

    private static String id(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(BackupId.SUFFIX) ? name.substring(0, name.length() - BackupId.SUFFIX.length()) : name;
    }

    void delete(BackupId id) throws IOException {
        try {
            Files.delete(file(id));
        } catch (NoSuchFileException e) {
            throw notFound(id);
        }
        verifications.forget(id.text());
        try (FileChannel parent = FileChannel.open(folder)) {
            parent.force(true);
        }
    }

    static BackupException notFound(BackupId id) {
        return new BackupException(Kind.NOT_FOUND, "There is no backup " + id, "ngbak list shows those there are");
    }

    /** What a run of retention did: the ids that it deleted, and the id of an old archive that it spared, or {@code null}. */
    record Retained(List<String> deleted, String spared) {}

    /**
     * Deletes the oldest archives until {@code keep} are left.
     *
     * <p>The archive just made is never deleted, whatever the clock says. Unreadable archives, those whose last verification
     * failed, and safety archives are left alone and not counted. When the archive just made has shrunk against one that
     * would be deleted, the newest of these is spared: the system may be broken, and this may be the last good archive.
     */
    Retained retain(long keep, ArchiveInfo justMade) throws IOException {
        List<ArchiveInfo> older = new ArrayList<>(list());
        older.removeIf(archive -> !isGood(archive) || archive.id().equals(justMade.id()));
        List<ArchiveInfo> kept = older.subList(0, (int) Math.min(older.size(), keep - 1));
        boolean largeKept = kept.stream().anyMatch(archive -> hasShrunk(archive, justMade));
        String spared = null;
        List<String> deleted = new ArrayList<>();
        for (ArchiveInfo archive : older.subList(kept.size(), older.size())) {
            if (!largeKept && spared == null && hasShrunk(archive, justMade)) {
                spared = archive.id();
                continue;
            }
            delete(new BackupId(archive.id()));
            deleted.add(archive.id());
        }
        return new Retained(deleted, spared);
    }

    /** The newest archive but one that a new backup can be compared with, or {@code null}. */
    ArchiveInfo newestBefore(BackupId id) throws IOException {
        return list().stream()
                .filter(archive -> isGood(archive) && !archive.id().equals(id.text()))
                .findFirst()
                .orElse(null);
    }

    private static boolean isGood(ArchiveInfo archive) {
        return archive.manifest() != null
                && !archive.id().startsWith(SAFETY)
                && (archive.verification() == null || archive.verification().ok());
    }

    private static boolean hasShrunk(ArchiveInfo before, ArchiveInfo now) {
        return !Statistics.shrunk(before.manifest().statistics(), now.manifest().statistics())
                .isEmpty();
    }

    /**
     * Deletes all safety archives but the newest {@link #SAFETY_KEPT}.
     *
     * @param inUse archives that stay in any case
     * @return the ids deleted
     */
    List<String> retainSafety(Set<Path> inUse) throws IOException {
        List<String> deleted = new ArrayList<>();
        List<ArchiveInfo> safety = list().stream()
                .filter(archive -> archive.manifest() != null && archive.id().startsWith(SAFETY))
                .toList();
        for (ArchiveInfo archive : safety.subList(Math.min(SAFETY_KEPT, safety.size()), safety.size())) {
            if (!inUse.contains(archive.file().toAbsolutePath().normalize())) {
                delete(new BackupId(archive.id()));
                deleted.add(archive.id());
            }
        }
        return deleted;
    }

    private static void deleteTree(Path root) throws IOException {
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
