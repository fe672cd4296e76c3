package com.example.docs;

import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.IOException;
import java.io.OutputStream;

/** Reads archived documents, and restores them. */
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
    public void read(EntrySource source, Settings settings, RecordHandler records, Progress progress)
            throws IOException {
        new Documents(records, ProgressMeter.ofRecords(progress, "documents", () -> {}))
                .read(source, (namespace, key) -> OutputStream.nullOutputStream());
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
