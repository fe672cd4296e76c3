package dev.ngbak.qdrant;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.qdrant.SnapshotFiles.Item;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.Preflight;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Replaces the collections in scope with those of an archive. */
final class QdrantRestore implements RestoreSession {

    private final QdrantSettings settings;
    private final QdrantCollections collections;
    private final CollectionWriter writer;
    private final SharedCollectionWriter shared;
    private final QdrantHttp http;
    private Optional<CollectionRenaming> renaming = Optional.empty();

    private QdrantRestore(QdrantSettings settings, QdrantCollections collections) {
        this.settings = settings;
        this.collections = collections;
        this.writer = new CollectionWriter(settings, collections);
        this.shared = new SharedCollectionWriter(settings, collections, writer);
        this.http = collections.http();
    }

    static QdrantRestore open(QdrantSettings settings, Timeouts timeouts) {
        return new QdrantRestore(settings, QdrantCollections.open(settings, timeouts));
    }

    @Override
    public StoreInfo info() {
        return collections.info();
    }

    @Override
    public List<BackupException> problems(StoreInfo archived, long bytes) {
        List<BackupException> problems = compatibilityProblems(archived);
        if (settings.tenant().sharesCollections()) {
            return problems;
        }
        problems.addAll(TenantFields.read(collections).problems(TenantFields.ofArchive(archived), collections));
        return problems;
    }

