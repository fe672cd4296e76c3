package dev.ngbak.spi.support;

import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The place of temporary files: the state directory, on the disk that the user chose. Files have no name after they are
 * opened, so a killed process leaves nothing.
 */
public final class TempFiles {

    /** The setting that names the directory of archives. */
    public static final String BACKUP_DIR = "BACKUP_DIR";

    /** The default of {@link #BACKUP_DIR}. */
    public static final String DEFAULT_BACKUP_DIR = "./backups";

    /** The name of the state directory in {@link #BACKUP_DIR}. */
    public static final String STATE_DIRECTORY = ".ngbak";

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
        Path file = Files.createTempFile(directory, "ngbak-", ".tmp");
        FileChannel channel = FileChannel.open(
                file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
        // A POSIX system removes the name now, another system when the channel is closed.
        Files.deleteIfExists(file);
        return channel;
    }
}
