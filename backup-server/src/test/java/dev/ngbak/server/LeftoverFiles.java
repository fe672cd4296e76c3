package dev.ngbak.server;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Finds files in BACKUP_DIR that should not exist when no job is running. */
public final class LeftoverFiles {

    private LeftoverFiles() {}

    /** Returns relative paths, sorted, of all files except archives, the lock, and records of jobs and verifications. */
    public static List<String> in(Path backups) throws IOException {
        List<String> found = new ArrayList<>();
        Files.walkFileTree(backups, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return folder.endsWith(".ngbak/jobs") || folder.endsWith(".ngbak/verified")
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                found.add(backups.relativize(file).toString());
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE; // deleted since the folder was read
                }
                throw e;
            }
        });
        found.removeIf(name -> name.equals(".ngbak/lock") || (!name.contains("/") && name.endsWith(".ngbak")));
        Collections.sort(found);
        return found;
    }
}
