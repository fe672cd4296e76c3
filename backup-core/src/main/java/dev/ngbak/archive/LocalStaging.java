package dev.ngbak.archive;

import dev.ngbak.spi.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Stages entries on the local disk, which needs room for all of them. */
public final class LocalStaging implements EntryStaging {

    private final Path directory;

    /** @param directory an empty directory that belongs to this object; {@link #close} deletes it */
    public LocalStaging(Path directory) {
        this.directory = directory;
    }

    @Override
    public StagedEntry begin(Role role, String path) {
        return new EntrySpool(directory);
    }

    @Override
    public void close() throws IOException {
        try (var files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
