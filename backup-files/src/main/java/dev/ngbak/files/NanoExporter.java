package dev.ngbak.files;

import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;

/** Backs up the files of NanoVectorDB in {@code WORKING_DIR}, byte for byte. */
public final class NanoExporter implements StorageExporter {

    @Override
    public Role role() {
        return FileKind.NANO.role();
    }

    @Override
    public String backend() {
        return FileKind.NANO.backend();
    }

    @Override
    public ExportSession open(Settings settings) {
        return FileExport.open(FileKind.NANO, settings);
    }
}
