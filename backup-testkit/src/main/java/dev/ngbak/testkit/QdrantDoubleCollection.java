package dev.ngbak.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;

/** A collection of {@link QdrantDouble}: its definition and points. */
final class QdrantDoubleCollection {

    private static final int DEFAULT_LIMIT = 10;

    private String incarnation = UUID.randomUUID().toString();
    private ObjectNode config = QdrantDouble.JSON.createObjectNode();
    private ObjectNode schema = QdrantDouble.JSON.createObjectNode();
    private final NavigableMap<String, ObjectNode> points =
            new TreeMap<>(Comparator.comparing(QdrantDoubleCollection::isUuid)
                    .thenComparing(QdrantDoubleCollection::number)
                    .thenComparing(id -> id));
    private long operations;
    private boolean isDamaged;

    /** Creates an empty collection from the body of a request. */
    static QdrantDoubleCollection create(ObjectNode request) {
        QdrantDoubleCollection collection = new QdrantDoubleCollection();
        ObjectNode params = collection.config.putObject("params");
        request.fields().forEachRemaining(member -> {
            switch (member.getKey()) {
                case "hnsw_config", "wal_config", "quantization_config", "strict_mode_config", "metadata" ->
                    collection.config.set(member.getKey(), member.getValue());
                case "optimizers_config" -> collection.config.set("optimizer_config", member.getValue());
                default -> params.set(member.getKey(), member.getValue());
            }
        });
        return collection;
    }

    /** Recovers a collection from a snapshot that {@link #snapshot} made. */
    static QdrantDoubleCollection recover(byte[] snapshot) throws QdrantDouble.ErrorAnswer {
        QdrantDoubleCollection collection = new QdrantDoubleCollection();
        try {
            JsonNode all = QdrantDouble.JSON.readTree(snapshot);
            collection.config = (ObjectNode) all.path("config");
            collection.schema = (ObjectNode) all.path("schema");
            collection.incarnation = all.path("incarnation").asText();
            collection.operations = all.path("operations").asLong();
            all.path("points")
                    .forEach(point -> collection.points.put(point.path("id").asText(), (ObjectNode) point));
            return collection;
        } catch (IOException | ClassCastException e) {
            throw new QdrantDouble.ErrorAnswer(500, "Service internal error: Malformed snapshot");
        }
    }

    byte[] snapshot() throws IOException {
        ObjectNode all = QdrantDouble.JSON.createObjectNode();
        all.put("incarnation", incarnation).put("operations", operations);
        all.set("config", config);
        all.set("schema", schema);
        all.putArray("points").addAll(points.values());
        return QdrantDouble.JSON.writeValueAsBytes(all);
    }

    void damage() {
        isDamaged = true;
    }

    boolean isDamaged() {
        return isDamaged;
    }

    boolean hasSameConfig(QdrantDoubleCollection other) {
        return config.equals(other.config);
    }

    long operations() {
        return operations;
    }

    ObjectNode segments() {
        ObjectNode segments = QdrantDouble.JSON.createObjectNode();
        segments.putObject(incarnation).put("segment_version", operations);
        return segments;
    }

    ObjectNode description() {
        ObjectNode description =
                QdrantDouble.JSON.createObjectNode().put("status", "green").put("points_count", points.size());
        description.set("config", config);
        description.set("payload_schema", schema);
        return description;
    }

    /** Changes the members of the configuration that a request contains. */
    void update(JsonNode request) throws IOException {
        QdrantDouble.JSON.readerForUpdating(config).readValue(request);
    }

    /** Adds a vector. */
    void addVector(String name, JsonNode request) {
        String member = request.has("dense") ? "vectors" : "sparse_vectors";
        ((ObjectNode) config.path("params"))
                .withObject("/" + member)
                .setAll(Map.of(name, request.elements().next()));
        operations++;
    }

    void addIndex(JsonNode request) {
        JsonNode field = request.path("field_schema");
        ObjectNode index = schema.putObject(request.path("field_name").asText());
        index.put(
                "data_type",
                field.isTextual() ? field.asText() : field.path("type").asText());
        if (field.isObject()) {
            index.set("params", field);
        }
        index.put("points", 0);
        operations++;
    }

    long count(JsonNode filter) {
        return points.values().stream().filter(point -> matches(point, filter)).count();
    }

    /** Returns the points with these ids. */
    ArrayNode retrieve(JsonNode ids) {
        ArrayNode found = QdrantDouble.JSON.createArrayNode();
        ids.forEach(id -> {
            if (points.containsKey(id.asText())) {
                found.add(points.get(id.asText()));
            }
        });
        return found;
    }

    void upsert(JsonNode added) throws QdrantDouble.ErrorAnswer {
        requireWithin("upsert_max_batchsize", added.size());
        for (JsonNode point : added) {
            points.put(point.path("id").asText(), stored((ObjectNode) point));
        }
        operations++;
    }

    /** Deletes the points with some ids, or those that match a filter. */
    void delete(JsonNode request) {
        request.path("points").forEach(id -> points.remove(id.asText()));
        if (request.has("filter")) {
            points.values().removeIf(point -> matches(point, request.path("filter")));
        }
        operations++;
    }

    private void requireWithin(String limit, int wanted) throws QdrantDouble.ErrorAnswer {
        JsonNode strict = config.path("strict_mode_config");
        if (strict.path("enabled").asBoolean() && wanted > strict.path(limit).asInt(Integer.MAX_VALUE)) {
            throw new QdrantDouble.ErrorAnswer(400, "Forbidden: Limit exceeded " + wanted + " for " + limit);
        }
    }

