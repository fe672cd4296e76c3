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

/** What a folder of backups holds that should be gone once nothing is at work in it. */
public final class LeftoverFiles {

    private LeftoverFiles() {}

    /** Returns the files that are not archives, the lock, records of jobs or records of verifications; sorted, relative. */
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
                    return FileVisitResult.CONTINUE; // gone since its folder was read
                }
                throw e;
            }
        });
        found.removeIf(name -> name.equals(".ngbak/lock") || (!name.contains("/") && name.endsWith(".ngbak")));
        Collections.sort(found);
        return found;
    }
}
