package dev.ngbak.qdrant;

import dev.ngbak.qdrant.ShardFiles.Collection;
import dev.ngbak.qdrant.Shards.Shard;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Restores the snapshots of shards: creates each collection, uploads each shard to one of its replicas, and lets the server
 * copy it to the others. A snapshot takes effect only after the archive has verified it: the end of its upload is sent when the
 * next file is visited, or at the end.
 */
final class ShardRestore implements ShardFiles.Receiver, AutoCloseable {

    private final QdrantCollections collections;
    private final CollectionWriter writer;
    private final Replicas replicas;
    private final RecordHandler records;
    private final ProgressMeter meter;
    private final Consumer<String> scopeCheck;
    private Shards shards;
    private SnapshotUpload pending;

    /**
     * @param records receives warnings
     * @param scopeCheck receives the name of each collection before it is replaced
     */
    ShardRestore(
            QdrantCollections collections,
            CollectionWriter writer,
            RecordHandler records,
            ProgressMeter meter,
            Consumer<String> scopeCheck) {
        this.collections = collections;
        this.writer = writer;
        this.replicas = new Replicas(collections);
        this.records = records;
        this.meter = meter;
        this.scopeCheck = scopeCheck;
    }

    @Override
    public void collection(Collection collection) {
        applyPending();
        CollectionDefinition definition = collection.definition();
        scopeCheck.accept(definition.name());
        writer.recreateWithShardIds(definition);
        shards = collections.shards(definition.name());
        for (long id : collection.keys().keySet()) {
            if (shard(collection, id).isEmpty()) {
                throw new BackupException(
                        Kind.INCOMPATIBLE,
                        collections.displayName() + " gave shard " + id + " of the collection \"" + definition.name()
                                + "\" another number than it has in the archive",
                        "Restore the archive on a server of the version that made it, or restore an archive made with "
                                + QdrantSettings.MODE.name() + "=scroll");
            }
        }
    }

    /** Returns the shard on the server that corresponds to one in the archive. The id of the only shard of a key may differ. */
    private Optional<Shard> shard(Collection collection, long id) {
        Optional<ShardKey> key = collection.keys().get(id);
        List<Shard> ofKey =
                shards.all().stream().filter(shard -> shard.key().equals(key)).toList();
        boolean isOnly = key.isPresent()
                && collection.keys().values().stream().filter(key::equals).count() == 1;
        return ofKey.stream()
                .filter(shard -> shard.id() == id || (isOnly && ofKey.size() == 1))
                .findFirst();
    }

    @Override
    public void shard(Collection collection, long id, EntrySource.Entry entry, InputStream content) throws IOException {
        applyPending();
        Shard shard = shard(collection, id).orElseThrow();
        QdrantHttp node = collections.nodes().node(shard.active().get(0));
        meter.expect(entry.size());
        pending = new SnapshotUpload(node, Snapshots.shardPath(entry.name(), shard.id()), entry.size());
        pending.send(content, meter);
        meter.flush();
    }

    /** Lets the server recover the last snapshot. */
    void applyPending() {
        if (pending == null) {
            return;
        }
        try (SnapshotUpload upload = pending) {
            upload.finish();
        } catch (BrokenConnectionException e) {
            throw pending.connectionLost(e);
        } finally {
            pending = null;
        }
    }

    /** Waits until all replicas of a collection are active and equal, and warns of shards that have lost points. */
    void awaitReplicas(Collection collection) {
        String name = collection.definition().name();
        Map<Long, Long> found = replicas.awaitEqual(name);
        shards = collections.shards(name);
        Map<Long, String> differences = new TreeMap<>();
        collection.points().forEach((id, archived) -> {
            long now = shard(collection, id)
                    .map(shard -> found.getOrDefault(shard.id(), 0L))
                    .orElse(0L);
            if (now != archived) {
                differences.put(id, "shard " + id + " has " + now + " points and had " + archived);
            }
        });
        if (!differences.isEmpty()) {
            records.warn("The collection \"" + name + "\" has other numbers of points than when its backup began: "
                    + String.join(", ", differences.values())
                    + ". This is right only if it was written to during the backup.");
        }
    }

    @Override
    public void close() {
        if (pending != null) {
            pending.close();
            pending = null;
        }
    }
}
