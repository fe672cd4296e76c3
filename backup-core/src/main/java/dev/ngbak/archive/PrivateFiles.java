package dev.ngbak.archive;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Creates files and directories that only their owner can use, because archives contain all documents in clear text. On
 * a file system without POSIX permissions they get the default permissions.
 */
public final class PrivateFiles {

    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> DIRECTORY = PosixFilePermissions.fromString("rwx------");

    private PrivateFiles() {}

    /** Opens a file. If this call creates it, it has mode 0600 from the start. */
    public static FileChannel open(Path file, OpenOption... options) throws IOException {
        return FileChannel.open(file, Set.of(options), attributes(file, FILE));
    }

    /** Replaces the content of a file with a text in UTF-8. */
    public static void write(Path file, String text) throws IOException {
        OpenOption[] options = {
            StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE
        };
        try (OutputStream out = Channels.newOutputStream(open(file, options))) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Creates a directory and its missing parents with mode 0700. An existing directory stays as it is. */
    public static Path createDirectories(Path directory) throws IOException {
        return Files.createDirectories(directory, attributes(directory, DIRECTORY));
    }

    /** Restricts a directory to its owner, if this process may do so. */
    public static void restrict(Path directory) {
        PosixFileAttributeView view = Files.getFileAttributeView(directory, PosixFileAttributeView.class);
        try {
            if (view != null && !view.readAttributes().permissions().equals(DIRECTORY)) {
                view.setPermissions(DIRECTORY);
            }
        } catch (IOException e) {
            return; // Its owner is another user, who has chosen its mode.
        }
    }

    private static FileAttribute<?>[] attributes(Path path, Set<PosixFilePermission> permissions) {
        boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
                : new FileAttribute<?>[0];
    }
}
