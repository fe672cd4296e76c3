package dev.ngbak.archive;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/** An archive in the file system. */
public record ArchiveFile(Path path) implements ReadableArchive {

    @Override
    public String name() {
        return String.valueOf(path.getFileName());
    }

    @Override
    public String location() {
        return path.toAbsolutePath().normalize().toString();
    }

    @Override
    public long size() throws IOException {
        return Files.size(path);
    }

    @Override
    public Instant lastModified() throws IOException {
        return Files.getLastModifiedTime(path).toInstant();
    }

    @Override
    public InputStream read(long offset) throws IOException {
        if (Files.isDirectory(path)) {
            throw new RefusedArchiveException("it is a directory, not a file");
        }
        FileChannel channel = FileChannel.open(path);
        try {
            return Channels.newInputStream(channel.position(offset));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }
}
