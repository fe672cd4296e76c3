package dev.ngbak.files;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * New files beside the old ones, under hidden names, until all of them are there and {@link #commit} puts them in place.
 * Closing it before that leaves everything as it was.
 */
final class Staging implements AutoCloseable {

    private static final Set<OpenOption> WRITE_NEW = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    private static final int FORCING_THREADS = 16;
    private static final Set<PosixFilePermission> NEW_FILE = PosixFilePermissions.fromString("rw-r--r--");

    private final FileKind kind;
    private final WorkingFolder folder;
    private final boolean createdFolder;
    private final List<Staged> staged = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private boolean committing;

    private record Staged(Path file, Path target, Path temporary) {}

    private Staging(FileKind kind, WorkingFolder folder, boolean createdFolder) {
        this.kind = kind;
        this.folder = folder;
        this.createdFolder = createdFolder;
    }

    /** Creates the folder where it is missing, and removes what an earlier restore left behind. */
    static Staging prepare(FileKind kind, WorkingFolder folder) {
        boolean create = !folder.exists();
        try {
            if (create) {
                Files.createDirectories(folder.path());
            }
            Set<Path> leftovers = new HashSet<>();
            for (Path child : folder.children()) {
                String name = child.getFileName().toString();
                if (kind.isTemporary(name)) {
                    leftovers.add(child);
                } else if (kind.nameIn(name) != null && Files.isSymbolicLink(child)) {
                    leftovers.add(child.toRealPath().resolveSibling(kind.temporaryName(name)));
                }
            }
            for (Path leftover : leftovers) {
                Files.deleteIfExists(leftover);
            }
        } catch (IOException e) {
            throw refused(folder + ": it cannot be written to. Nothing was changed", e);
        }
        return new Staging(kind, folder, create);
    }

    /** Opens the file that will hold what is archived under a name. It is on the disk only after {@link #commit}. */
    OutputStream create(String name) {
        Path file = file(name);
        try {
            Path target = target(file);
            Staged next = new Staged(file, target, target.resolveSibling(kind.temporaryName(kind.fileName(name))));
            FileChannel channel = FileChannel.open(next.temporary, WRITE_NEW, privately());
            staged.add(next);
            return new StagedOutput(next, channel);
        } catch (FileAlreadyExistsException e) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "Two files of the archive would be one here, " + folder.show(file) + ". Nothing was changed",
                    "Restore to a file system that keeps upper and lower case apart",
                    e);
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    /** Where a link leads, or the place itself. A name that is too long for the file system fails here already. */
    private static Path target(Path file) throws IOException {
        try {
            return file.toRealPath();
        } catch (NoSuchFileException e) {
            return file;
        }
    }

    /** Nobody else may read a new file before it has the mode of the one it replaces. */
    private FileAttribute<?>[] privately() {
        boolean posix =
                folder.path().getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    private Path file(String name) {
        String fileName = kind.fileName(name);
        try {
            Path file = folder.path().resolve(fileName);
            if (folder.path().equals(file.getParent())
                    && file.getFileName().toString().equals(fileName)) {
                return file;
            }
        } catch (InvalidPathException e) {
            // said below
        }
        throw new BackupException(
                Kind.INCOMPATIBLE,
                "The archive has a file \"" + Malformed.shown(fileName)
                        + "\", and this process cannot spell that name here. Nothing was changed",
                "Start ngbak in a UTF-8 locale (LC_ALL=C.UTF-8)");
    }

    /** What a person should know about the files that were put in place. */
    List<String> warnings() {
        return warnings;
    }

    /** Puts the new files in place, removes those of the same kind that are not among them, and waits for the disk. */
    void commit() {
        Set<Path> files = new HashSet<>();
        Set<Path> folders = new LinkedHashSet<>();
        forceAll();
        committing = true;
        int done = 0;
        for (Staged next : staged) {
            files.add(next.file);
            try {
                Files.move(
                        next.temporary,
                        next.target,
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException e) {
                throw refused(
                        folder.show(next.file) + " cannot be replaced: " + reason(e) + ". "
                                + (done == 0
                                        ? "Nothing was changed"
                                        : done + " of " + staged.size() + " files were replaced before it"),
                        e);
            }
            done++;
            folders.add(next.target.toAbsolutePath().getParent());
        }
        for (Path old : folder.list(kind).files()) {
            if (!files.contains(old)) {
                remove(old);
            }
        }
        folders.add(folder.path());
        if (createdFolder) {
            folders.add(folder.path().toAbsolutePath().getParent());
        }
        folders.forEach(Staging::force);
    }

    /**
     * Makes sure that all new files are on the disk. Side by side, since each wait for the disk takes milliseconds, and a
     * file system can write many files in one of them.
     */
    private void forceAll() {
        ExecutorService threads = Executors.newFixedThreadPool(FORCING_THREADS, task -> {
            Thread thread = new Thread(task, "ngbak-force");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<Void>> forced = new ArrayList<>();
            for (Staged next : staged) {
                forced.add(threads.submit(() -> {
                    try (FileChannel channel = FileChannel.open(next.temporary, StandardOpenOption.WRITE)) {
                        channel.force(true);
                    } catch (IOException e) {
                        throw unwritable(next.file, e);
                    }
                    return null;
                }));
            }
            for (Future<Void> one : forced) {
                one.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while files were being written to the disk");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof BackupException known ? known : new IllegalStateException(e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    private void remove(Path old) {
        try {
            Files.delete(old);
        } catch (IOException e) {
            throw refused(
                    folder.show(old) + " is not in the archive, and cannot be removed: " + reason(e)
                            + ". All files that are in it were put in place",
                    e);
        }
    }

    /** A restored file belongs to whom the old one did; a new one to whom the folder does. */
    private void keepOwner(Staged next) {
        PosixFileAttributeView view = Files.getFileAttributeView(next.temporary, PosixFileAttributeView.class);
        if (view == null) {
            return;
        }
        boolean replaces = Files.exists(next.target);
        try {
            PosixFileAttributes model =
                    Files.readAttributes(replaces ? next.target : folder.path(), PosixFileAttributes.class);
            PosixFileAttributes now = view.readAttributes();
            boolean kept = true;
            if (!now.group().equals(model.group())) {
                kept = isDone(() -> view.setGroup(model.group()));
            }
            if (!now.owner().equals(model.owner())) {
                kept &= isDone(() -> view.setOwner(model.owner()));
            }
            view.setPermissions(replaces ? model.permissions() : NEW_FILE);
            if (!kept) {
                PosixFileAttributes after = view.readAttributes();
                warnings.add(folder.show(next.file) + " now belongs to " + after.owner() + ":" + after.group()
                        + ", since only root can give it to " + model.owner() + ":" + model.group()
                        + "; make sure that nano-graphrag can write it.");
            }
        } catch (IOException e) {
            throw unwritable(next.file, e);
        }
    }

    private interface Change {
        void make() throws IOException;
    }

    private static boolean isDone(Change change) {
        try {
            change.make();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static void force(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // Not every system lets a folder be opened; the files themselves are on the disk already.
            return;
        }
    }

    @Override
    public void close() {
        for (Staged next : staged) {
            isDone(() -> Files.deleteIfExists(next.temporary));
        }
        if (createdFolder && !committing) {
            isDone(() -> Files.delete(folder.path()));
        }
    }

    private BackupException unwritable(Path file, IOException cause) {
        String reason = reason(cause);
        boolean full = reason.contains("No space left") || reason.contains("quota");
        return new BackupException(
                full ? Kind.NO_SPACE : Kind.INCOMPATIBLE,
                folder.show(file) + " cannot be written: " + reason + ". Nothing was changed",
                full ? "Make room where WORKING_DIR is" : "Let the user that ngbak runs as write to WORKING_DIR",
                cause);
    }

    private static BackupException refused(String problem, IOException cause) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                problem,
                "Let the user that ngbak runs as replace the files in WORKING_DIR; a file that a container mounts by"
                        + " itself cannot be replaced, so mount the folder",
                cause);
    }

    /** What the system said, without the path that Java puts in front of it. */
    private static String reason(IOException e) {
        String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
        return Malformed.shown(
                reason == null
                        ? e.getClass().getSimpleName().replace("Exception", "").replaceAll("(?<=.)([A-Z])", " $1")
                        : reason);
    }

    /** A stream whose failures are told as those of the file it writes, so that nobody takes them for the archive's. */
    private final class StagedOutput extends FilterOutputStream {

        private final Staged file;
        private final FileChannel channel;

        StagedOutput(Staged file, FileChannel channel) {
            super(Channels.newOutputStream(channel));
            this.file = file;
            this.channel = channel;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                throw unwritable(file.file, e);
            }
        }

        @Override
        public void close() {
            try (channel) {
                keepOwner(file);
            } catch (IOException e) {
                throw unwritable(file.file, e);
            }
        }
    }
}
