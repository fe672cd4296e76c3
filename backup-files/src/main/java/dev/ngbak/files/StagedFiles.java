package dev.ngbak.files;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.DaemonThreads;
import dev.ngbak.spi.support.SafeText;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
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
 * Writes new files under hidden names next to the old ones. When all are complete, {@link #commit} moves them into
 * place. Closing without a commit leaves the directory as it was.
 */
final class StagedFiles implements AutoCloseable {

    private static final Set<OpenOption> WRITE_NEW = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    private static final int SYNC_THREADS = 16;

    private final WorkingDirectory directory;
    private final boolean createdDirectory;
    private final List<StagedFile> staged = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private boolean committing;

    /** @param target the target of {@code file} if it is a link, otherwise {@code file} itself */
    private record StagedFile(Path file, Path target, Path temporary) {}

    private StagedFiles(WorkingDirectory directory, boolean createdDirectory) {
        this.directory = directory;
        this.createdDirectory = createdDirectory;
    }

    /** Creates the directory if there is none, and removes leftovers of an interrupted restore. */
    static StagedFiles in(WorkingDirectory directory) {
        boolean create = !directory.exists();
        FileNames names = directory.names();
        try {
            if (create) {
                Files.createDirectories(directory.path());
            }
            Set<Path> leftovers = new HashSet<>();
            for (Path child : directory.children()) {
                String name = child.getFileName().toString();
                if (names.isTemporary(name)) {
                    leftovers.add(child);
                } else if (names.matches(name) && Files.isSymbolicLink(child)) {
                    leftovers.add(child.toRealPath().resolveSibling(names.temporaryName(name)));
                }
            }
            for (Path leftover : leftovers) {
                Files.deleteIfExists(leftover);
            }
        } catch (IOException e) {
            throw FileErrors.notReplaceable(directory + ": that folder is not writable", e);
        }
        return new StagedFiles(directory, create);
    }

    /**
     * Opens a file for the content that has this name in the archive. The content is not durable before
     * {@link #commit}.
     */
    OutputStream create(String name) {
        FileNames names = directory.names();
        Path file = resolve(names.fileName(name));
        try {
            Path target = target(file);
            Path temporary = target.resolveSibling(names.temporaryName(names.fileName(name)));
            StagedFile next = new StagedFile(file, target, temporary);
            FileChannel channel =
                    FileChannel.open(next.temporary, WRITE_NEW, FileOwnership.ownerOnly(directory.path()));
            staged.add(next);
            return new StagedOutput(next, channel);
        } catch (FileAlreadyExistsException e) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "Two files of the archive have the same name in this file system: " + directory.describe(file),
                    "Restore to a file system whose names are case-sensitive",
                    e);
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    private static Path target(Path file) throws IOException {
        try {
            return file.toRealPath();
        } catch (NoSuchFileException e) {
            return file;
        }
    }

    private Path resolve(String fileName) {
        try {
            Path file = directory.path().resolve(fileName);
            if (directory.path().equals(file.getParent())
                    && file.getFileName().toString().equals(fileName)) {
                return file;
            }
        } catch (InvalidPathException e) {
            // The name cannot be encoded, which is reported below.
        }
        throw new BackupException(
                Kind.INCOMPATIBLE,
                "The archive contains a file " + SafeText.quoted(fileName) + ", whose name this process cannot encode",
                "Start ngbak in a UTF-8 locale (LC_ALL=C.UTF-8)");
    }

    /** Returns warnings about the files created so far. */
    List<String> warnings() {
        return warnings;
    }

    /** Moves the new files into place, removes old files of the kind that have no successor, and syncs all to disk. */
    void commit() {
        Set<Path> files = new HashSet<>();
        Set<Path> directories = new LinkedHashSet<>();
        syncAll();
        committing = true;
        for (StagedFile next : staged) {
            replace(next, files.size());
            files.add(next.file);
            directories.add(next.target.toAbsolutePath().getParent());
        }
        for (Path old : directory.list().files()) {
            if (!files.contains(old)) {
                remove(old);
            }
        }
        directories.add(directory.path());
        if (createdDirectory) {
            directories.add(directory.path().toAbsolutePath().getParent());
        }
        directories.forEach(StagedFiles::syncDirectory);
    }

    private void replace(StagedFile next, int replacedBefore) {
        try {
            Files.move(
                    next.temporary, next.target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            String before = replacedBefore == 0
                    ? ""
                    : ". " + replacedBefore + " of " + staged.size() + " files were replaced before it";
            throw FileErrors.notReplaceable(
                    directory.describe(next.file) + " cannot be replaced: " + FileErrors.reason(e) + before, e);
        }
    }

    private void remove(Path old) {
        try {
            Files.delete(old);
        } catch (IOException e) {
            throw FileErrors.notReplaceable(
                    directory.describe(old) + " is not in the archive and cannot be removed: " + FileErrors.reason(e)
                            + ". All files of the archive were restored",
                    e);
        }
    }

    /** Syncs all new files at once, because each sync takes milliseconds and a file system can combine many of them. */
    private void syncAll() {
        ExecutorService threads = Executors.newFixedThreadPool(SYNC_THREADS, DaemonThreads.named("ngbak-sync"));
        try {
            List<Future<Void>> syncs = new ArrayList<>();
            for (StagedFile next : staged) {
                syncs.add(threads.submit(() -> {
                    sync(next);
                    return null;
                }));
            }
            for (Future<Void> sync : syncs) {
                sync.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while files were synced to disk");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof BackupException known ? known : new IllegalStateException(e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    private void sync(StagedFile next) {
        try (FileChannel channel = FileChannel.open(next.temporary, StandardOpenOption.WRITE)) {
            channel.force(true);
        } catch (IOException e) {
            throw unwritable(next.file, e);
        }
    }

    private static void syncDirectory(Path path) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // Not every system can open a directory. The content of the files is on disk already.
            return;
        }
    }

    @Override
    public void close() {
        for (StagedFile next : staged) {
            deleteQuietly(next.temporary);
        }
        if (createdDirectory && !committing) {
            deleteQuietly(directory.path());
        }
    }

    private static void deleteQuietly(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // The next restore removes leftovers.
            return;
        }
    }

    private BackupException unwritable(Path file, IOException cause) {
        return FileErrors.unwritable(directory.describe(file), cause);
    }

    /**
     * Reports failures as those of the file that it writes, so that they are not mistaken for failures of the archive.
     */
    private final class StagedOutput extends FilterOutputStream {

        private final StagedFile file;
        private final FileChannel channel;

        StagedOutput(StagedFile file, FileChannel channel) {
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
                FileOwnership.copy(file.target, directory.path(), file.temporary)
                        .ifPresent(warning -> warnings.add(directory.describe(file.file) + " " + warning
                                + ". Make sure that " + directory.system() + " can write it."));
            } catch (IOException e) {
                throw unwritable(file.file, e);
            }
        }
    }
}
