package dev.ngbak.files;

import dev.ngbak.layout.GraphLayout;
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
import java.io.IOException;
import java.util.List;

/** Backs up the files of one kind. */
abstract class FileExporter implements StorageExporter {

    private final FileKind kind;

    FileExporter(FileKind kind) {
        this.kind = kind;
    }

    @Override
    public final Role role() {
        return kind.role();
    }

    @Override
    public final String backend() {
        return kind.backend();
    }

    @Override
    public final List<SettingSpec> settings() {
        return List.of(GraphLayout.WORKING_DIR);
    }

    @Override
    public final ExportSession open(Settings settings) {
        return FileExport.open(kind, settings);
    }

    @Override
    public final StoreInfo write(
            RecordSource records, Settings settings, EntrySink sink, RecordHandler written, Progress progress)
            throws IOException {
        return new FileWriting(kind, settings).write(records, sink, written, progress);
    }
}
