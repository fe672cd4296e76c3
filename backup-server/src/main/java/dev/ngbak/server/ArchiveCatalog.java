package dev.ngbak.server;

import dev.ngbak.archive.BackupId;
import dev.ngbak.engine.ArchiveInfo;
import dev.ngbak.engine.BackupManager;
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
 * The list of archives for many who ask often: it is read again only when a file in the folder is another, so a poll opens
 * no archive.
 */
final class ArchiveCatalog {

    private final BackupManager manager;
    private Map<Path, Object> known;
    private List<ArchiveInfo> archives = List.of();

    ArchiveCatalog(BackupManager manager) {
        this.manager = manager;
    }

    synchronized List<ArchiveInfo> get() {
        Map<Path, Object> now = look();
        if (!now.equals(known)) {
            archives = manager.list();
            known = now;
        }
        return archives;
    }

    private Map<Path, Object> look() {
        Map<Path, Object> files = new HashMap<>();
        // A new outcome of a verification renames a file into this folder.
        Path verified = manager.workFolder().resolve("verified");
        files.put(verified, verified.toFile().lastModified());
        try (DirectoryStream<Path> folder = Files.newDirectoryStream(manager.folder(), "*" + BackupId.SUFFIX)) {
            for (Path file : folder) {
                try {
                    BasicFileAttributes of =
                            Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                    files.put(file, List.of(of.size(), of.lastModifiedTime(), String.valueOf(of.fileKey())));
                } catch (NoSuchFileException e) {
                    // deleted since the folder was read
                }
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return files; // the list itself says what is wrong
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files;
    }
}
