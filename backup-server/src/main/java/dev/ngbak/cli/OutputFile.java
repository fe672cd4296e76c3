package dev.ngbak.cli;

import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.CopyOption;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.function.Consumer;

/** A file that a command writes for a user. It appears when it is complete and on the disk, or not at all. */
final class OutputFile {

    private final Path path;
    private final boolean replacing;

    /** @throws BackupException {@code ALREADY_EXISTS} or {@code INVALID} if the file cannot be written */
    OutputFile(Path file, boolean replacing) {
        this.path = file.toAbsolutePath().normalize();
        this.replacing = replacing;
        if (Files.isDirectory(path)) {
            throw new BackupException(Kind.INVALID, path + " is a folder", "Name a file");
        }
        if (!replacing && Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            throw exists();
        }
    }

    /** Returns the absolute path. */
    Path path() {
        return path;
    }

    /** Writes the file and returns its size. An exception of the content leaves nothing behind, and passes through. */
    long write(Consumer<OutputStream> content) {
        Path part = path.resolveSibling("." + path.getFileName() + "." + UUID.randomUUID() + ".part");
        try {
            try (FileChannel channel =
                    PrivateFiles.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                content.accept(Channels.newOutputStream(channel));
                channel.force(true);
            }
            long size = Files.size(part);
            Files.move(part, path, replacing ? new CopyOption[] {StandardCopyOption.ATOMIC_MOVE} : new CopyOption[0]);
            try (FileChannel folder = FileChannel.open(path.getParent(), StandardOpenOption.READ)) {
                folder.force(true);
            }
            return size;
        } catch (FileAlreadyExistsException e) {
            throw exists();
        } catch (IOException e) {
            throw new BackupException(
                    Kind.INVALID,
                    "The file " + path + " cannot be written",
                    "Check that its folder exists and that this user may write there",
                    e);
        } finally {
            delete(part);
        }
    }

    private static void delete(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            return; // The failure that is on its way explains more.
        }
    }

    private BackupException exists() {
        return new BackupException(
                Kind.ALREADY_EXISTS, "The file " + path + " exists. It was not changed", "Use --force to replace it");
    }
}
