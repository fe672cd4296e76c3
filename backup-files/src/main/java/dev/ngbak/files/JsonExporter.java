package dev.ngbak.files;

import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;

/** Backs up the JSON key-value files of nano-graphrag in {@code WORKING_DIR}, byte for byte. */
public final class JsonExporter implements StorageExporter {

    @Override
    public Role role() {
        return FileKind.JSON.role();
    }

    @Override
    public String backend() {
        return FileKind.JSON.backend();
    }

    @Override
    public ExportSession open(Settings settings) {
        return FileExport.open(FileKind.JSON, settings);
    }
}
