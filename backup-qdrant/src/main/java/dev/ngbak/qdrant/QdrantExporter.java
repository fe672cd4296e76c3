package dev.ngbak.qdrant;

import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordSource;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.TestedVersions;
import java.io.IOException;
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
    public List<TestedVersions> testedVersions() {
        return List.of(new TestedVersions("Qdrant", "1.18", "1.19"));
    }

    @Override
    public ExportSession open(Settings settings) {
        return QdrantExport.open(QdrantSettings.of(settings), Timeouts.DEFAULT);
    }

    @Override
    public StoreInfo write(
            RecordSource records, Settings settings, EntrySink sink, RecordHandler written, Progress progress)
            throws IOException {
        return new PointWriting(settings).write(records, sink, written, progress);
    }
}
