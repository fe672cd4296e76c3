package dev.ngbak.spi.support;

import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;

/**
 * The place of temporary files: the state directory, on the disk that the user chose. A POSIX system removes the name
 * of a file as soon as it is open. A process that is killed just before that leaves an empty file, which {@link
 * #deleteAbandoned} deletes.
 */
public final class TempFiles {

    /** The setting that names the directory of archives. */
    public static final String BACKUP_DIR = "BACKUP_DIR";

    /** The default of {@link #BACKUP_DIR}. */
    public static final String DEFAULT_BACKUP_DIR = "./backups";

    /** The name of the state directory in {@link #BACKUP_DIR}. */
    public static final String STATE_DIRECTORY = ".ngbak";

    private static final String PREFIX = "ngbak-";
    private static final String SUFFIX = ".tmp";

    private final Path directory;

    private TempFiles(Path directory) {
        this.directory = directory;
    }

    /**
     * Returns the temporary files of these settings. While there is no state directory yet, they live in the system's
     * temporary directory, because reading an archive must not create anything in {@link #BACKUP_DIR}.
     */
    public static TempFiles of(Settings settings) {
        return in(settings.path(BACKUP_DIR, DEFAULT_BACKUP_DIR).resolve(STATE_DIRECTORY));
    }

    /** Returns temporary files in a directory, or in the system's temporary directory if that one cannot be written. */
    public static TempFiles in(Path directory) {
        boolean usable = Files.isDirectory(directory) && Files.isWritable(directory);
        return new TempFiles(usable ? directory : Path.of(System.getProperty("java.io.tmpdir")));
    }

    /** Returns the directory, which exists. */
    public Path directory() {
        return directory;
    }

    /** Opens an empty file for reading and writing. Only its owner can open it. Closing the channel deletes it. */
    public FileChannel open() throws IOException {
        Path file = directory.resolve(PREFIX + UUID.randomUUID() + SUFFIX);
        // One call creates and opens the file, so that deleteAbandoned can delete its name at any time.
        FileChannel channel = FileChannel.open(
                file,
                Set.of(
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.DELETE_ON_CLOSE),
                ownerOnly());
        // A POSIX system removes the name now, another system when the channel is closed.
        Files.deleteIfExists(file);
        return channel;
    }

    /** Deletes the names that killed processes left. Open files of running processes stay usable. */
    public void deleteAbandoned() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, PREFIX + "*" + SUFFIX)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
    }

    private FileAttribute<?>[] ownerOnly() {
        boolean posix = directory.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }
}
