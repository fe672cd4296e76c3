package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ContentDigest;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where the history of the collections stands. Nothing in Qdrant's documented answers moves when a point is overwritten,
 * so this rests on two that were measured (decision 014): the number of each shard's last operation, which counts within
 * one life of the process, and the versions of its segments' files, which tell a collection that was made anew. Where
 * either is missing, the answer is that nobody knows.
 */
final class Marker {

    private static final int TRIES = 25;
    private static final Duration BETWEEN = Duration.ofMillis(200);

    private final Rest rest;
    private final Server server;

    Marker(Rest rest, Server server) {
        this.rest = rest;
        this.server = server;
    }

    ChangeMarker read() {
        for (int i = 0; i < TRIES; i++) {
            Map<String, String> before = numbers();
            if (before == null) {
                return ChangeMarker.UNKNOWN;
            }
            if (!before.containsKey("")) {
                String segments = segments(before);
                if (segments == null) {
                    return ChangeMarker.UNKNOWN;
                }
                if (before.equals(numbers())) {
                    return new ChangeMarker(digest(before + segments));
                }
            }
            rest.pause(BETWEEN);
        }
        return ChangeMarker.UNKNOWN;
    }

    /**
     * The process, and each shard's last operation.
     *
     * @return with an empty name in it when some shard is still at work; {@code null} when the server does not tell
     */
    private Map<String, String> numbers() {
        Rest.Reply reply = rest.ask("GET", "/telemetry?details_level=3", null);
        if (!reply.isFine()) {
            return null;
        }
        JsonNode telemetry = rest.tree(reply, "/telemetry").path("result");
        JsonNode life = telemetry.path("app").path("startup");
        if (!telemetry.hasNonNull("id") || !life.isTextual()) {
            return null;
        }
        Map<String, String> numbers = new TreeMap<>();
        numbers.put("/process", telemetry.get("id").asText() + " " + life.asText());
        Map<String, JsonNode> collections = new TreeMap<>();
        telemetry
                .path("collections")
                .path("collections")
                .forEach(collection -> collections.put(collection.path("id").asText(), collection));
        for (String name : server.scope()) {
            JsonNode shards =
                    collections.getOrDefault(name, Rest.JSON.missingNode()).path("shards");
            if (shards.isEmpty()) {
                return null;
            }
            for (JsonNode shard : shards) {
                JsonNode local = shard.path("local");
                JsonNode number = local.path("update_queue").path("op_num");
                if (!number.isIntegralNumber() || !shard.path("remote").isEmpty()) {
                    return null;
                }
                String status = local.path("status").asText();
                // While it optimizes, a deletion does not show in the segments; grey is waiting for a write to begin.
                boolean still = status.equals("green") || status.equals("grey");
                if (!still || local.path("update_queue").path("length").asLong(1) != 0) {
                    numbers.put("", name);
                }
                numbers.put(name + "/" + shard.path("id").asText(), number.asText());
            }
        }
        return numbers;
    }

    private String segments(Map<String, String> numbers) {
        StringBuilder segments = new StringBuilder();
        Map<String, String> aliases = server.aliases();
        for (String name : server.scope()) {
            JsonNode collection = server.collection(name);
            if (collection == null) {
                return null;
            }
            ObjectNode definition = Rest.JSON.createObjectNode();
            Definition.of(name, collection.path("config"), collection.path("payload_schema"), java.util.List.of())
                    .addTo(definition);
            segments.append(sorted(definition));
            for (String shard : numbers.keySet()) {
                int slash = shard.lastIndexOf('/');
                if (slash > 0 && shard.substring(0, slash).equals(name)) {
                    String path = Rest.collection(name) + "/shards/" + shard.substring(slash + 1)
                            + "/snapshot/partial/manifest";
                    Rest.Reply reply = rest.ask("GET", path, null);
                    if (!reply.isFine()) {
                        return null;
                    }
                    segments.append(sorted(rest.tree(reply, path).path("result")));
                }
            }
            aliases.forEach((alias, leadsTo) -> {
                if (leadsTo.equals(name)) {
                    segments.append('\n').append(alias);
                }
            });
        }
        return segments.toString();
    }

    /**
     * The server gives members in any order. Files without a version say nothing, and appear when a segment is flushed,
     * which a snapshot does.
     */
    private static String sorted(JsonNode node) {
        if (node.isObject()) {
            Map<String, String> members = new TreeMap<>();
            node.fields().forEachRemaining(member -> {
                if (!member.getValue().isNull()) {
                    members.put(member.getKey(), sorted(member.getValue()));
                }
            });
            return members.toString();
        }
        return node.toString();
    }

    private static String digest(String text) {
        MessageDigest sha256 = ContentDigest.sha256();
        ContentDigest.field(sha256, text);
        return HexFormat.of().formatHex(sha256.digest());
    }
}
