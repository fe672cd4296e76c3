package dev.ngbak.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/** Gives a new file the owner, the group and the permissions that it should have. Does nothing on a system without them. */
final class FileOwnership {

    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> DEFAULT = PosixFilePermissions.fromString("rw-r--r--");

    private FileOwnership() {}

    /** Returns attributes of a file that only its owner can read, until {@link #copy} changes that. */
    static FileAttribute<?>[] ownerOnly(Path directory) {
        boolean posix = directory.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PRIVATE)} : new FileAttribute<?>[0];
    }

    /**
     * Copies owner, group and permissions of the file that is replaced; or, for an additional file, owner and group of the
     * directory.
     *
     * @return a predicate for a warning about the file, if only root could copy all of these
     */
    static Optional<String> copy(Path replaced, Path directory, Path file) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        if (view == null) {
            return Optional.empty();
        }
        boolean replaces = Files.exists(replaced);
        PosixFileAttributes model = Files.readAttributes(replaces ? replaced : directory, PosixFileAttributes.class);
        PosixFileAttributes now = view.readAttributes();
        boolean copied = now.group().equals(model.group()) || succeeds(() -> view.setGroup(model.group()));
        copied &= now.owner().equals(model.owner()) || succeeds(() -> view.setOwner(model.owner()));
        view.setPermissions(replaces ? model.permissions() : DEFAULT);
        if (copied) {
            return Optional.empty();
        }
        PosixFileAttributes after = view.readAttributes();
        return Optional.of("now belongs to " + after.owner() + ":" + after.group()
                + ", because only root can give it to " + model.owner() + ":" + model.group());
    }

    private interface Change {
        void make() throws IOException;
    }

    private static boolean succeeds(Change change) {
        try {
            change.make();
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