    /** Rounds numbers to 32-bit floats, and sorts sparse vectors by index, as Qdrant does. */
    private static ObjectNode stored(ObjectNode point) {
        ObjectNode stored = QdrantDouble.JSON.createObjectNode();
        stored.set("id", point.get("id"));
        JsonNode payload = point.path("payload");
        stored.set("payload", payload.isObject() ? payload : QdrantDouble.JSON.createObjectNode());
        stored.set("vector", rounded(point.path("vector")));
        return stored;
    }

    private static JsonNode rounded(JsonNode vector) {
        if (vector.isNumber()) {
            return QdrantDouble.JSON.getNodeFactory().numberNode(vector.floatValue());
        }
        if (vector.isArray()) {
            ArrayNode list = QdrantDouble.JSON.createArrayNode();
            vector.forEach(each -> list.add(rounded(each)));
            return list;
        }
        ObjectNode object = QdrantDouble.JSON.createObjectNode();
        if (vector.has("indices")) {
            Map<Long, JsonNode> sorted = new TreeMap<>();
            for (int i = 0; i < vector.get("indices").size(); i++) {
                sorted.put(
                        vector.get("indices").get(i).asLong(),
                        rounded(vector.get("values").get(i)));
            }
            sorted.keySet().forEach(object.putArray("indices")::add);
            object.putArray("values").addAll(sorted.values());
            return object;
        }
        vector.fields().forEachRemaining(each -> object.set(each.getKey(), rounded(each.getValue())));
        return object;
    }

    private static boolean isUuid(String id) {
        return id.indexOf('-') >= 0;
    }

    private static BigInteger number(String id) {
        return isUuid(id) ? BigInteger.ZERO : new BigInteger(id);
    }

    /** Returns a page of points. The offset is the smallest id, which need not exist. */
    ObjectNode scroll(JsonNode request) throws QdrantDouble.ErrorAnswer {
        int limit = request.path("limit").asInt(DEFAULT_LIMIT);
        requireWithin("max_query_limit", limit);
        ObjectNode page = QdrantDouble.JSON.createObjectNode();
        ArrayNode found = page.putArray("points");
        page.putNull("next_page_offset");
        Map<String, ObjectNode> candidates = request.hasNonNull("offset")
                ? points.tailMap(request.path("offset").asText(), true)
                : points;
        JsonNode fields = request.path("with_payload");
        for (ObjectNode point : candidates.values()) {
            if (!matches(point, request.path("filter"))) {
                continue;
            }
            if (found.size() == limit) {
                page.set("next_page_offset", point.get("id"));
                break;
            }
            found.add(fields.isArray() ? withFields(point, fields) : point);
        }
        return page;
    }

    /** Supports {@code must} and {@code must_not}. */
    private static boolean matches(JsonNode point, JsonNode filter) {
        for (JsonNode condition : filter.path("must")) {
            if (!holds(point.path("payload"), condition)) {
                return false;
            }
        }
        for (JsonNode condition : filter.path("must_not")) {
            if (holds(point.path("payload"), condition)) {
                return false;
            }
        }
        return true;
    }

    /** Supports the conditions {@code match.value} and {@code is_empty}, on members that are not nested. */
    private static boolean holds(JsonNode payload, JsonNode condition) {
        JsonNode empty = payload.path(condition.path("is_empty").path("key").asText());
        JsonNode wanted = condition.path("match").path("value");
        JsonNode value = payload.path(condition.path("key").asText());
        boolean holds = condition.has("is_empty")
                ? empty.isMissingNode() || empty.isNull() || empty.isArray() && empty.isEmpty()
                : value.equals(wanted);
        for (JsonNode element : value.isArray() ? value : QdrantDouble.JSON.createArrayNode()) {
            holds |= element.equals(wanted);
        }
        return holds;
    }

    private static ObjectNode withFields(ObjectNode point, JsonNode fields) {
        ObjectNode reduced = point.deepCopy();
        List<String> kept = new ArrayList<>();
        fields.forEach(field -> kept.add(field.asText()));
        ((ObjectNode) reduced.path("payload")).retain(kept);
        return reduced;
    }

    /** Returns the points nearest to a vector by cosine similarity. */
    ObjectNode query(JsonNode request) {
        String using = request.path("using").asText();
        ObjectNode found = QdrantDouble.JSON.createObjectNode();
        ArrayNode hits = found.putArray("points");
        points.values().stream()
                .filter(point -> matches(point, request.path("filter")))
                .map(point -> {
                    JsonNode vector = using.isEmpty()
                            ? point.path("vector")
                            : point.path("vector").path(using);
                    return point.deepCopy().put("score", (float) cosine(request.path("query"), vector));
                })
                .sorted(Comparator.comparingDouble(hit -> -hit.path("score").asDouble()))
                .limit(request.path("limit").asInt(DEFAULT_LIMIT))
                .forEach(hits::add);
        return found;
    }

    private static double cosine(JsonNode one, JsonNode other) {
        double product = 0;
        double oneSquare = 0;
        double otherSquare = 0;
        for (int i = 0; i < one.size(); i++) {
            product += one.path(i).asDouble() * other.path(i).asDouble();
            oneSquare += Math.pow(one.path(i).asDouble(), 2);
            otherSquare += Math.pow(other.path(i).asDouble(), 2);
        }
        return oneSquare * otherSquare == 0 ? 0 : product / Math.sqrt(oneSquare * otherSquare);
    }
}
