package dev.ngbak.qdrant;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Reads files of the form {@code scroll}, which {@link ScrollWriter} writes: one for each collection. */
final class ScrollReader {

    static final String SUFFIX = ".jsonl";

    /** The format of a file that ngbak 0.1 restores completely. */
    static final String FORMAT = "ngbak-qdrant-scroll/1";

    /** The same format with a definition from which ngbak 0.1 would leave something out. */
    static final String NEWER_FORMAT = "ngbak-qdrant-scroll/2";
    /** The format of a collection with custom sharding: its points have shard keys. */
    static final String KEYED_FORMAT = "ngbak-qdrant-keyed-scroll/1";

    private ScrollReader() {}

    /** Returns the format of a file with the points of a collection. */
    static String format(CollectionDefinition collection) {
        if (collection.hasCustomShards()) {
            return KEYED_FORMAT;
        }
        return collection.isComplete01() ? FORMAT : NEWER_FORMAT;
    }

    /**
     * Hands over the collections and points of an archived store.
     *
     * @return the names of the collections
     * @throws IOException any exception of the source or the receiver, unchanged
     * @throws BackupException {@code CORRUPT} for content that does not match the form
     */
    static Set<String> read(EntrySource source, PointReceiver receiver) throws IOException {
        Set<String> names = new HashSet<>();
        source.forEach((entry, content) -> read(entry, content, names, receiver));
        return names;
    }

    /**
     * Hands over one collection and its points.
     *
     * @param names those of the collections before, to which its name is added
     */
    static void read(EntrySource.Entry entry, InputStream content, Set<String> names, PointReceiver receiver)
            throws IOException {
        if (!entry.path().endsWith(SUFFIX)) {
            throw QdrantErrors.corrupt(SafeText.quoted(entry.path()) + " in the archive is not a collection");
        }
        if (!names.add(entry.name())) {
            throw QdrantErrors.corrupt("The collection " + SafeText.quoted(entry.name()) + " is in the archive twice");
        }
        try (JsonParser json = Json.MAPPER.createParser(content)) {
            json.disable(JsonParser.Feature.AUTO_CLOSE_SOURCE);
            CollectionDefinition collection = readDefinition(json, entry);
            receiver.begin(collection);
            long points = 0;
            OptionalLong expected = OptionalLong.empty();
            while (expected.isEmpty()) {
                startLine(json);
                if (json.currentName().equals("points")) {
                    expected = OptionalLong.of(readLastLine(json));
                } else {
                    Point point = readPoint(json);
                    require(
                            json,
                            collection.parts().contains(point.shardKey()),
                            "a point has no shard key, or one that is not in its first line");
                    receiver.add(point);
                    points++;
                }
            }
            require(json, expected.getAsLong() == points, "it has " + points + " points, not " + expected.getAsLong());
            require(json, json.nextToken() == null, "it goes on after its last line");
            receiver.end();
        } catch (JsonProcessingException e) {
            throw QdrantErrors.corrupt(
                    SafeText.quoted(entry.path()) + " in the archive is malformed: " + e.getOriginalMessage(), e);
        }
    }

    private static CollectionDefinition readDefinition(JsonParser json, EntrySource.Entry entry) throws IOException {
        JsonNode head = json.nextToken() == null ? Json.MAPPER.missingNode() : Json.MAPPER.readTree(json);
        require(json, head.path("format").isTextual(), "its first line is missing");
        String format = head.path("format").textValue();
        if (!Set.of(FORMAT, NEWER_FORMAT, KEYED_FORMAT).contains(format)) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    SafeText.quoted(entry.path()) + " in the archive has none of the formats \"" + FORMAT + "\", \""
                            + NEWER_FORMAT + "\" and \"" + KEYED_FORMAT + "\"",
                    "Restore it with the version of ngbak that made it");
        }
        CollectionDefinition collection = CollectionDefinition.ofArchive(head);
        PointForm.requireKnownInArchive(collection);
        require(
                json,
                collection.hasCustomShards() == format.equals(KEYED_FORMAT),
                "its format does not fit its sharding method");
        require(json, collection.name().equals(entry.name()), "it contains another collection");
        return collection;
    }

    /** Moves to the name of the first member. */
    private static void startLine(JsonParser json) throws IOException {
        require(
                json,
                json.nextToken() == JsonToken.START_OBJECT && json.nextToken() == JsonToken.FIELD_NAME,
                "it is truncated, or a line is not a point");
    }

    private static long readLastLine(JsonParser json) throws IOException {
        json.nextToken();
        long points = json.getLongValue();
        require(json, json.nextToken() == JsonToken.END_OBJECT, "its last line is not a number of points");
        return points;
    }

    private static Point readPoint(JsonParser json) throws IOException {
        String id = null;
        Map<String, PointVector> vectors = new LinkedHashMap<>();
        ObjectNode payload = Json.object();
        Optional<ShardKey> key = Optional.empty();
        for (; json.currentToken() == JsonToken.FIELD_NAME; json.nextToken()) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
                case "id" -> id = PointJson.readId(json);
                case "vectors" -> {
                    while (json.nextToken() == JsonToken.FIELD_NAME) {
                        String vector = json.currentName();
                        json.nextToken();
                        vectors.put(vector, vector(json, Json.MAPPER.readTree(json)));
                    }
                }
                case "payload" -> payload = PointJson.readPayload(json);
                case ShardKey.MEMBER -> key = PointJson.readShardKey(json);
                default -> throw new JsonParseException(json, "a point has an unknown member");
            }
        }
        require(json, id != null, "a point has no id");
        return new Point(id, vectors, payload, key);
    }

    private static PointVector vector(JsonParser json, JsonNode vector) throws IOException {
        if (vector.has("dense")) {
            return PointVector.dense(LittleEndian.floats(base64(json, vector.get("dense"))));
        }
        if (vector.has("sparse")) {
            int[] indices = LittleEndian.ints(base64(json, vector.path("indices")));
            float[] values = LittleEndian.floats(base64(json, vector.get("sparse")));
            require(
                    json,
                    indices.length == values.length,
                    "a sparse vector has different numbers of indices and values");
            return PointVector.sparse(indices, values);
        }
        require(json, vector.has("multi"), "a vector has an unknown form");
        int width = vector.path("width").asInt(-1);
        float[] values = LittleEndian.floats(base64(json, vector.get("multi")));
        require(json, width > 0 && values.length % width == 0, "a multivector has an incomplete row");
        return PointVector.multi(width, values);
    }

    private static byte[] base64(JsonParser json, JsonNode text) throws IOException {
        try {
            byte[] bytes = Base64.getDecoder().decode(text.asText().getBytes(StandardCharsets.US_ASCII));
            if (bytes.length % 4 == 0) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            // Reported below, like a wrong length.
        }
        throw new JsonParseException(json, "a vector is not a list of 32-bit numbers in Base64");
    }

    private static void require(JsonParser json, boolean condition, String problem) throws JsonParseException {
        if (!condition) {
            throw new JsonParseException(json, problem);
        }
    }
}
