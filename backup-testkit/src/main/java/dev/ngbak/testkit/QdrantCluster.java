package dev.ngbak.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** A Qdrant cluster for tests: processes of the first program that {@code QDRANT_BIN} names. There is no double of it. */
public final class QdrantCluster implements AutoCloseable {

    private static final long TIMEOUT_MILLIS = 60_000;
    private static final String HOST = "http://127.0.0.1:";

    private final List<QdrantServer> nodes = new ArrayList<>();

    private QdrantCluster() {}

    /** Returns whether this machine has the program, so that a test can be skipped otherwise. */
    public static boolean isAvailable() {
        return !ServerPrograms.of(QdrantServer.PROGRAMS).isEmpty();
    }

    /** Starts a cluster, and waits until all nodes know each other. One node makes a cluster too. */
    public static QdrantCluster start(int size) throws IOException {
        Path program = ServerPrograms.of(QdrantServer.PROGRAMS).get(0);
        QdrantCluster cluster = new QdrantCluster();
        try {
            String first = null;
            for (int i = 0; i < size; i++) {
                int port = QdrantServer.freePort();
                List<String> options = new ArrayList<>(List.of("--uri", HOST + port));
                if (first != null) {
                    options.addAll(List.of("--bootstrap", first));
                } else {
                    first = HOST + port;
                }
                Map<String, String> variables = Map.of(
                        "QDRANT__CLUSTER__ENABLED", "true",
                        "QDRANT__CLUSTER__P2P__PORT", Integer.toString(port),
                        // A replica that lost its data is repaired within seconds instead of a minute.
                        "QDRANT__CLUSTER__CONSENSUS__TICK_PERIOD_MS", "100",
                        // Many small shards need not have large files.
                        "QDRANT__STORAGE__WAL__WAL_CAPACITY_MB", "1",
                        "QDRANT__STORAGE__OPTIMIZERS__DEFAULT_SEGMENT_NUMBER", "1");
                cluster.nodes.add(QdrantServer.startProgram(program, null, options, variables));
            }
            await(
                    "all nodes know each other",
                    () -> cluster.nodes.stream()
                            .allMatch(node ->
                                    state(node, "/cluster").path("peers").size() == size));
            return cluster;
        } catch (IOException | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    public QdrantServer node(int index) {
        return nodes.get(index);
    }

    public List<QdrantServer> nodes() {
        return List.copyOf(nodes);
    }

    /** Returns the id of a node. */
    public long peer(int index) throws IOException {
        return nodes.get(index)
                .call("GET", "/cluster", null)
                .path("result")
                .path("peer_id")
                .asLong();
    }

    /** Returns the settings that lead to the cluster. */
    public Settings settings() {
        String urls = nodes.stream().map(QdrantServer::url).collect(Collectors.joining(","));
        return Settings.of(Map.of(
                "QDRANT_URLS",
                urls,
                "QDRANT_GRPC_PORT",
                Integer.toString(nodes.get(0).grpcPort())));
    }

    /** Returns what {@code GET /collections/{name}/cluster} of a node returns; a missing node if it fails. */
    public JsonNode shards(int index, String collection) {
        return state(nodes.get(index), "/collections/" + collection + "/cluster");
    }

    /** Returns the index of a node that has an active replica of a shard. */
    public int nodeOf(String collection, long shard) {
        for (int i = 0; i < nodes.size(); i++) {
            for (JsonNode local : shards(i, collection).path("local_shards")) {
                if (local.path("shard_id").asLong() == shard
                        && local.path("state").asText().equals("Active")) {
                    return i;
                }
            }
        }
        throw new IllegalStateException("no node has an active replica of shard " + shard + " of " + collection);
    }

    /** Deletes a collection, and waits until no node knows it, because nodes follow each other with a delay. */
    public void drop(String collection) throws IOException {
        String request = "/collections/" + collection + "?timeout=30";
        try {
            nodes.get(0).call("DELETE", request, null);
        } catch (IOException e) {
            // The nodes elected another leader after one had been killed, and lost the request.
            nodes.get(0).call("DELETE", request, null);
        }
        await(
                "no node has " + collection,
                () -> nodes.stream()
                        .allMatch(node -> state(node, "/collections/" + collection + "/cluster")
                                .isMissingNode()));
    }

    /** Waits until no shard of a collection is being moved, and all replicas on all nodes are active. */
    public void awaitSettled(String collection) throws IOException {
        await("all replicas of " + collection + " are active", () -> {
            for (int i = 0; i < nodes.size(); i++) {
                JsonNode shards = shards(i, collection);
                boolean isActive = shards.has("shard_transfers")
                        && shards.path("shard_transfers").isEmpty();
                for (String replicas : List.of("local_shards", "remote_shards")) {
                    for (JsonNode replica : shards.path(replicas)) {
                        isActive &= replica.path("state").asText().equals("Active");
                    }
                }
                if (!isActive) {
                    return false;
                }
            }
            return true;
        });
    }

    /** Ends a node at once, like a crash. */
    public void kill(int index) {
        nodes.get(index).kill();
    }

    /** Starts a node that was killed, and waits until it answers and knows the others. */
    public void restart(int index) throws IOException {
        QdrantServer node = nodes.get(index);
        node.run();
        await("the node is back", () -> state(node, "/cluster").path("peers").size() == nodes.size());
    }

    private static JsonNode state(QdrantServer node, String path) {
        try {
            return node.call("GET", path, null).path("result");
        } catch (IOException e) {
            return MissingNode.getInstance();
        }
    }

    private static void await(String what, BooleanSupplier condition) throws IOException {
        long deadline = System.currentTimeMillis() + TIMEOUT_MILLIS;
        while (!condition.getAsBoolean()) {
            if (System.currentTimeMillis() > deadline) {
                throw new IOException("Not within " + TIMEOUT_MILLIS / 1000 + " s: " + what);
            }
            QdrantServer.sleep(50);
        }
    }

    @Override
    public void close() throws IOException {
        for (QdrantServer node : nodes) {
            node.close();
        }
    }
}
