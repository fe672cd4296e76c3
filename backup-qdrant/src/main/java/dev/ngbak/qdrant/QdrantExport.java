package dev.ngbak.qdrant;

import dev.ngbak.qdrant.SnapshotFiles.Item;
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
    private final PointForm form;
    private ServerNeeds needs = new ServerNeeds();
    private ArchiveRequirements requirements = ArchiveRequirements.NONE;
    private TenantFields tenants = new TenantFields(Map.of());

    private QdrantExport(QdrantSettings settings, QdrantCollections collections) {
        this.settings = settings;
        this.collections = collections;
        this.http = collections.http();
        this.form = new PointForm(settings);
    }

    static QdrantExport open(QdrantSettings settings, Timeouts timeouts) {
        QdrantCollections collections = QdrantCollections.open(settings, timeouts);
        try {
            if (collections.form() == ArchiveForm.SHARDS) {
                requireAllNodes(settings, collections.nodes());
            }
            return new QdrantExport(settings, collections);
        } catch (RuntimeException e) {
            collections.close();
            throw e;
        }
    }

    /** Throws if there is no connection to some node, whose shards could not be read or written. */
    static void requireAllNodes(QdrantSettings settings, Nodes nodes) {
        if (!nodes.isComplete()) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    settings.displayName() + " is a cluster of " + nodes.size()
                            + " nodes, but a native snapshot contains only the data of one node",
                    "Set " + QdrantSettings.URLS.name() + " to the REST URLs of all nodes, or "
                            + QdrantSettings.MODE.name() + "=scroll, which needs only one");
        }
    }

    @Override
    public StoreInfo info() {
        return needs.addTo(tenants.addTo(requirements.addTo(collections.info())));
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
        requirements = ArchiveRequirements.read(collections);
        switch (collections.form()) {
            case SCROLL -> exportPoints(sink, records, progress);
            case SNAPSHOT, SHARDS -> exportSnapshots(sink, records, progress);
        }
        http.checkAborted();
    }

    @Override
    public void read(RecordHandler records, Progress progress) throws IOException {
        newRecords(records, progress).addAll(collections);
        http.checkAborted();
    }

    @Override
    public Optional<Lookup> lookup() {
        return Optional.of(new QdrantEntitySearch(collections, settings));
    }

    private QdrantRecords newRecords(RecordHandler handler, Progress progress) {
        return new QdrantRecords(
                handler,
                ProgressMeter.ofRecords(progress, "points", http::checkAborted),
                settings.tenant(),
                collections.nodes().isCluster());
    }

    private void exportPoints(EntrySink sink, RecordHandler handler, Progress progress) throws IOException {
        QdrantRecords records = newRecords(handler, progress);
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
                requireExact(name, point);
                writer.write(point);
                records.add(point);
            });
            writer.finish();
        });
        records.end();
        form.requireUnchanged(collection, collections);
    }

    /** Refuses a point whose payload a cluster may have changed on the way from another node. */
    private void requireExact(String collection, Point point) {
        if (collections.nodes().isCluster() && LargeNumbers.areRoundedIn(point.payload())) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The point " + point.id() + " of \"" + collection + "\" at " + collections.displayName()
                            + " has a number from 2^63 on in its payload. The nodes of a cluster round such integers when they"
                            + " pass them on, so it cannot be read exactly",
                    "Set " + QdrantSettings.MODE.name() + "=snapshot and " + QdrantSettings.URLS.name()
                            + ", or store the number as a text");
        }
    }

    /** Saves the points of every readable collection, in either mode, because reading needs no space on the server. */
    @Override
    public void exportRaw(EntrySink sink, RecordHandler records, Progress progress) throws IOException {
        QdrantRecords unused = newRecords(RecordDigester.counting(), progress);
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
        ShardExport shards = new ShardExport(collections, meter, warnings);
        try (ConcurrentReading reading = new ConcurrentReading(collections, records, meter.forOtherThread())) {
            for (String name : collections.scope()) {
                reading.count(name);
                if (collections.form() == ArchiveForm.SHARDS) {
                    shards.export(name, sink);
                } else {
                    items.add(exportSnapshot(name, sink, meter, warnings));
                }
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
        if (collection.hasCustomShards()) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The collection \"" + name + "\" at " + collections.displayName()
                            + " has custom sharding. Qdrant restores the snapshot of such a collection without its points",
                    "Set " + QdrantSettings.MODE.name() + "=scroll");
        }
        Snapshots snapshots = Snapshots.ofCollection(http, name);
        List<Item> item = new ArrayList<>();
        snapshots.withNew(warnings, snapshot -> {
            meter.expect(snapshot.size());
            String[] sha256 = new String[1];
            sink.put(name, SnapshotFiles.SUFFIX, out -> sha256[0] = snapshots.download(snapshot, out, meter));
            meter.flush();
            item.add(new Item(collection, snapshot.size(), sha256[0], -1));
        });
        form.requireUnchanged(collection, collections);
        return item.get(0);
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
