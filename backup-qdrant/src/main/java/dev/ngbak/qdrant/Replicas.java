package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.qdrant.Shards.Shard;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Waits until the replicas of a collection on the nodes of a cluster are in a state that a backup or a restore needs. */
final class Replicas {

    private final QdrantCollections collections;
    private final QdrantHttp http;
    private final Timeouts timeouts;

    Replicas(QdrantCollections collections) {
        this.collections = collections;
        this.http = collections.http();
        this.timeouts = http.timeouts();
    }

    /**
     * Waits until no shard of a collection is being moved.
     *
     * @return its shards, each with an active replica
     * @throws BackupException {@code SOURCE_CHANGED} if shards are still being moved after the idle timeout; {@code
     *     UNREACHABLE} if a shard has no active replica
     */
    Shards awaitRest(String collection) {
        long deadline = System.nanoTime() + timeouts.idle().toNanos();
        Shards shards = collections.shards(collection);
        while (!shards.moves().isEmpty()) {
            if (System.nanoTime() > deadline) {
                throw new BackupException(
                        Kind.SOURCE_CHANGED,
                        "Shards of the collection \"" + collection + "\" at " + collections.displayName()
                                + " are being moved: " + String.join("; ", shards.moves())
                                + ". Snapshots could contain points twice or not at all",
                        "Try again when the cluster is at rest, or set " + QdrantSettings.MODE.name()
                                + "=scroll, which reads the points from wherever they are");
            }
            http.pause(timeouts.poll());
            shards = collections.shards(collection);
        }
        for (Shard shard : shards.all()) {
            if (shard.active().isEmpty()) {
                throw new BackupException(
                        Kind.UNREACHABLE,
                        "No replica of shard " + shard.id() + " of the collection \"" + collection + "\" at "
                                + collections.displayName() + " is active (" + describe(shard) + ")",
                        "Start the nodes of these peers, and wait until the cluster has repaired the shard");
            }
        }
        return shards;
    }

    /** Waits until every node knows all shards of a collection that was just created, and all their replicas are active. */
    Shards awaitCreated(String collection) {
        return await(collection, "created", false).shards();
    }

    /**
     * Waits until the replicas of every shard are active and have the same number of points. The server copies a shard to its
     * other replicas by itself after one of them was written.
     *
     * @return the number of points of each shard
     */
    Map<Long, Long> awaitEqual(String collection) {
        return await(collection, "replicated", true).counts();
    }

    private State await(String collection, String goal, boolean compareCounts) {
        long limit = System.nanoTime() + timeouts.operation().toNanos();
        long idleLimit = System.nanoTime() + timeouts.idle().toNanos();
        Optional<String> last = Optional.empty();
        while (true) {
            State state = state(collection, compareCounts);
            if (state.problems().isEmpty()) {
                return state;
            }
            Optional<String> now = Optional.of(state.toString());
            if (!now.equals(last) || !state.shards().moves().isEmpty()) {
                idleLimit = System.nanoTime() + timeouts.idle().toNanos();
                last = now;
            }
            if (System.nanoTime() > Math.min(limit, idleLimit)) {
                throw new BackupException(
                        Kind.UNREACHABLE,
                        "The collection \"" + collection + "\" at " + collections.displayName() + " was not completely "
                                + goal + ": " + String.join("; ", state.problems()),
                        "Check the logs of these nodes, and try again when the cluster is healthy");
            }
            http.pause(timeouts.poll());
        }
    }

    /**
     * What the nodes say about a collection.
     *
     * @param shards as the first node sees them
     * @param counts the number of points of each shard on one of its nodes
     * @param problems what is not as it should be
     */
    private record State(Shards shards, Map<Long, Long> counts, List<String> problems) {}

    private State state(String collection, boolean compareCounts) {
        List<String> problems = new ArrayList<>();
        Map<Long, Map<Long, Long>> byShard = new TreeMap<>();
        Shards shards = new Shards(List.of(), List.of());
        for (QdrantHttp node : collections.nodes().all()) {
            QdrantHttp.Reply reply = node.getReply(QdrantHttp.path(collection) + "/cluster");
            if (reply.isNotFound()) {
                problems.add(node.displayName() + " does not know the collection yet");
                continue;
            }
            JsonNode answer = node.result(reply);
            Shards seen = Shards.of(answer);
            if (node == http) {
                shards = seen;
            }
            problems.addAll(seen.moves());
            seen.all().forEach(shard -> {
                if (shard.active().size() < shard.replicas().size()) {
                    problems.add("shard " + shard.id() + " has replicas that are not active (" + describe(shard) + ")");
                }
            });
            answer.path("local_shards")
                    .forEach(local -> byShard.computeIfAbsent(
                                    local.path("shard_id").asLong(), any -> new TreeMap<>())
                            .put(
                                    answer.path("peer_id").asLong(),
                                    local.path("points_count").asLong()));
        }
        if (compareCounts) {
            byShard.forEach((shard, byPeer) -> {
                if (new HashSet<>(byPeer.values()).size() > 1) {
                    problems.add("the replicas of shard " + shard + " have different numbers of points (by peer: "
                            + byPeer + ")");
                }
            });
        }
        Map<Long, Long> counts = new TreeMap<>();
        byShard.forEach(
                (shard, byPeer) -> counts.put(shard, byPeer.values().iterator().next()));
        return new State(shards, counts, List.copyOf(new LinkedHashSet<>(problems)));
    }

    private static String describe(Shard shard) {
        StringBuilder text = new StringBuilder();
        shard.replicas()
                .forEach((peer, state) -> text.append(text.isEmpty() ? "" : ", ")
                        .append("peer ")
                        .append(peer)
                        .append(": ")
                        .append(state));
        return text.toString();
    }
}
