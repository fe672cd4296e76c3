package dev.ngbak.qdrant;

import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;

/** Backs up the collections of a Qdrant server that {@code QDRANT_NAMESPACE_PREFIX} names. */
public final class QdrantExporter implements StorageExporter {

    @Override
    public Role role() {
        return Role.VECTOR;
    }

    @Override
    public String backend() {
        return "qdrant";
    }

    @Override
    public ExportSession open(Settings settings) {
        return QdrantExport.open(QdrantSettings.of(settings), Patience.USUAL);
    }
}
