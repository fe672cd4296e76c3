package dev.ngbak.qdrant;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.RecordVisitor;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collections and points for a visitor, and the search for entities by their own vectors. */
final class Shown implements Lookup {

    private static final TypeReference<LinkedHashMap<String, Object>> OBJECT = new TypeReference<>() {};
    private static final String ENTITIES = "entities";
    private static final String ENTITY_NAME = "entity_name";
    private static final int HITS = 10;

    private final Rest rest;
    private final Server server;

    Shown(Rest rest, Server server) {
        this.rest = rest;
        this.server = server;
    }

    static void collection(Definition collection, RecordVisitor visitor) throws IOException {
        Map<String, Integer> dimensions = new LinkedHashMap<>();
        vectors(collection)
                .forEach((name, params) ->
                        dimensions.put(name, params.path("size").asInt()));
        visitor.collection(collection.name(), dimensions);
    }

    /** The dense vectors of a collection, the only one by an empty name. */
    private static Map<String, JsonNode> vectors(Definition collection) {
        JsonNode vectors = collection.config().path("params").path("vectors");
        Map<String, JsonNode> named = new LinkedHashMap<>();
        if (vectors.path("size").isNumber()) {
            named.put("", vectors);
        } else {
            vectors.fields().forEachRemaining(field -> named.put(field.getKey(), field.getValue()));
        }
        return named;
    }

    static void point(Point point, RecordVisitor visitor) throws IOException {
        List<RecordVisitor.Vector> vectors = new ArrayList<>();
        point.vectors()
                .forEach((name, vector) ->
                        vectors.add(new RecordVisitor.Vector(name, vector.values(), vector.indices())));
        visitor.point(point.id(), Rest.JSON.convertValue(point.payload(), OBJECT), vectors);
    }

    /** Ids are hashes, which lie evenly over all numbers: so does a sample taken from places that do. */
    @Override
    public List<Neighbours> sample(int most) throws IOException {
        Definition collection = null;
        for (String name : server.scope()) {
            if (name.equals(ENTITIES) || name.endsWith("_" + ENTITIES)) {
                collection = server.definition(name);
                break;
            }
        }
        String vector = collection == null ? null : searched(collection);
        if (vector == null) {
            return List.of();
        }
        Map<String, JsonNode> sample = new LinkedHashMap<>();
        BigInteger step = BigInteger.ONE.shiftLeft(Long.SIZE).divide(BigInteger.valueOf(most));
        for (int i = 0; i < most; i++) {
            take(collection, vector, step.multiply(BigInteger.valueOf(i)), 1, sample);
        }
        if (sample.size() < most) {
            take(collection, vector, BigInteger.ZERO, most, sample);
        }
        List<Neighbours> found = new ArrayList<>();
        for (var entity : sample.entrySet()) {
            if (found.size() < most) {
                found.add(new Neighbours(entity.getKey(), search(collection, vector, entity.getValue())));
            }
        }
        return found;
    }

    /** The vector that is searched by; {@code null} where the nearest to a vector need not be itself. */
    private static String searched(Definition collection) {
        Map<String, JsonNode> vectors = vectors(collection);
        String name = vectors.containsKey("dense")
                ? "dense"
                : vectors.keySet().stream().findFirst().orElse(null);
        boolean cosine =
                name != null && vectors.get(name).path("distance").asText().equals("Cosine");
        return cosine && !vectors.get(name).hasNonNull("multivector_config") ? name : null;
    }

    private void take(Definition collection, String vector, BigInteger from, int limit, Map<String, JsonNode> sample) {
        ObjectNode page = Rest.JSON
                .createObjectNode()
                .put("limit", collection.page(limit))
                .put("offset", from)
                .put("with_vector", true);
        page.putArray("with_payload").add(ENTITY_NAME);
        rest.ask(Rest.collection(collection.name()) + "/points/scroll", page)
                .path("points")
                .forEach(point -> {
                    JsonNode name = point.path("payload").path(ENTITY_NAME);
                    JsonNode values = vector.isEmpty()
                            ? point.path("vector")
                            : point.path("vector").path(vector);
                    if (name.isTextual() && values.isArray()) {
                        sample.putIfAbsent(name.asText(), values);
                    }
                });
    }

    private List<Hit> search(Definition collection, String vector, JsonNode values) {
        ObjectNode query = Rest.JSON.createObjectNode();
        query.set("query", values);
        if (!vector.isEmpty()) {
            query.put("using", vector);
        }
        query.put("limit", collection.page(HITS));
        query.putArray("with_payload").add(ENTITY_NAME);
        ObjectNode params = query.putObject("params").put("exact", true);
        params.putObject("quantization").put("ignore", true);
        List<Hit> hits = new ArrayList<>();
        rest.ask(Rest.collection(collection.name()) + "/points/query", query)
                .path("points")
                .forEach(hit -> hits.add(new Hit(
                        hit.path("payload").path(ENTITY_NAME).asText(),
                        hit.path("score").asDouble())));
        return hits;
    }
}
