package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.qdrant.Shards.Shard;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Waits until the replicas of a collection on the nodes of a cluster are in a state that a backup or a restore needs. */
final class Replicas {

    private static final int FASTER = 32;

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
                        "Start the nodes of these peers, and wait until the cluster has repaired the shard. If they are lost,"
                                + " delete the collection");
            }
        }
        return shards;
    }

    /** Waits until no node knows a collection that was just deleted. Nodes follow each other with a delay. */
    void awaitDeleted(String collection) {
        await(collection, "deleted", Goal.DELETED);
    }

    /**
     * Does the same as {@link #awaitActive} for a collection that was just created. A write before that would fail.
     */
    void awaitCreated(String collection) {
        await(collection, "created", Goal.ACTIVE);
    }

    /** Waits until every node knows the same shards of a collection, and all their replicas are active. */
    void awaitActive(String collection) {
        await(collection, "replicated", Goal.ACTIVE);
    }

    /**
     * Waits until the replicas of every shard are active and have the same number of points. The server copies a shard to its
     * other replicas by itself after one of them was written.
     *
     * @return the number of points of each shard
     */
    Map<Long, Long> awaitEqual(String collection) {
        return await(collection, "replicated", Goal.EQUAL).counts();
    }

    private enum Goal {
        DELETED,
        ACTIVE,
        EQUAL
    }

    private State await(String collection, String word, Goal goal) {
        long limit = System.nanoTime() + timeouts.operation().toNanos();
        long idleLimit = System.nanoTime() + timeouts.idle().toNanos();
        Optional<String> last = Optional.empty();
        // Most changes of a cluster take effect much sooner than after the usual interval.
        Duration pause = timeouts.poll().dividedBy(FASTER);
        while (true) {
            State state = state(collection, goal);
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
                                + word + ": " + String.join("; ", state.problems()),
                        "Check the logs of these nodes, and try again when the cluster is healthy");
            }
            http.pause(pause);
            pause = pause.compareTo(timeouts.poll()) < 0 ? pause.multipliedBy(2) : timeouts.poll();
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

    private State state(String collection, Goal goal) {
        Set<String> problems = new LinkedHashSet<>();
        Map<Long, Map<Long, Long>> counts = new TreeMap<>();
        Shards first = new Shards(List.of(), List.of());
        for (QdrantHttp node : collections.nodes().all()) {
            QdrantHttp.Reply reply = node.getReply(QdrantHttp.path(collection) + "/cluster");
            if (reply.isNotFound() != (goal == Goal.DELETED)) {
                problems.add(node.displayName() + (goal == Goal.DELETED ? " still has it" : " does not know it yet"));
            } else if (goal != Goal.DELETED) {
                JsonNode answer = node.result(reply);
                Shards shards = Shards.of(answer);
                first = node == http ? shards : first;
                addProblems(shards, problems);
                if (!shards.hasSameReplicas(first)) {
                    problems.add(node.displayName() + " does not know all replicas yet");
                }
                addCounts(answer, counts);
            }
        }
        if (goal == Goal.ACTIVE && !collections.nodes().isComplete()) {
            // The nodes that cannot be asked must at least answer the first one.
            ObjectNode exact = Json.object().put("exact", true);
            if (!http.queryReply(QdrantHttp.path(collection) + "/points/count", exact)
                    .isSuccess()) {
                problems.add("some nodes do not know it yet");
            }
        }
        if (goal == Goal.EQUAL) {
            counts.forEach((shard, byPeer) -> {
                if (Set.copyOf(byPeer.values()).size() > 1) {
                    problems.add("the replicas of shard " + shard + " have different numbers of points (by peer: "
                            + byPeer + ")");
                }
            });
        }
        Map<Long, Long> points = new TreeMap<>();
        counts.forEach(
                (shard, byPeer) -> points.put(shard, byPeer.values().iterator().next()));
        return new State(first, points, List.copyOf(problems));
    }

    private static void addProblems(Shards shards, Set<String> problems) {
        problems.addAll(shards.moves());
        shards.all().forEach(shard -> {
            if (shard.active().size() < shard.replicas().size()) {
                problems.add("shard " + shard.id() + " has replicas that are not active (" + describe(shard) + ")");
            }
        });
    }

    private static void addCounts(JsonNode answer, Map<Long, Map<Long, Long>> counts) {
        answer.path("local_shards")
                .forEach(local -> counts.computeIfAbsent(local.path("shard_id").asLong(), any -> new TreeMap<>())
                        .put(
                                answer.path("peer_id").asLong(),
                                local.path("points_count").asLong()));
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
