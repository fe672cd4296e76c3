package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ContentDigest;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Reads the change marker. No documented answer of Qdrant changes when a point is overwritten, so the marker consists
 * of two parts whose behavior was measured (decision 014): the number of each shard's last operation, which is valid
 * for one run of the server process, and the names and versions of the segments, which reveal a recreated collection. The
 * marker is unknown if the server does not return both. In a cluster, it consists of the parts of all nodes, and of the places
 * and states of all replicas; it is unknown unless the settings name every node.
 */
final class QdrantMarker {

    private static final int MAX_ATTEMPTS = 25;
    private static final Duration RETRY_INTERVAL = Duration.ofMillis(200);

    private final QdrantCollections collections;
    private final QdrantHttp http;

    QdrantMarker(QdrantCollections collections) {
        this.collections = collections;
        this.http = collections.http();
    }

    /**
     * The operations of all shards in scope.
     *
     * @param processes the identity of each server process
     * @param shards the number of the last operation of each replica
     * @param isBusy whether a replica is still processing operations or optimizing
     */
    private record Operations(List<String> processes, Map<Replica, String> shards, boolean isBusy) {}

    /** @param node the index of its node */
    private record Replica(String collection, int node, String shard) implements Comparable<Replica> {
        private static final Comparator<Replica> ORDER = Comparator.comparing(Replica::collection)
                .thenComparing(Replica::node)
                .thenComparing(Replica::shard);

        @Override
        public int compareTo(Replica other) {
            return ORDER.compare(this, other);
        }
    }

    ChangeMarker read() {
        if (!collections.nodes().isComplete()) {
            return ChangeMarker.UNKNOWN;
        }
        boolean isMoving = false;
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            Map<String, Shards> layout = layout();
            isMoving =
                    layout.values().stream().anyMatch(shards -> !shards.moves().isEmpty());
            if (isMoving) {
                http.pause(RETRY_INTERVAL);
                continue;
            }
            Optional<Operations> before = operations();
            if (before.isEmpty()) {
                return ChangeMarker.UNKNOWN;
            }
            if (!before.get().isBusy()) {
                Optional<String> segments = segments(before.get().shards());
                if (segments.isEmpty()) {
                    return ChangeMarker.UNKNOWN;
                }
                if (before.equals(operations()) && layout.equals(layout())) {
                    return new ChangeMarker(digest(before.get().toString() + layout + segments.get()));
                }
            }
            http.pause(RETRY_INTERVAL);
        }
        // A moving shard is a change. A marker that occurs only once makes the engine try again.
        return isMoving ? new ChangeMarker("moving " + UUID.randomUUID()) : ChangeMarker.UNKNOWN;
    }

    /** Returns the places of the shards of all collections in scope; nothing for a server without cluster mode. */
    private Map<String, Shards> layout() {
        Map<String, Shards> layout = new TreeMap<>();
        if (collections.nodes().hasClusterMode()) {
            collections.scope().forEach(name -> layout.put(name, collections.shards(name)));
        }
        return layout;
    }

    private Optional<Operations> operations() {
        List<String> processes = new ArrayList<>();
        Map<Replica, String> numbers = new TreeMap<>();
        boolean isBusy = false;
        List<QdrantHttp> nodes = collections.nodes().all();
        List<String> scope = collections.scope();
        for (int i = 0; i < nodes.size(); i++) {
            QdrantHttp.Reply reply = nodes.get(i).getReply("/telemetry?details_level=3");
            if (!reply.isSuccess()) {
                return Optional.empty();
            }
            JsonNode telemetry = http.result(reply);
            JsonNode started = telemetry.path("app").path("startup");
            if (!telemetry.hasNonNull("id") || !started.isTextual()) {
                return Optional.empty();
            }
            processes.add(telemetry.get("id").asText() + " " + started.asText());
            Map<String, JsonNode> described = new TreeMap<>();
            telemetry
                    .path("collections")
                    .path("collections")
                    .forEach(collection -> described.put(collection.path("id").asText(), collection));
            for (String name : scope) {
                JsonNode collection = described.getOrDefault(name, Json.MAPPER.missingNode());
                if (collection.path("shards").isEmpty() && !mayHaveNoShards(collection)) {
                    return Optional.empty();
                }
                for (JsonNode shard : collection.path("shards")) {
                    if (shard.path("local").isNull() && nodes.size() > 1) {
                        continue; // Another node has it.
                    }
                    JsonNode number = shard.path("local").path("update_queue").path("op_num");
                    if (!number.isIntegralNumber()) {
                        return Optional.empty();
                    }
                    isBusy |= isBusy(shard.path("local"));
                    numbers.put(new Replica(name, i, shard.path("id").asText()), number.asText());
                }
            }
        }
        return Optional.of(new Operations(processes, numbers, isBusy));
    }

    /** Returns whether a collection may be without shards, because it has no shard key yet. */
    private static boolean mayHaveNoShards(JsonNode collection) {
        return collection
                .path("config")
                .path("params")
                .path("sharding_method")
                .asText()
                .equals("custom");
    }

    /**
     * Returns whether a shard is still processing operations or optimizing. While it optimizes, its segments do not
     * reveal a deletion. A grey shard is at rest: it starts to optimize only after a write.
     */
    private static boolean isBusy(JsonNode shard) {
        String status = shard.path("status").asText();
        boolean isAtRest = status.equals("green") || status.equals("grey");
        return !isAtRest || shard.path("update_queue").path("length").asLong(1) != 0;
    }

    /** Returns the definitions, aliases and segment versions of all collections in scope, as one text. */
    private Optional<String> segments(Map<Replica, String> replicas) {
        StringBuilder segments = new StringBuilder();
        Map<String, String> aliases = collections.aliases();
        for (String name : collections.scope()) {
            Optional<JsonNode> collection = collections.find(name);
            if (collection.isEmpty()) {
                return Optional.empty();
            }
            ObjectNode definition = Json.object();
            CollectionDefinition.ofServer(name, collection.get(), List.of()).writeTo(definition);
            segments.append(sorted(definition));
            for (Replica replica : replicas.keySet()) {
                if (replica.collection().equals(name)) {
                    String path = QdrantHttp.path(name) + "/shards/" + replica.shard() + "/snapshot/partial/manifest";
                    QdrantHttp.Reply reply =
                            collections.nodes().all().get(replica.node()).getReply(path);
                    if (!reply.isSuccess()) {
                        return Optional.empty();
                    }
                    segments.append(sorted(http.result(reply)));
                }
            }
            aliases.forEach((alias, target) -> {
                if (target.equals(name)) {
                    segments.append('\n').append(alias);
                }
            });
        }
        return Optional.of(segments.toString());
    }

    /**
     * Returns a text in which the members of objects are sorted, because the server returns them in any order. Leaves out the
     * files of segments: some appear when a segment is flushed, as by a snapshot, and say nothing about changes.
     */
    private static String sorted(JsonNode node) {
        if (!node.isObject()) {
            return node.toString();
        }
        Map<String, String> members = new TreeMap<>();
        node.fields().forEachRemaining(member -> {
            if (!member.getValue().isNull() && !member.getKey().equals("file_versions")) {
                members.put(member.getKey(), sorted(member.getValue()));
            }
        });
        return members.toString();
    }

    private static String digest(String text) {
        MessageDigest sha256 = ContentDigest.sha256();
        ContentDigest.field(sha256, text);
        return HexFormat.of().formatHex(sha256.digest());
    }
}
