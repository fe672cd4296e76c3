package dev.ngbak.server;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.engine.RestorePlan;
import dev.ngbak.repository.ArchiveInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds and reads archives for requests. The list is cached until a file changes, so that polling opens no archive. All other
 * reads go through an {@link ArchiveReadQueue}.
 */
final class ArchiveCatalog {

    private final BackupManager manager;
    private final ArchiveReadQueue queue;
    private Map<Path, Object> stamps;
    private List<ArchiveInfo> archives = List.of();

    ArchiveCatalog(BackupManager manager, ArchiveReadQueue queue) {
        this.manager = manager;
        this.queue = queue;
    }

    /** @throws dev.ngbak.spi.BackupException {@code NOT_FOUND} */
    ReadableArchive find(BackupId id) {
        return manager.archive(id);
    }

    /** Reads the manifest of an archive. */
    ArchiveInfo inspect(ReadableArchive archive) {
        return queue.readManifest(size(archive), () -> manager.inspect(archive));
    }

    /** Reads an archive completely and checks every digest and record. */
    void verify(ReadableArchive archive) {
        queue.readAll(job -> manager.verify(archive, job));
    }

    /** Verifies an archive and plans its restore. */
    RestorePlan plan(ReadableArchive archive, RestoreOptions options) {
        return queue.readAll(job -> manager.plan(archive, options, job));
    }

    private static long size(ReadableArchive archive) {
        try {
            return archive.size();
        } catch (IOException e) {
            return 0; // reading the archive reports the problem
        }
    }

    /** Returns all archives, newest first. */
    synchronized List<ArchiveInfo> list() {
        Map<Path, Object> now = readStamps();
        if (!now.equals(stamps)) {
            archives = manager.list();
            stamps = now;
        }
        return archives;
    }

    private Map<Path, Object> readStamps() {
        Map<Path, Object> files = new HashMap<>();
        // The result of a verification is a file in this folder.
        Path verified = manager.state().resolve("verified");
        files.put(verified, verified.toFile().lastModified());
        try (DirectoryStream<Path> folder =
                Files.newDirectoryStream(manager.state().path().getParent(), "*" + BackupId.SUFFIX)) {
            for (Path file : folder) {
                stamp(file, files);
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return files; // listing the archives reports the problem
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files;
    }

    private static void stamp(Path file, Map<Path, Object> files) throws IOException {
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            files.put(
                    file,
                    List.of(attributes.size(), attributes.lastModifiedTime(), String.valueOf(attributes.fileKey())));
        } catch (NoSuchFileException e) {
            files.remove(file); // deleted since the folder was read
        }
    }
}
