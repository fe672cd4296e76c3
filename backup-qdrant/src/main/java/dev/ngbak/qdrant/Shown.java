package dev.ngbak.qdrant;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.RecordVisitor;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
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
    public List<Probe> sample(int most) throws IOException {
        for (String name : server.scope()) {
            if (name.equals(ENTITIES) || name.endsWith("_" + ENTITIES)) {
                return sample(server.definition(name), most);
            }
        }
        return List.of();
    }

    private List<Probe> sample(Definition collection, int most) throws IOException {
        Map<String, Probe> sample = new LinkedHashMap<>();
        BigInteger step = BigInteger.ONE.shiftLeft(Long.SIZE).divide(BigInteger.valueOf(most));
        for (int i = 0; i < most; i++) {
            take(collection, step.multiply(BigInteger.valueOf(i)), 1, sample);
        }
        if (sample.size() < most) {
            take(collection, BigInteger.ZERO, most, sample);
        }
        return sample.values().stream().limit(most).toList();
    }

    private void take(Definition collection, BigInteger from, int limit, Map<String, Probe> sample) throws IOException {
        String vector = searched(collection);
        server.page(collection, from.toString(), limit, point -> {
            JsonNode name = point.payload().path(ENTITY_NAME);
            Vector values = point.vectors().get(vector);
            if (name.isTextual() && values != null) {
                sample.putIfAbsent(
                        name.asText(),
                        new Probe(
                                collection.name(),
                                name.asText(),
                                new RecordVisitor.Vector(vector, values.values(), null)));
            }
        });
    }

    private static String searched(Definition collection) {
        Map<String, JsonNode> vectors = vectors(collection);
        return vectors.containsKey("dense")
                ? "dense"
                : vectors.keySet().stream().findFirst().orElse("");
    }

    @Override
    public List<List<Hit>> search(List<Probe> probes) throws IOException {
        Map<String, Map<String, JsonNode>> measures = new HashMap<>();
        List<List<Hit>> found = new ArrayList<>();
        for (Probe probe : probes) {
            JsonNode params = measures.computeIfAbsent(probe.collection(), name -> vectors(server.definition(name)))
                    .getOrDefault(probe.vector().name(), Rest.JSON.missingNode());
            boolean itself =
                    params.path("distance").asText().equals("Cosine") && !params.hasNonNull("multivector_config");
            found.add(itself ? search(probe) : null);
        }
        return found;
    }

    private List<Hit> search(Probe probe) {
        ObjectNode query = Rest.JSON.createObjectNode();
        ArrayNode values = query.putArray("query");
        for (float value : probe.vector().values()) {
            values.add(value);
        }
        if (!probe.vector().name().isEmpty()) {
            query.put("using", probe.vector().name());
        }
        query.put("limit", HITS).putArray("with_payload").add(ENTITY_NAME);
        ObjectNode params = query.putObject("params").put("exact", true);
        params.putObject("quantization").put("ignore", true);
        String path = Rest.collection(probe.collection()) + "/points/query";
        Rest.Reply reply = rest.ask("POST", path, query);
        if (reply.status() / 100 == 4) {
            // An older server does not know the call, and the collection's strict mode may forbid it.
            return null;
        }
        if (!reply.isFine()) {
            throw rest.refused(reply, "POST", path);
        }
        List<Hit> hits = new ArrayList<>();
        rest.tree(reply, path)
                .path("result")
                .path("points")
                .forEach(hit -> hits.add(new Hit(
                        hit.path("payload").path(ENTITY_NAME).asText(),
                        hit.path("score").asDouble())));
        return hits;
    }
}
