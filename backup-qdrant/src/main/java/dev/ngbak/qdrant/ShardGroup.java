package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.support.SafeText;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The shards of one shard key. On which nodes they are is not a part of it, because another cluster has other nodes.
 *
 * @param firstId the id of the first shard; the others follow it. The server computes the shard of a point from the ids
 * @param shards their number
 * @param replicas the number of replicas of each shard
 */
record ShardGroup(ShardKey key, long firstId, int shards, int replicas) {

    /** Returns the keys of a collection on the server, in the order of their shards. */
    static List<ShardGroup> of(Shards shards) {
        List<ShardGroup> groups = new ArrayList<>();
        shards.byKey()
                .forEach((key, own) -> groups.add(new ShardGroup(
                        key,
                        own.get(0).id(),
                        own.size(),
                        own.stream()
                                .mapToInt(shard -> shard.replicas().size())
                                .max()
                                .orElse(1))));
        return groups;
    }

    /** Reads what {@link #writeTo} wrote. */
    static List<ShardGroup> ofArchive(JsonNode archived) {
        List<ShardGroup> groups = new ArrayList<>();
        for (JsonNode each : archived) {
            ShardKey key = ShardKey.of(each.path(ShardKey.MEMBER))
                    .orElseThrow(() -> QdrantErrors.corrupt("The archive contains an invalid shard key: "
                            + SafeText.quoted(each.path(ShardKey.MEMBER).toString())));
            groups.add(new ShardGroup(
                    key,
                    each.path("first_shard").asLong(),
                    Math.max(1, each.path("shards_number").asInt(1)),
                    Math.max(1, each.path("replication_factor").asInt(1))));
        }
        return groups;
    }

    void writeTo(ObjectNode archived) {
        key.restrict(archived)
                .put("first_shard", firstId)
                .put("shards_number", shards)
                .put("replication_factor", replicas);
    }

    /** Returns whether the ids of the shards matter, because a point belongs to one of several. */
    private boolean needsIds() {
        return shards > 1;
    }

    /**
     * Returns the groups to create so that those with several shards get their ids: the given groups, and fillers for ids that
     * no longer exist. The server gives the id 1 to the first shard, and to each other the next one.
     */
    static List<ShardGroup> withFillers(List<ShardGroup> groups) {
        List<ShardGroup> all = new ArrayList<>();
        long next = 1;
        for (ShardGroup group : groups) {
            if (group.needsIds() && group.firstId > next) {
                ShardKey filler = new ShardKey("ngbak-" + UUID.randomUUID(), false);
                all.add(new ShardGroup(filler, next, (int) (group.firstId - next), 1));
                next = group.firstId;
            }
            all.add(group);
            next += group.shards;
        }
        return all;
    }

    /** Returns the body of the request that creates the key and its shards. */
    ObjectNode creation() {
        return key.restrict(Json.object()).put("shards_number", shards).put("replication_factor", replicas);
    }
}
