package com.example.docs;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Replaces the documents. The new ones are written into a hidden folder beside the old ones; only when the archive has been
 * read to its end, and so has proved whole, do they change places, by renames of whole namespaces.
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
        if (!archived.form().equals(DocsFolder.FORM)) {
            problems.add(new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive's form is \"" + archived.form() + "\", not \"" + DocsFolder.FORM + "\"",
                    "Set KV_BACKEND to what the archive was made with"));
        }
        Path place = Files.exists(folder.path())
                ? folder.path()
                : folder.path().toAbsolutePath().getParent();
        if (place == null || !Files.isDirectory(place) || !Files.isWritable(place)) {
            problems.add(new BackupException(
                    Kind.INVALID,
                    "Nothing can be written to " + folder.path(),
                    "Correct " + DocsFolder.SETTING + ", or the rights of that folder"));
        }
        return problems;
    }

    @Override
    public StoreSummary restore(EntrySource source, Progress progress) throws IOException {
        Path fresh = folder.path().resolve(NEW);
        Path old = folder.path().resolve(OLD);
        delete(fresh); // what a run that was killed has left
        delete(old);
        Files.createDirectories(fresh);
        try {
            Tally tally = new Tally(progress, () -> aborted);
            Documents.read(source, tally, (namespace, key, size, content) -> {
                Path document = fresh.resolve(namespace).resolve(DocsFolder.fileName(key));
                write(document, out -> tally.pass(namespace, key, size, content, out));
            });
            StoreSummary summary = tally.summary();
            for (String empty : summary.counts().counts().keySet()) {
                Files.createDirectories(fresh.resolve(empty));
            }
            swap(fresh, old);
            delete(old);
            return summary;
        } finally {
            delete(fresh);
        }
    }

    private interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /** Its bytes are on the disk when this returns: a power cut must not find them missing behind the rename. */
    private static void write(Path document, Content content) throws IOException {
        Files.createDirectories(document.getParent());
        try (FileChannel channel =
                FileChannel.open(document, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            content.writeTo(Channels.newOutputStream(channel));
            channel.force(true);
        }
    }

    /** Killed in the middle, it leaves a mix, which the next restore replaces: the engine's journal sees to that. */
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

    @Override
    public void abort() {
        aborted = true;
    }

    @Override
    public void close() {
        // No file stays open between calls.
    }
}
