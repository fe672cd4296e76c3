package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The shards of a collection and their replicas, as one node sees them.
 *
 * @param all by ascending id
 * @param moves descriptions of transfers and resharding operations in progress
 */
record Shards(List<Shard> all, List<String> moves) {

    /**
     * A shard.
     *
     * @param key empty if the server assigns points to shards by their ids
     * @param replicas the state of each replica by the id of its peer
     */
    record Shard(long id, Optional<ShardKey> key, Map<Long, String> replicas) {

        /** Returns the peers whose replicas are active, in ascending order. */
        List<Long> active() {
            return replicas.entrySet().stream()
                    .filter(replica -> replica.getValue().equals("Active"))
                    .map(Map.Entry::getKey)
                    .toList();
        }
    }

    /** Reads the answer to {@code GET /collections/{name}/cluster}. */
    static Shards of(JsonNode answer) {
        Map<Long, Shard> shards = new TreeMap<>();
        answer.path("local_shards")
                .forEach(replica -> add(shards, replica, answer.path("peer_id").asLong()));
        answer.path("remote_shards")
                .forEach(replica -> add(shards, replica, replica.path("peer_id").asLong()));
        List<String> moves = new ArrayList<>();
        answer.path("shard_transfers")
                .forEach(move -> moves.add("shard " + move.path("shard_id") + " is being transferred from peer "
                        + move.path("from") + " to peer " + move.path("to")));
        answer.path("resharding_operations")
                .forEach(move -> moves.add("the collection is being resharded (shard " + move.path("shard_id") + ")"));
        return new Shards(List.copyOf(shards.values()), moves);
    }

    private static void add(Map<Long, Shard> shards, JsonNode replica, long peer) {
        long id = replica.path("shard_id").asLong();
        shards.computeIfAbsent(id, any -> new Shard(id, ShardKey.of(replica.path(ShardKey.MEMBER)), new TreeMap<>()))
                .replicas()
                .put(peer, replica.path("state").asText());
    }

    /** Returns the shards of each key in the order of their ids; nothing for shards without a key. */
    Map<ShardKey, List<Shard>> byKey() {
        Map<ShardKey, List<Shard>> keys = new LinkedHashMap<>();
        all.forEach(shard -> shard.key()
                .ifPresent(key ->
                        keys.computeIfAbsent(key, any -> new ArrayList<>()).add(shard)));
        return keys;
    }

    /** Returns the shard with an id, which must exist. */
    Shard shard(long id) {
        return all.stream().filter(shard -> shard.id() == id).findFirst().orElseThrow();
    }

    /** Returns whether the other shards have the same ids and keys, wherever their replicas are. */
    boolean hasSameShards(Shards other) {
        return identities().equals(other.identities());
    }

    /** Returns whether the same peers have replicas of the same shards. */
    boolean hasSameReplicas(Shards other) {
        return hasSameShards(other) && peers().equals(other.peers());
    }

    private List<Set<Long>> peers() {
        return all.stream().map(shard -> shard.replicas().keySet()).toList();
    }

    private List<Object> identities() {
        return all.stream()
                .map(shard -> (Object) List.of(shard.id(), shard.key()))
                .toList();
    }
}
