package dev.ngbak.qdrant;

import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import java.util.List;

/** Exports the collections of a Qdrant server whose names have the prefix {@code QDRANT_NAMESPACE_PREFIX}. */
public final class QdrantExporter implements StorageExporter {

    @Override
    public Role role() {
        return Role.VECTOR;
    }

    @Override
    public String backend() {
        return QdrantSettings.BACKEND;
    }

    @Override
    public List<SettingSpec> settings() {
        return QdrantSettings.ALL;
    }

    @Override
    public ExportSession open(Settings settings) {
        return QdrantExport.open(QdrantSettings.of(settings), Timeouts.DEFAULT);
    }
}
