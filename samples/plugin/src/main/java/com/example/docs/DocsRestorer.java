package com.example.docs;

import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.io.OutputStream;

/** Reads archived documents, and puts them back. */
public final class DocsRestorer implements StorageRestorer {

    @Override
    public Role role() {
        return Role.KV;
    }

    @Override
    public String backend() {
        return DocsExporter.BACKEND;
    }

    @Override
    public StoreSummary read(EntrySource source, Progress progress) throws IOException {
        Tally tally = new Tally(progress, () -> false);
        Documents.read(
                source,
                tally,
                (namespace, key, size, content) ->
                        tally.pass(namespace, key, size, content, OutputStream.nullOutputStream()));
        return tally.summary();
    }

    @Override
    public boolean visit(EntrySource source, RecordVisitor visitor, Progress progress) throws IOException {
        Documents.read(source, new Tally(progress, () -> false), (namespace, key, size, content) -> {
            Documents.show(namespace, key, size, content, visitor);
            progress.advance(1);
        });
        return true;
    }

    @Override
    public String target(Settings settings) {
        return DocsFolder.from(settings).target();
    }

    @Override
    public RestoreSession open(Settings settings) {
        return new DocsRestore(DocsFolder.from(settings));
    }
}
