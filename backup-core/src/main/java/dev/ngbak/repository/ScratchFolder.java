package dev.ngbak.repository;

import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.spi.support.TempFiles;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The folder of the file-based scratch stores of one restore drill. Nothing else is in it. */
public final class ScratchFolder {

    private static final String DIRECTORY = "drill";

    private final Path folder;

    private ScratchFolder(Path folder) {
        this.folder = folder;
    }

    /**
     * Returns a folder that need not exist.
     *
     * @param parent the folder that contains it, or {@code null} for one in the state directory
     * @param name of the drill
     */
    public static ScratchFolder of(StateDirectory state, @Nullable String parent, String name) {
        Path above = parent == null ? state.resolve(DIRECTORY) : Path.of(parent);
        return new ScratchFolder(above.resolve(name).toAbsolutePath());
    }

    /**
     * Returns the folder with this {@link #path}.
     *
     * @throws IllegalArgumentException if it is not that of the drill
     */
    public static ScratchFolder at(String path, String drill) {
        Path folder = Path.of(path);
        if (!folder.isAbsolute() || !folder.endsWith(drill)) {
            throw new IllegalArgumentException("not the folder of a drill: " + path);
        }
        return new ScratchFolder(folder);
    }

    /** Returns the absolute path. */
    public String path() {
        return folder.toString();
    }

    /** Creates the folder for its owner only. Fails if it exists, so that it belongs to the drill alone. */
    public void create() throws IOException {
        PrivateFiles.createDirectories(folder.getParent());
        Files.createDirectory(folder);
        PrivateFiles.restrict(folder);
    }

    /** Deletes the folder with its content, and the one above if only drills use it. Does nothing if there is none. */
    public void delete() throws IOException {
        StateDirectory.deleteTree(folder);
        if (folder.getParent().endsWith(Path.of(TempFiles.STATE_DIRECTORY, DIRECTORY))) {
            try {
                Files.deleteIfExists(folder.getParent());
            } catch (DirectoryNotEmptyException e) {
                return; // It contains something that is not of this drill.
            }
        }
    }
}
