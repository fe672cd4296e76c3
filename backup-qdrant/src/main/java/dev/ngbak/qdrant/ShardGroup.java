package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.support.SafeText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The shards of one shard key. On which nodes they are is not a part of it, because another cluster has other nodes.
 *
 * @param firstId the id of the first shard; the others follow it. The server computes the shard of a point from the ids
 * @param shards their number
 * @param replicas the number of replicas of each shard
 */
record ShardGroup(ShardKey key, long firstId, int shards, int replicas) {

    /** The number of shards of deleted keys that a restore is willing to create and delete again before a key. */
    private static final int MAX_FILLERS = 64;

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

    /**
     * Returns the groups to create so that those with several shards get their ids: the given groups, and fillers for ids that
     * no longer exist. The server gives the id 1 to the first shard, and to each other the next one. It computes from the ids to
     * which of several shards a point belongs; the id of a single shard does not matter.
     */
    static List<ShardGroup> withFillers(List<ShardGroup> groups) {
        List<ShardGroup> all = new ArrayList<>();
        long next = 1;
        for (ShardGroup group : groups) {
            long missing = group.missing(next);
            if (missing > 0) {
                ShardKey filler = new ShardKey("ngbak-" + UUID.randomUUID(), false);
                all.add(new ShardGroup(filler, next, Math.toIntExact(missing), 1));
            }
            all.add(group);
            next += missing + group.shards;
        }
        return all;
    }

    /** Returns how many ids a filler must take before this group, if the server would give it this id. */
    private long missing(long next) {
        return shards > 1 ? firstId - next : 0;
    }

    /** Returns whether shards with these ids and keys can be created again: they are those of the groups, with few fillers. */
    static boolean canBeCreated(List<ShardGroup> groups, Map<Long, Optional<ShardKey>> shards) {
        Map<Long, Optional<ShardKey>> expected = new HashMap<>();
        long next = 1;
        for (ShardGroup group : groups) {
            long missing = group.missing(next);
            if (group.shards > shards.size() || missing < 0 || missing > MAX_FILLERS) {
                return false;
            }
            for (long id = group.firstId; id < group.firstId + group.shards; id++) {
                expected.put(id, Optional.of(group.key));
            }
            next += missing + group.shards;
        }
        return expected.equals(shards);
    }

    /** Returns the body of the request that creates the key and its shards. */
    ObjectNode creation() {
        return key.restrict(Json.object()).put("shards_number", shards).put("replication_factor", replicas);
    }
}
