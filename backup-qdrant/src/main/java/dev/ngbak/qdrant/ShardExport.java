package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.qdrant.Shards.Shard;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Exports the collections of a cluster as native snapshots, one for each shard, from a replica that is active. */
final class ShardExport {

    private final QdrantCollections collections;
    private final Replicas replicas;
    private final PointForm form;
    private final ProgressMeter meter;
    private final List<String> warnings;

    ShardExport(QdrantCollections collections, ProgressMeter meter, List<String> warnings) {
        this.collections = collections;
        this.replicas = new Replicas(collections);
        this.form = new PointForm(collections.settings());
        this.meter = meter;
        this.warnings = warnings;
    }

    /** @throws BackupException {@code INCOMPATIBLE} if the collection got other shards meanwhile */
    void export(String name, EntrySink sink) throws IOException {
        Shards shards = replicas.awaitRest(name);
        CollectionDefinition definition = collections.definition(name);
        form.requireKnown(definition);
        requireRestorable(definition, shards);
        ShardFiles.writeDefinition(sink, definition, shards, points(name));
        for (Shard shard : shards.all()) {
            // A shard that has moved meanwhile is read where it is now.
            Shards now = requireSame(name, shards, replicas.awaitRest(name));
            export(name, now.shard(shard.id()), sink);
        }
        requireSame(name, shards, collections.shards(name));
        form.requireUnchanged(definition, collections);
    }

    private Shards requireSame(String name, Shards before, Shards now) {
        if (before.hasSameShards(now)) {
            return now;
        }
        throw new BackupException(
                Kind.INCOMPATIBLE,
                "The collection \"" + name + "\" at " + collections.displayName()
                        + " got other shards during the backup",
                "Do not change shard keys or the number of shards during a backup, and try again");
    }

    private void export(String name, Shard shard, EntrySink sink) throws IOException {
        // Spreads the work: with the same replica for all shards, one node would do everything.
        List<Long> active = shard.active();
        QdrantHttp node = collections.nodes().node(active.get((int) (shard.id() % active.size())));
        Snapshots snapshots = Snapshots.ofShard(node, name, shard.id());
        snapshots.withNew(warnings, snapshot -> {
            meter.expect(snapshot.size());
            sink.put(name, ShardFiles.suffix(shard.id()), out -> snapshots.download(snapshot, out, meter));
            meter.flush();
        });
    }

    /** Returns the number of points of each shard. */
    private Map<Long, Long> points(String name) {
        Map<Long, Long> points = new TreeMap<>();
        for (QdrantHttp node : collections.nodes().all()) {
            QdrantHttp.Reply reply = node.getReply(QdrantHttp.path(name) + "/cluster");
            if (!reply.isNotFound()) { // Otherwise the node does not know a new collection yet.
                for (JsonNode shard : node.result(reply).path("local_shards")) {
                    points.put(
                            shard.path("shard_id").asLong(),
                            shard.path("points_count").asLong());
                }
            }
        }
        return points;
    }

    /** Refuses a collection whose shards a restore could not create with the same ids. */
    private void requireRestorable(CollectionDefinition definition, Shards shards) {
        Map<Long, Optional<ShardKey>> keys = new TreeMap<>();
        shards.all().forEach(shard -> keys.put(shard.id(), shard.key()));
        if (!ShardFiles.canBeCreated(definition, keys)) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The shards of the collection \"" + definition.name() + "\" at " + collections.displayName()
                            + " have numbers that a restore could not give them again, because shards were added or"
                            + " deleted",
                    "Set " + QdrantSettings.MODE.name() + "=scroll, which does not depend on the numbers");
        }
    }
}
