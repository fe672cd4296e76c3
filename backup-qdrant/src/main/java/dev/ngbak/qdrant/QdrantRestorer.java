package dev.ngbak.qdrant;

import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.RecordDigester;
import java.io.IOException;
import java.io.InputStream;

/** Decodes and restores archived collections of Qdrant. Accepts all forms, whatever {@code QDRANT_BACKUP_MODE} is. */
public final class QdrantRestorer implements StorageRestorer {

    @Override
    public Role role() {
        return Role.VECTOR;
    }

    @Override
    public String backend() {
        return QdrantSettings.BACKEND;
    }

    @Override
    public void read(EntrySource source, Settings settings, RecordHandler records, Progress progress)
            throws IOException {
        if (source.archived().form().equals(StoreInfo.OTHER_TOOL)) {
            ToolSnapshots.read(source, records, progress);
            return;
        }
        ArchiveForm form = ArchiveForm.of(source.archived());
        if (form != ArchiveForm.SCROLL) {
            readSnapshots(source, form, progress);
            records.markOpaque(StoreCounts.NONE);
            return;
        }
        ProgressMeter meter = ProgressMeter.ofRecords(progress, "points", () -> {});
        Tenant tenant = Tenant.ofArchive(source.archived());
        if (source.archived().form().equals(ExportSession.RAW)) {
            ScrollReader.read(source, new QdrantRecords(RecordDigester.counting(), meter, tenant));
            records.markOpaque(StoreCounts.NONE);
        } else {
            ScrollReader.read(source, new QdrantRecords(records, meter, tenant));
        }
    }

    private static void readSnapshots(EntrySource source, ArchiveForm form, Progress progress) throws IOException {
        ProgressMeter meter = ProgressMeter.ofBytes(progress, () -> {});
        byte[] block = new byte[1 << 16];
        EntrySource.Visitor visitor = (entry, content) -> {
            meter.expect(entry.size());
            skip(content, block, meter);
        };
        if (form == ArchiveForm.SHARDS) {
            ShardFiles.read(source, visitor);
        } else {
            SnapshotFiles.read(source, visitor);
        }
        meter.flush();
    }

    private static void skip(InputStream content, byte[] block, ProgressMeter meter) throws IOException {
        for (int n = content.read(block); n >= 0; n = content.read(block)) {
            meter.bytes(n);
        }
    }

    @Override
    public boolean isRewritten(StoreInfo archived, Rewriting rewriting) {
        QdrantSettings target = QdrantSettings.of(rewriting.settings());
        return !target.tenant().equals(Tenant.ofArchive(archived))
                || rewriting.scratch() && !target.prefix().equals(CollectionRenaming.prefixOf(archived));
    }

    @Override
    public StoreInfo rewrite(
            EntrySource source, Rewriting rewriting, EntrySink sink, RecordHandler written, Progress progress)
            throws IOException {
        if (source.archived().form().equals(StoreInfo.OTHER_TOOL)) {
            written.markOpaque(StoreCounts.NONE);
            return ToolSnapshots.rewrite(source, rewriting.settings(), sink, progress);
        }
        if (rewriting.scratch()) {
            return new RenamedCollections(rewriting.settings(), source.archived())
                    .write(source, sink, written, progress);
        }
        return new TenantChange(rewriting.settings(), source.archived())
                .write(source, sink, written, ProgressMeter.ofRecords(progress, "points", () -> {}));
    }

    @Override
    public String target(Settings settings) {
        QdrantSettings qdrant = QdrantSettings.of(settings);
        return qdrant.displayName() + ", collections " + qdrant.prefix()
                + (qdrant.tenant().sharesCollections() ? ", " + qdrant.tenant().displayName() : "");
    }

    @Override
    public RestoreSession open(Settings settings) {
        return QdrantRestore.open(QdrantSettings.of(settings), Timeouts.DEFAULT);
    }
}