    /**
     * Returns the problems that make a restore impossible. Other tenants in a collection are not among them, because
     * {@link #restore} must be able to roll back a collection that it has replaced.
     */
    private List<BackupException> compatibilityProblems(StoreInfo archived) {
        List<BackupException> problems = new ArrayList<>();
        Optional<BackupException> unknownForm = ArchiveForm.unknownForm(archived);
        unknownForm.ifPresent(problems::add);
        ArchiveRequirements.ofArchive(archived).problem(collections).ifPresent(problems::add);
        if (unknownForm.isEmpty() && ArchiveForm.of(archived) != ArchiveForm.SCROLL) {
            if (isVersionKnown(archived) && !Snapshots.areCompatible(archived.version(), collections.version())) {
                problems.add(new BackupException(
                        Kind.INCOMPATIBLE,
                        "The archive contains snapshots of Qdrant " + archived.version() + ", but "
                                + collections.displayName() + " has version " + collections.version()
                                + ". Qdrant accepts only snapshots of the same or the previous minor version",
                        "Restore it on a server of a matching version. To move to another version, make the backup with"
                                + " QDRANT_BACKUP_MODE=scroll"));
            }
            nodeProblem(ArchiveForm.of(archived)).ifPresent(problems::add);
        }
        ServerNeeds.problem(archived, collections).ifPresent(problems::add);
        String prefix = archived.scope().get(QdrantSettings.PREFIX.name());
        if (!settings.prefix().equals(prefix)) {
            problems.add(new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive was made with QDRANT_NAMESPACE_PREFIX=" + prefix + ", but the setting is "
                            + settings.prefix() + " now, so the archived collections would be out of scope",
                    "Set QDRANT_NAMESPACE_PREFIX to the archive's value"));
        }
        Tenant tenant = Tenant.ofArchive(archived);
        if (!settings.tenant().equals(tenant)) {
            problems.add(new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive contains " + describe(tenant) + ", but the settings select "
                            + describe(settings.tenant()),
                    "Set " + settings.scopeSetting() + ", and " + GraphLayout.SYSTEM.name()
                            + ", as they were when the archive was made"));
        }
        return problems;
    }

    private Optional<BackupException> nodeProblem(ArchiveForm form) {
        if (form == ArchiveForm.SNAPSHOT && collections.nodes().isCluster()) {
            return Optional.of(new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive contains snapshots of a single server, but " + settings.displayName()
                            + " is a cluster of " + collections.nodes().size() + " nodes",
                    "Restore it on a single server. To move to a cluster, make the backup with "
                            + QdrantSettings.MODE.name() + "=scroll"));
        }
        if (form == ArchiveForm.SHARDS && !collections.nodes().isComplete()) {
            return Optional.of(new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive contains snapshots of shards, which are written to the nodes that have them, but "
                            + settings.displayName() + " is only one of the "
                            + collections.nodes().size()
                            + " nodes of a cluster",
                    "Set " + QdrantSettings.URLS.name() + " to the REST URLs of all nodes"));
        }
        return Optional.empty();
    }

    private static boolean isVersionKnown(StoreInfo archived) {
        return !archived.version().equals(ToolSnapshots.UNKNOWN_VERSION);
    }

    @Override
    public List<String> warnings(StoreInfo archived, long records, long bytes) {
        List<String> warnings = new ArrayList<>();
        if (!isVersionKnown(archived) && archived.form().equals(ArchiveForm.SNAPSHOT.id())) {
            warnings.add("The archive does not say which version of Qdrant made its snapshots. "
                    + collections.displayName() + " has version " + collections.version()
                    + "; if it refuses a snapshot, the restore is rolled back.");
        }
        ArchiveRequirements.ofArchive(archived).warning(collections).ifPresent(warnings::add);
        return warnings;
    }

    private static String describe(Tenant tenant) {
        return tenant.sharesCollections()
                ? "the points with " + tenant.displayName() + " of shared collections"
                : "whole collections";
    }

    @Override
    public void restore(EntrySource source, RecordHandler records, Progress progress) throws IOException {
        Preflight.requireNone(compatibilityProblems(source.archived()));
        http.checkAborted();
        renaming = CollectionRenaming.ofArchive(source.archived());
        switch (ArchiveForm.of(source.archived())) {
            case SNAPSHOT -> restoreSnapshots(source, records, ProgressMeter.ofBytes(progress, http::checkAborted));
            case SHARDS -> restoreShards(source, records, ProgressMeter.ofBytes(progress, http::checkAborted));
            case SCROLL ->
                restorePoints(source, records, ProgressMeter.ofRecords(progress, "points", http::checkAborted));
        }
        http.checkAborted();
    }

    /** Reads renamed snapshots under their original names, because nobody can decode them to compute another digest. */
    @Override
    public boolean readBack(RecordHandler handler, Progress progress) throws IOException {
        if (renaming.isEmpty()) {
            return false;
        }
        ProgressMeter meter = ProgressMeter.ofRecords(progress, "points", http::checkAborted);
        new QdrantRecords(handler, meter, settings.tenant(), collections.nodes().isCluster())
                .addAll(collections, renaming.get()::original);
        return true;
    }

    @Override
    public void clear() {
        if (settings.tenant().sharesCollections()) {
            shared.clear();
        } else {
            writer.clear();
        }
    }

    /**
     * Restores the snapshots and counts their points. Marks the records as opaque: for the proof, the engine reads them
     * from the server.
     */
    private void restoreSnapshots(EntrySource source, RecordHandler records, ProgressMeter meter) throws IOException {
        List<Item> items;
        try (SnapshotUploads uploads = new SnapshotUploads(http, writer, records, meter)) {
            items = SnapshotFiles.read(source, (entry, content) -> {
                requireScope(entry.name());
                uploads.send(entry, content);
            });
            uploads.applyPending();
        }
        writer.deleteAllExcept(items.stream().map(Item::name).toList());
        DefinitionComparison comparison =
                new DefinitionComparison(collections, source.archived().version());
        Map<String, Long> points = new TreeMap<>();
        for (Item item : items) {
            writer.createAliases(item.collection());
            writer.setWhatCreationCannot(item.collection());
            comparison.check(item.collection()).ifPresent(records::warn);
            long found = collections.count(item.name());
            if (item.points() >= 0) {
                requireCount(item.name(), item.points(), found);
            }
            points.put(item.name(), found);
        }
        records.markOpaque(new StoreCounts(points));
    }

    private void restoreShards(EntrySource source, RecordHandler records, ProgressMeter meter) throws IOException {
        DefinitionComparison comparison =
                new DefinitionComparison(collections, source.archived().version());
        Map<String, Long> points = new TreeMap<>();
        try (ShardRestore restore = new ShardRestore(collections, writer, records, meter, this::requireScope)) {
            Collection<ShardFiles.Collection> restored = ShardFiles.read(source, restore);
            restore.applyPending();
            writer.deleteAllExcept(
                    restored.stream().map(ShardFiles.Collection::name).toList());
            for (ShardFiles.Collection collection : restored) {
                restore.awaitReplicas(collection);
                writer.createAliases(collection.definition());
                writer.setLimits(collection.definition());
                comparison.check(collection.definition()).ifPresent(records::warn);
                points.put(collection.name(), collections.count(collection.name()));
            }
        }
        records.markOpaque(new StoreCounts(points));
    }

    private void restorePoints(EntrySource source, RecordHandler handler, ProgressMeter meter) throws IOException {
        PointRestorer restorer = new PointRestorer(new QdrantRecords(
                handler, meter, settings.tenant(), collections.nodes().isCluster()));
        Set<String> names = ScrollReader.read(source, restorer);
        Optional<Replicas> replicas =
                collections.nodes().isCluster() && collections.nodes().isComplete()
                        ? Optional.of(new Replicas(collections))
                        : Optional.empty();
        boolean isShared = settings.tenant().sharesCollections();
        if (isShared) {
            shared.deletePointsExcept(names);
            if (replicas.isPresent()) {
                names.forEach(replicas.get()::awaitActive);
            }
        } else {
            writer.deleteAllExcept(names);
        }
        DefinitionComparison comparison =
                new DefinitionComparison(collections, source.archived().version());
        for (CollectionDefinition collection : restorer.created) {
            if (!isShared) {
                if (replicas.isPresent()) {
                    replicas.get().awaitEqual(collection.name());
                }
                writer.createAliases(collection);
            }
            writer.setLimits(collection);
            comparison.check(collection).ifPresent(handler::warn);
        }
    }

    /** Recreates collections, or empties the tenant's part of them, and writes the points. */
    private final class PointRestorer implements PointReceiver {
        private final QdrantRecords records;
        private final List<CollectionDefinition> created = new ArrayList<>();
        private PointUpserts upserts;
        private CollectionDefinition current;
        private Float16Cosine float16;

        PointRestorer(QdrantRecords records) {
            this.records = records;
        }

        @Override
        public void begin(CollectionDefinition collection) throws IOException {
            requireScope(collection.name());
            records.begin(collection);
            current = collection;
            float16 = new Float16Cosine(collection);
            if (settings.tenant().sharesCollections()) {
                Optional<CollectionDefinition> present = shared.prepare(collection);
                if (present.isEmpty()) {
                    created.add(collection);
                }
                int batch = present.map(each -> each.batchSize(PointUpserts.MAX_BATCH_POINTS))
                        .orElse(PointUpserts.MAX_BATCH_POINTS);
                upserts = new PointUpserts(
                        http, collection.name(), batch, (ids, key) -> shared.requireFree(collection.name(), ids, key));
            } else {
                writer.recreate(collection);
                created.add(collection);
                upserts = new PointUpserts(http, collection.name(), PointUpserts.MAX_BATCH_POINTS, (ids, key) -> {});
            }
        }

        @Override
        public void add(Point point) throws IOException {
            shared.requireOwn(current.name(), point);
            requireWritable(point);
            upserts.add(float16.forWriting(point));
            records.add(point);
        }

        private void requireWritable(Point point) {
            if (collections.nodes().isCluster() && LargeNumbers.areIntegersIn(point.payload())) {
                throw new BackupException(
                        Kind.INCOMPATIBLE,
                        "The archive's point " + point.id() + " of \"" + current.name()
                                + "\" has an integer from 2^63 on in its payload. The nodes of "
                                + settings.displayName()
                                + " would round it when they pass it on",
                        "Restore the archive on a single server");
            }
        }

        @Override
        public void end() throws IOException {
            long sent = upserts.finish();
            records.end();
            requireCount(current.name(), sent, collections.count(current.name()));
        }
    }

    private void requireScope(String collection) {
        if (!settings.includes(collection)) {
            throw QdrantErrors.corrupt(
                    "The archive contains a collection \"" + collection + "\" outside its own scope");
        }
    }

    private void requireCount(String collection, long archived, long found) {
        if (archived != found) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "After the restore, the collection \"" + collection + "\" at " + collections.displayName() + " has "
                            + found + " points, but the archive has " + archived,
                    "Make sure that nothing writes to Qdrant during the restore, and try again");
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
