package com.example.docs;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the documents, and writes to no file of theirs. */
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

    /** A folder that is not there is taken for empty by a restore, which may be what brings it back. */
    @Override
    public BackupException scopeProblem() {
        return Files.exists(folder.path())
                ? null
                : new BackupException(
                        Kind.INVALID,
                        "There is no folder " + folder.path(),
                        "Correct " + DocsFolder.SETTING + ", or make the folder");
    }

    @Override
    public ChangeMarker marker() throws IOException {
        return folder.marker();
    }

    @Override
    public StoreSummary export(EntrySink sink, Progress progress) throws IOException {
        Tally tally = new Tally(progress, () -> aborted);
        for (Path namespace : folder.namespaces()) {
            String name = DocsFolder.name(namespace);
            List<Path> documents = DocsFolder.documents(namespace);
            tally.expect(documents.size());
            sink.put(name, ".documents", out -> Documents.write(name, documents, out, tally));
        }
        return tally.summary();
    }

    @Override
    public StoreSummary digest(Progress progress) throws IOException {
        return export((name, suffix, contents) -> contents.writeTo(OutputStream.nullOutputStream()), progress);
    }

    @Override
    public boolean visit(RecordVisitor visitor, Progress progress) throws IOException {
        for (Path namespace : folder.namespaces()) {
            for (Path document : DocsFolder.documents(namespace)) {
                try (InputStream in = Files.newInputStream(document)) {
                    Documents.show(
                            DocsFolder.name(namespace), DocsFolder.key(document), Files.size(document), in, visitor);
                }
                progress.advance(1);
            }
        }
        return true;
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
