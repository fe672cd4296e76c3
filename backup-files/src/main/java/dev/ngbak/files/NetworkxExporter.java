package dev.ngbak.files;

import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;

/** Backs up the GraphML files of networkx in {@code WORKING_DIR}, byte for byte. */
public final class NetworkxExporter implements StorageExporter {

    @Override
    public Role role() {
        return FileKind.NETWORKX.role();
    }

    @Override
    public String backend() {
        return FileKind.NETWORKX.backend();
    }

    @Override
    public ExportSession open(Settings settings) {
        return FileExport.open(FileKind.NETWORKX, settings);
    }
}
