package dev.ngbak.repository;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.PrivateFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;

/** The pinned archives of a local repository: an empty file for each in the state directory. */
final class Pins {

    private final Path directory;

    Pins(StateDirectory state) {
        this.directory = state.resolve("pins");
    }

    Set<BackupId> all() throws IOException {
        Set<BackupId> ids = new HashSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (BackupId.isValid(name)) {
                    ids.add(new BackupId(name));
                }
            }
        } catch (NoSuchFileException e) {
            return Set.of(); // Nothing has been pinned yet.
        }
        return ids;
    }

    void add(BackupId id) throws IOException {
        PrivateFiles.createDirectories(directory);
        PrivateFiles.open(directory.resolve(id.text()), StandardOpenOption.CREATE, StandardOpenOption.WRITE)
                .close();
        LocalRepository.force(directory);
    }

    void remove(BackupId id) throws IOException {
        if (Files.deleteIfExists(directory.resolve(id.text()))) {
            LocalRepository.force(directory);
        }
    }
}
