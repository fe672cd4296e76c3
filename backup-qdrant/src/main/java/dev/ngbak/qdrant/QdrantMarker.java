package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ContentDigest;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads the change marker. No documented answer of Qdrant changes when a point is overwritten, so the marker consists
 * of two parts whose behavior was measured (decision 014): the number of each shard's last operation, which is valid
 * for one run of the server process, and the names and versions of the segments, which reveal a recreated collection. The
 * marker is unknown if the server does not return both.
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
     * @param process the identity of the server process
     * @param shards the number of the last operation of each shard
     * @param isBusy whether a shard is still processing operations or optimizing
     */
    private record Operations(String process, Map<Shard, String> shards, boolean isBusy) {}

    private record Shard(String collection, String id) implements Comparable<Shard> {
        @Override
        public int compareTo(Shard other) {
            int order = collection.compareTo(other.collection);
            return order != 0 ? order : id.compareTo(other.id);
        }
    }

    ChangeMarker read() {
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            Optional<Operations> before = operations();
            if (before.isEmpty()) {
                return ChangeMarker.UNKNOWN;
            }
            if (!before.get().isBusy()) {
                Optional<String> segments = segments(before.get().shards());
                if (segments.isEmpty()) {
                    return ChangeMarker.UNKNOWN;
                }
                if (before.equals(operations())) {
                    return new ChangeMarker(digest(before.get().toString() + segments.get()));
                }
            }
            http.pause(RETRY_INTERVAL);
        }
        return ChangeMarker.UNKNOWN;
    }

    private Optional<Operations> operations() {
        QdrantHttp.Reply reply = http.getReply("/telemetry?details_level=3");
        if (!reply.isSuccess()) {
            return Optional.empty();
        }
        JsonNode telemetry = http.result(reply);
        JsonNode started = telemetry.path("app").path("startup");
        if (!telemetry.hasNonNull("id") || !started.isTextual()) {
            return Optional.empty();
        }
        Map<String, JsonNode> described = new TreeMap<>();
        telemetry
                .path("collections")
                .path("collections")
                .forEach(collection -> described.put(collection.path("id").asText(), collection));
        Map<Shard, String> shards = new TreeMap<>();
        boolean isBusy = false;
        for (String name : collections.scope()) {
            JsonNode list =
                    described.getOrDefault(name, Json.MAPPER.missingNode()).path("shards");
            if (list.isEmpty()) {
                return Optional.empty();
            }
            for (JsonNode shard : list) {
                JsonNode number = shard.path("local").path("update_queue").path("op_num");
                if (!number.isIntegralNumber() || !shard.path("remote").isEmpty()) {
                    return Optional.empty();
                }
                isBusy |= isBusy(shard.path("local"));
                shards.put(new Shard(name, shard.path("id").asText()), number.asText());
            }
        }
        String process = telemetry.get("id").asText() + " " + started.asText();
        return Optional.of(new Operations(process, shards, isBusy));
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
    private Optional<String> segments(Map<Shard, String> shards) {
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
            for (Shard shard : shards.keySet()) {
                if (shard.collection().equals(name)) {
                    String path = QdrantHttp.path(name) + "/shards/" + shard.id() + "/snapshot/partial/manifest";
                    QdrantHttp.Reply reply = http.getReply(path);
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
