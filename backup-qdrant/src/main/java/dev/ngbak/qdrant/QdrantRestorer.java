package dev.ngbak.qdrant;

import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;

/** Decodes archived collections of Qdrant, and puts them back. Takes both forms, whatever the mode of backups is. */
public final class QdrantRestorer implements StorageRestorer {

    @Override
    public Role role() {
        return Role.VECTOR;
    }

    @Override
    public String backend() {
        return "qdrant";
    }

    @Override
    public StoreSummary read(EntrySource source, Progress progress) throws IOException {
        StoreSummary decoded =
                switch (Form.named(source.archived())) {
                    case SNAPSHOT -> SnapshotFiles.read(source, progress);
                    case SCROLL -> ScrollFiles.read(source, progress);
                };
        return source.archived().form().equals(ExportSession.RAW) ? StoreSummary.opaque() : decoded;
    }

    @Override
    public boolean visit(EntrySource source, RecordVisitor visitor, Progress progress) throws IOException {
        return !source.archived().form().equals(ExportSession.RAW)
                && Form.named(source.archived()) == Form.SCROLL
                && ScrollFiles.visit(source, visitor, progress);
    }

    @Override
    public String target(Settings settings) {
        QdrantSettings qdrant = QdrantSettings.of(settings);
        return qdrant.place() + ", collections " + qdrant.prefix();
    }

    @Override
    public RestoreSession open(Settings settings) {
        return QdrantRestore.open(QdrantSettings.of(settings), Patience.USUAL);
    }
}
