package dev.ngbak.qdrant;

import dev.ngbak.qdrant.SnapshotFiles.Item;
import dev.ngbak.qdrant.Snapshots.Snapshot;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.RecordDigester;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the collections in scope. */
final class QdrantExport implements ExportSession {

    private final QdrantSettings settings;
    private final QdrantCollections collections;
    private final QdrantHttp http;
    private final Snapshots snapshots;
    private final PointForm form;
    private ServerNeeds needs = new ServerNeeds();
    private TenantFields tenants = new TenantFields(Map.of());

    private QdrantExport(QdrantSettings settings, QdrantCollections collections) {
        this.settings = settings;
        this.collections = collections;
        this.http = collections.http();
        this.snapshots = new Snapshots(http);
        this.form = new PointForm(settings);
    }

    static QdrantExport open(QdrantSettings settings, Timeouts timeouts) {
        QdrantCollections collections = QdrantCollections.open(settings, timeouts);
        try {
            if (settings.mode() == ArchiveForm.SNAPSHOT && collections.isCluster()) {
                throw snapshotOfCluster(settings);
            }
            return new QdrantExport(settings, collections);
        } catch (RuntimeException e) {
            collections.close();
            throw e;
        }
    }

    static BackupException snapshotOfCluster(QdrantSettings settings) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                settings.displayName() + " is a cluster, but a native snapshot contains only the data of one node",
                "Set QDRANT_BACKUP_MODE=scroll and make a backup, which can be restored on any cluster");
    }

    @Override
    public StoreInfo info() {
        return needs.addTo(tenants.addTo(collections.info()));
    }

    @Override
    public StoreCounts counts() {
        Map<String, Long> counts = new LinkedHashMap<>();
        collections.scope().forEach(name -> counts.put(name, collections.count(name)));
        return new StoreCounts(counts);
    }

    @Override
    public Optional<BackupException> scopeProblem() {
        return new ScopeInspection(settings, collections).problem();
    }

    @Override
    public ChangeMarker marker() {
        return new QdrantMarker(collections).read();
    }

    @Override
    public void export(EntrySink sink, RecordHandler records, Progress progress) throws IOException {
        if (!settings.tenant().sharesCollections()) {
            tenants = TenantFields.read(collections);
        }
        tenants.warnings().forEach(records::warn);
        needs = new ServerNeeds();
        switch (settings.mode()) {
            case SCROLL -> exportPoints(sink, records, progress);
            case SNAPSHOT -> exportSnapshots(sink, records, progress);
        }
        http.checkAborted();
    }

    @Override
    public void read(RecordHandler records, Progress progress) throws IOException {
        new QdrantRecords(records, pointMeter(progress), settings.tenant()).addAll(collections);
        http.checkAborted();
    }

    @Override
    public Optional<Lookup> lookup() {
        return Optional.of(new QdrantEntitySearch(collections, settings));
    }

    private ProgressMeter pointMeter(Progress progress) {
        return ProgressMeter.ofRecords(progress, "points", http::checkAborted);
    }

    private void exportPoints(EntrySink sink, RecordHandler handler, Progress progress) throws IOException {
        QdrantRecords records = new QdrantRecords(handler, pointMeter(progress), settings.tenant());
        List<String> names = collections.scope();
        records.expectPoints(collections, names);
        for (String name : names) {
            exportPoints(name, sink, records);
        }
    }

    private void exportPoints(String name, EntrySink sink, QdrantRecords records) throws IOException {
        CollectionDefinition collection = collections.definition(name);
        form.require(collection);
        needs.add(collection);
        sink.put(name, ScrollReader.SUFFIX, out -> {
            ScrollWriter writer = new ScrollWriter(out, collection);
            records.begin(collection);
            collections.scroll(collection, point -> {
                if (!collection.fits(point)) {
                    throw form.changed(name);
                }
                writer.write(point);
                records.add(point);
            });
            writer.finish();
        });
        records.end();
        requireUnchanged(collection);
    }

    /** Throws if a collection does not have this definition any more. Vectors can be added and dropped at any time. */
    private void requireUnchanged(CollectionDefinition collection) {
        if (!collections.definition(collection.name()).equals(collection)) {
            throw form.changed(collection.name());
        }
    }

    /** Saves the points of every readable collection, in either mode, because reading needs no space on the server. */
    @Override
    public void exportRaw(EntrySink sink, RecordHandler records, Progress progress) throws IOException {
        QdrantRecords unused = new QdrantRecords(RecordDigester.counting(), pointMeter(progress), settings.tenant());
        for (String name : collections.scope()) {
            try {
                exportPoints(name, sink, unused);
            } catch (BackupException e) {
                if (e.kind() == Kind.INCOMPATIBLE) {
                    throw e; // The collection is healthy but cannot be archived, so a restore would lose it.
                }
                collections.all(); // Fails if the server is gone.
                records.warn("The collection \"" + name + "\" could not be saved in its present state: " + e.problem()
                        + ". The restore will replace or delete it.");
            }
        }
        http.checkAborted();
    }

    private void exportSnapshots(EntrySink sink, RecordHandler records, Progress progress) throws IOException {
        ProgressMeter meter = ProgressMeter.ofBytes(progress, http::checkAborted);
        List<Item> items = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        Map<String, Long> counts;
        try (ConcurrentReading reading = new ConcurrentReading(collections, records, meter.forOtherThread())) {
            for (String name : collections.scope()) {
                reading.count(name);
                items.add(exportSnapshot(name, sink, meter, warnings));
            }
            counts = reading.finish().counts();
        }
        warnings.forEach(records::warn);
        items.replaceAll(item -> item.withPoints(counts.getOrDefault(item.name(), -1L)));
        if (!items.isEmpty()) {
            SnapshotFiles.writeCompanion(sink, collections.version(), items);
        }
    }

    /** Exports one snapshot. Does not use the record handler, because the reading thread is using it. */
    private Item exportSnapshot(String name, EntrySink sink, ProgressMeter meter, List<String> warnings)
            throws IOException {
        CollectionDefinition collection = collections.definition(name);
        int others = snapshots.count(name);
        if (others > 0) {
            warnings.add("Qdrant has " + others + " other snapshot" + (others == 1 ? "" : "s") + " of \"" + name
                    + "\", which this backup did not make. They were left alone.");
        }
        Snapshot snapshot = snapshots.create(name);
        Download download = new Download(snapshot, meter);
        try {
            meter.expect(snapshot.size());
            sink.put(name, SnapshotFiles.SUFFIX, download);
            meter.flush();
        } finally {
            snapshots.delete(snapshot).ifPresent(warnings::add);
        }
        requireUnchanged(collection);
        return new Item(collection, snapshot.size(), download.sha256, -1);
    }

    private final class Download implements EntrySink.Contents {
        private final Snapshot snapshot;
        private final ProgressMeter meter;
        private String sha256;

        Download(Snapshot snapshot, ProgressMeter meter) {
            this.snapshot = snapshot;
            this.meter = meter;
        }

        @Override
        public void writeTo(OutputStream out) throws IOException {
            sha256 = snapshots.download(snapshot, out, meter);
        }
    }

    @Override
    public void abort() {
        collections.abort();
    }

    @Override
    public void close() {
        collections.close();
    }
}
