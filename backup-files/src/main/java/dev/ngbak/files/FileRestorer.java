package dev.ngbak.files;

import dev.ngbak.layout.GraphLayout;
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
import java.util.List;

/** Restores the files of one kind. */
abstract class FileRestorer implements StorageRestorer {

    private final FileKind kind;

    FileRestorer(FileKind kind) {
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
    public final void read(EntrySource source, Settings settings, RecordHandler records, Progress progress)
            throws IOException {
        ProgressMeter meter = ProgressMeter.ofBytes(progress, () -> {});
        new ArchivedFiles(kind, settings, source).read(records, meter, name -> OutputStream.nullOutputStream());
    }

    @Override
    public final String target(Settings settings) {
        return WorkingDirectory.of(kind, settings).target();
    }

    @Override
    public final List<String> adviceAfterRestore(Settings settings) {
        return List.of("If " + GraphLayout.of(settings).name()
                + " is running, restart it now: it keeps the old files in memory and would write them over the restored"
                + " ones.");
    }

    @Override
    public final RestoreSession open(Settings settings) {
        return FileRestore.open(kind, settings);
    }
}
