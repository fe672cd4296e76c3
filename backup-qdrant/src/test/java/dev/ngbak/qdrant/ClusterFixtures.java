package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.testkit.QdrantCluster;
import dev.ngbak.testkit.QdrantServer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Collections of a cluster for tests. */
final class ClusterFixtures {

    /** Timeouts after which a test gives up waiting for a dead node. */
    static final Timeouts PATIENT =
            new Timeouts(Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofMillis(200));

    private static final int BATCH = 500;

    private ClusterFixtures() {}

    /** Creates a collection with the points of {@link Fixtures#fill}, and waits until all replicas are active. */
    static void fill(QdrantCluster cluster, String collection, String parameters, int points, long seed)
            throws IOException {
        QdrantServer node = cluster.node(0);
        Fixtures.create(node, collection, parameters);
        cluster.awaitSettled(collection);
        Random random = new Random(seed);
        List<ObjectNode> all = new ArrayList<>();
        for (int i = 0; i < points; i++) {
            all.add(Fixtures.point(random, i));
        }
        upsert(node, collection, all, null);
        cluster.awaitSettled(collection);
    }

    /**
     * Creates a collection with custom sharding, in which the two keys have points with the same ids. The ids of the shards do
     * not begin with the first one, because another key was deleted.
     */
    static void fillKeyed(QdrantCluster cluster, String collection, int points, long seed) throws IOException {
        QdrantServer node = cluster.node(0);
        Fixtures.create(node, collection, ClusterContract.KEYED);
        cluster.awaitSettled(collection);
        String path = "/collections/" + collection + "/shards";
        node.call("PUT", path + "?timeout=60", "{\"shard_key\":\"gone\",\"shards_number\":2,\"replication_factor\":1}");
        node.call("PUT", path + "?timeout=60", "{\"shard_key\":\"7\",\"shards_number\":2,\"replication_factor\":2}");
        node.call("PUT", path + "?timeout=60", "{\"shard_key\":7,\"shards_number\":1,\"replication_factor\":1}");
        node.call("POST", path + "/delete?timeout=60", "{\"shard_key\":\"gone\"}");
        writeAgain(cluster, collection, points, seed);
        cluster.awaitSettled(collection);
    }

    /** Writes the points of {@link #fillKeyed}, which exist already. */
    static void writeAgain(QdrantCluster cluster, String collection, int points, long seed) throws IOException {
        Random random = new Random(seed);
        List<ObjectNode> texts = new ArrayList<>();
        List<ObjectNode> numbers = new ArrayList<>();
        for (int i = 0; i < points; i++) {
            ObjectNode point = Fixtures.point(random, i);
            if (i % 2 == 0) {
                texts.add(point);
            } else {
                point.set("id", texts.get(texts.size() - 1).path("id"));
                numbers.add(point);
            }
        }
        upsert(cluster.node(0), collection, texts, new ShardKey("7", false));
        upsert(cluster.node(0), collection, numbers, new ShardKey("7", true));
    }

    private static void upsert(QdrantServer node, String collection, List<ObjectNode> points, ShardKey key)
            throws IOException {
        for (int from = 0; from < points.size(); from += BATCH) {
            ObjectNode batch = Json.object();
            batch.putArray("points").addAll(points.subList(from, Math.min(points.size(), from + BATCH)));
            if (key != null) {
                key.restrict(batch);
            }
            node.call("PUT", "/collections/" + collection + "/points?wait=true", batch.toString());
        }
    }

    /**
     * Returns the definitions, aliases and points of all collections with a prefix, the number of points in each replica, and
     * the snapshots that the nodes keep.
     */
    static Map<String, Object> contents(QdrantCluster cluster, String prefix) throws IOException {
        QdrantServer node = cluster.node(0);
        Map<String, Object> contents = new TreeMap<>(Fixtures.contents(node, prefix));
        for (String name : List.copyOf(contents.keySet())) {
            if (contents.containsKey(name + "/config")) {
                addShards(cluster, name, contents);
            }
        }
        return contents;
    }

    private static void addShards(QdrantCluster cluster, String name, Map<String, Object> contents) throws IOException {
        Map<String, Long> replicas = new TreeMap<>();
        Map<String, Long> points = new TreeMap<>();
        Map<String, JsonNode> keys = new TreeMap<>();
        int snapshots = 0;
        for (int i = 0; i < cluster.nodes().size(); i++) {
            for (JsonNode replica : cluster.shards(i, name).path("local_shards")) {
                String id = replica.path("shard_id").asText();
                JsonNode key = replica.path("shard_key");
                keys.put(key.toString(), key);
                // A restore of points does not keep the ids of the shards of a key.
                String shard = key.isMissingNode() ? id : "key " + key;
                replicas.merge(shard, 1L, Long::sum);
                points.merge(shard, replica.path("points_count").asLong(), Long::sum);
                snapshots += cluster.node(i)
                        .call("GET", "/collections/" + name + "/shards/" + id + "/snapshots", null)
                        .path("result")
                        .size();
            }
        }
        contents.put(name + "/replicas", replicas);
        contents.put(name + "/points in replicas", points);
        contents.put(name + "/shard snapshots", snapshots);
        for (JsonNode key : keys.values()) {
            if (!key.isMissingNode()) {
                contents.remove(name); // A point of one key may hide that of another.
                contents.put(name + "/points of " + key, points(cluster.node(0), name, key));
            }
        }
    }

    /** Starts to move a shard to another node. */
    static void moveShard(QdrantCluster cluster, String collection, int shard) throws IOException {
        int from = cluster.nodeOf(collection, shard);
        cluster.node(0)
                .call(
                        "POST",
                        "/collections/" + collection + "/cluster",
                        "{\"move_shard\":{\"shard_id\":" + shard + ",\"from_peer_id\":" + cluster.peer(from)
                                + ",\"to_peer_id\":" + cluster.peer((from + 1) % 3) + "}}");
    }

    /** Returns the points of a shard key. */
    static Map<String, JsonNode> points(QdrantServer node, String name, JsonNode key) throws IOException {
        Map<String, JsonNode> points = new TreeMap<>();
        node.call(
                        "POST",
                        "/collections/" + name + "/points/scroll",
                        "{\"limit\":100000,\"with_payload\":true,\"with_vector\":true,\"shard_key\":" + key + "}")
                .path("result")
                .path("points")
                .forEach(point -> points.put(point.path("id").asText(), point));
        return points;
    }
}
