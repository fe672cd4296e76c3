package com.example.docs;

import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import java.util.List;

/** Backs up the folder of documents in {@code DOCS_DIR}. {@code KV_BACKEND=docs} selects it. */
public final class DocsExporter implements StorageExporter {

    static final String BACKEND = "docs";

    @Override
    public Role role() {
        return Role.KV;
    }

    @Override
    public String backend() {
        return BACKEND;
    }

    @Override
    public List<SettingSpec> settings() {
        return List.of(DocsFolder.DIRECTORY, DocsFolder.TOKEN);
    }

    @Override
    public ExportSession open(Settings settings) {
        return new DocsExport(DocsFolder.from(settings));
    }
}
