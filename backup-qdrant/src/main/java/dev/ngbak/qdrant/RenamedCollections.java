package dev.ngbak.qdrant;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes archived collections again under the names of a drill's scratch store. */
final class RenamedCollections {

    private final StoreInfo archived;
    private final CollectionRenaming renaming;
    private final Tenant tenant;

    /** @throws BackupException {@code INCOMPATIBLE} if the archived collections cannot be renamed */
    RenamedCollections(Settings settings, StoreInfo archived) {
        QdrantSettings target = QdrantSettings.of(settings);
        this.archived = archived;
        this.renaming = new CollectionRenaming(CollectionRenaming.prefixOf(archived), target.prefix());
        this.tenant = Tenant.ofArchive(archived);
        boolean hasRenamableForm = archived.form().equals(ArchiveForm.SCROLL.id())
                || archived.form().equals(ArchiveForm.SNAPSHOT.id());
        if (!hasRenamableForm || !tenant.equals(target.tenant())) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The collections in the archive (" + SafeText.forMessage(archived.form()) + ", "
                            + tenant.displayName() + ") cannot be renamed",
                    "Make the backup with " + QdrantSettings.MODE.name() + "=" + ArchiveForm.SCROLL.id());
        }
    }

    StoreInfo write(EntrySource source, EntrySink sink, RecordHandler written, Progress progress) throws IOException {
        Map<String, String> scope = new LinkedHashMap<>(archived.scope());
        scope.put(QdrantSettings.PREFIX.name(), renaming.to());
        if (archived.form().equals(ArchiveForm.SNAPSHOT.id())) {
            scope.put(CollectionRenaming.ORIGINAL, renaming.from());
            writeSnapshots(source, sink, ProgressMeter.ofBytes(progress, () -> {}));
            written.markOpaque(StoreCounts.NONE);
        } else {
            writePoints(source, sink, written, ProgressMeter.ofRecords(progress, "points", () -> {}));
        }
        return new StoreInfo(archived.product(), archived.version(), archived.form(), scope, -1);
    }

    private void writeSnapshots(EntrySource source, EntrySink sink, ProgressMeter meter) throws IOException {
        List<SnapshotFiles.Item> items = SnapshotFiles.read(source, (entry, content) -> {
            meter.expect(entry.size());
            sink.put(renaming.renamed(entry.name()), SnapshotFiles.SUFFIX, content::transferTo);
            meter.bytes(entry.size());
        });
        if (!items.isEmpty()) {
            List<SnapshotFiles.Item> renamed = items.stream()
                    .map(item -> new SnapshotFiles.Item(
                            renaming.renamed(item.collection()), item.size(), item.sha256(), item.points()))
                    .toList();
            SnapshotFiles.writeCompanion(sink, archived.version(), renamed);
        }
    }

    private void writePoints(EntrySource source, EntrySink sink, RecordHandler written, ProgressMeter meter)
            throws IOException {
        QdrantRecords records = new QdrantRecords(written, meter, tenant);
        Set<String> names = new HashSet<>();
        source.forEach((entry, content) -> sink.put(
                renaming.renamed(entry.name()),
                ScrollReader.SUFFIX,
                out -> ScrollReader.read(entry, content, names, new PointReceiver() {
                    private ScrollWriter writer;

                    @Override
                    public void begin(CollectionDefinition collection) throws IOException {
                        CollectionDefinition renamed = renaming.renamed(collection);
                        writer = new ScrollWriter(out, renamed);
                        records.begin(renamed);
                    }

                    @Override
                    public void add(Point point) throws IOException {
                        writer.write(point);
                        records.add(point);
                    }

                    @Override
                    public void end() throws IOException {
                        writer.finish();
                        records.end();
                    }
                })));
    }
}
