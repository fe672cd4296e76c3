package dev.ngbak.files;

import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.util.List;

/** Decodes archived copies of the files of NanoVectorDB, and puts them back into {@code WORKING_DIR}. */
public final class NanoRestorer implements StorageRestorer {

    @Override
    public Role role() {
        return FileKind.NANO.role();
    }

    @Override
    public String backend() {
        return FileKind.NANO.backend();
    }

    @Override
    public StoreSummary read(EntrySource source, Progress progress) throws IOException {
        return FileRestore.read(FileKind.NANO, source, progress);
    }

    @Override
    public boolean visit(EntrySource source, RecordVisitor visitor, Progress progress) throws IOException {
        return FileRestore.visit(FileKind.NANO, source, visitor, progress);
    }

    @Override
    public String target(Settings settings) {
        return WorkingFolder.from(settings).target(FileKind.NANO);
    }

    @Override
    public List<String> adviceAfterRestore() {
        return WorkingFolder.ADVICE_AFTER_RESTORE;
    }

    @Override
    public RestoreSession open(Settings settings) {
        return FileRestore.open(FileKind.NANO, settings);
    }
}
