package com.example.docs;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/** Exports the documents. */
final class DocsExport implements ExportSession {

    private final DocsFolder folder;
    private volatile boolean aborted;

    DocsExport(DocsFolder folder) {
        this.folder = folder;
    }

    @Override
    public StoreInfo info() {
        return folder.info();
    }

    @Override
    public StoreCounts counts() throws IOException {
        Map<String, Long> counts = new LinkedHashMap<>();
        for (Path namespace : folder.namespaces()) {
            counts.put(DocsFolder.name(namespace), (long)
                    DocsFolder.documents(namespace).size());
        }
        return new StoreCounts(counts);
    }

    /** Stops a backup if the folder is missing. A restore treats a missing folder as empty and creates it. */
    @Override
    public Optional<BackupException> scopeProblem() {
        return Files.exists(folder.path())
                ? Optional.empty()
                : Optional.of(new BackupException(
                        Kind.INVALID,
                        "The folder " + folder.path() + " does not exist",
                        "Correct " + DocsFolder.DIRECTORY.name() + ", or create the folder"));
    }

    @Override
    public ChangeMarker marker() throws IOException {
        return folder.marker();
    }

    @Override
    public void export(EntrySink sink, RecordHandler records, Progress progress) throws IOException {
        Documents documents =
                new Documents(records, ProgressMeter.ofRecords(progress, "documents", this::check));
        for (Path namespace : folder.namespaces()) {
            String name = DocsFolder.name(namespace);
            List<Path> files = DocsFolder.documents(namespace);
            sink.put(name, ".documents", out -> documents.write(name, files, out));
        }
    }

    @Override
    public void read(RecordHandler records, Progress progress) throws IOException {
        export((name, suffix, contents) -> contents.writeTo(OutputStream.nullOutputStream()), records, progress);
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
