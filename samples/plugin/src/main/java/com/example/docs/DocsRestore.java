package com.example.docs;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.Preflight;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;

/**
 * Replaces the documents. It first writes the new ones to a hidden folder. After it has read the archive to its end, which
 * proves that the archive is intact, it swaps old and new by renaming whole namespaces.
 */
final class DocsRestore implements RestoreSession {

    private static final String NEW = ".ngbak-new";
    private static final String OLD = ".ngbak-old";

    private final DocsFolder folder;
    private volatile boolean aborted;

    DocsRestore(DocsFolder folder) {
        this.folder = folder;
    }

    @Override
    public StoreInfo info() {
        return folder.info();
    }

    @Override
    public List<BackupException> problems(StoreInfo archived, long bytes) throws IOException {
        List<BackupException> problems = new ArrayList<>();
        Preflight.unknownForm(archived, Role.KV, DocsExporter.BACKEND, DocsFolder.FORM)
                .ifPresent(problems::add);
        Path place = Files.exists(folder.path())
                ? folder.path()
                : folder.path().toAbsolutePath().getParent();
        if (place == null || !Files.isDirectory(place) || !Files.isWritable(place)) {
            problems.add(new BackupException(
                    Kind.INVALID,
                    folder.path() + " is not writable",
                    "Correct " + DocsFolder.DIRECTORY.name() + ", or the permissions of that folder"));
        }
        return problems;
    }

    @Override
    public void restore(EntrySource source, RecordHandler records, Progress progress) throws IOException {
        Path fresh = folder.path().resolve(NEW);
        Path old = folder.path().resolve(OLD);
        delete(fresh); // a leftover of a process that was killed
        delete(old);
        Files.createDirectories(fresh);
        try {
            ProgressMeter meter = ProgressMeter.ofRecords(progress, "documents", this::check);
            new Documents(records, meter).read(source, new Documents.Target() {
                @Override
                public void begin(String namespace) throws IOException {
                    Files.createDirectory(fresh.resolve(namespace));
                }

                @Override
                public OutputStream open(String namespace, String key) throws IOException {
                    return Files.newOutputStream(
                            fresh.resolve(namespace).resolve(DocsFolder.fileName(key)), StandardOpenOption.CREATE_NEW);
                }
            });
            force(fresh);
            swap(fresh, old);
            delete(old);
        } finally {
            delete(fresh);
        }
    }

    @Override
    public void clear() throws IOException {
        delete(folder.path().resolve(NEW));
        delete(folder.path().resolve(OLD));
        for (Path namespace : folder.namespaces()) {
            delete(namespace);
        }
    }

    /** Forces new files to the disk, so that a power cut cannot lose their content after they are renamed. */
    private static void force(Path tree) throws IOException {
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.toList()) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                    channel.force(true);
                }
            }
        }
    }

    /** Swaps the namespaces. If the process dies meanwhile, the engine's journal makes the next run roll back. */
    private void swap(Path fresh, Path old) throws IOException {
        Files.createDirectories(old);
        for (Path namespace : folder.namespaces()) {
            Files.move(namespace, old.resolve(DocsFolder.name(namespace)), StandardCopyOption.ATOMIC_MOVE);
        }
        try (Stream<Path> namespaces = Files.list(fresh)) {
            for (Path namespace : namespaces.toList()) {
                Files.move(
                        namespace, folder.path().resolve(DocsFolder.name(namespace)), StandardCopyOption.ATOMIC_MOVE);
            }
        }
        try (FileChannel renames = FileChannel.open(folder.path(), StandardOpenOption.READ)) {
            renames.force(true);
        }
    }

    private static void delete(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private void check() {
        if (aborted) {
            throw new CancellationException("aborted");
        }
    }

    @Override
    public void abort() {
        aborted = true;
    }

    @Override
    public void close() {
        // No file stays open between calls.
    }
}
