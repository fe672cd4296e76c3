package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.layout.RecordInterpreter.PointKind;
import dev.ngbak.layout.RecordNames;
import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.RecordVisitor;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Searches for entities by their own vectors with Qdrant's exact search. */
final class QdrantEntitySearch implements Lookup.EntitySearch {

    private static final int MAX_HITS = 10;

    /** The distance metric that ranks a vector nearest to itself. */
    private static final String COSINE = "Cosine";

    /** The vector to search for where a collection has several. */
    private static final String PREFERRED_VECTOR = "dense";

    private final QdrantCollections collections;
    private final QdrantSettings settings;
    private final RecordNames names;

    QdrantEntitySearch(QdrantCollections collections, QdrantSettings settings) {
        this.collections = collections;
        this.settings = settings;
        this.names = settings.layout().names();
    }

    @Override
    public List<Probe> sample(int limit) throws IOException {
        for (String name : collections.scope()) {
            if (settings.layout().records().pointKind(name).equals(Optional.of(PointKind.ENTITY))) {
                return sample(collections.definition(name), limit);
            }
        }
        return List.of();
    }

    /** Takes one entity at each of several evenly spaced ids. Ids are hashes, so this spreads over the collection. */
    private List<Probe> sample(CollectionDefinition collection, int limit) throws IOException {
        Map<String, Probe> sample = new LinkedHashMap<>();
        BigInteger step = BigInteger.ONE.shiftLeft(Long.SIZE).divide(BigInteger.valueOf(limit));
        for (int i = 0; i < limit; i++) {
            addEntities(collection, step.multiply(BigInteger.valueOf(i)), 1, sample);
        }
        if (sample.size() < limit) {
            addEntities(collection, BigInteger.ZERO, limit, sample);
        }
        return sample.values().stream().limit(limit).toList();
    }

    private void addEntities(CollectionDefinition collection, BigInteger from, int limit, Map<String, Probe> sample)
            throws IOException {
        String vectorName = searchedVector(collection);
        collections.page(collection, Optional.of(from.toString()), limit, point -> {
            JsonNode entity = point.payload().path(names.entityName());
            PointVector vector = point.vectors().get(vectorName);
            if (entity.isTextual() && vector != null) {
                sample.putIfAbsent(
                        entity.textValue(),
                        new Probe(
                                collection.name(),
                                entity.textValue(),
                                new RecordVisitor.Vector(vectorName, vector.values(), null)));
            }
        });
    }

    private static String searchedVector(CollectionDefinition collection) {
        Map<String, JsonNode> vectors = collection.denseVectors();
        return vectors.containsKey(PREFERRED_VECTOR)
                ? PREFERRED_VECTOR
                : vectors.keySet().stream().findFirst().orElse("");
    }

    @Override
    public List<List<Hit>> search(List<Probe> probes) throws IOException {
        Map<String, Map<String, JsonNode>> vectors = new HashMap<>();
        List<List<Hit>> found = new ArrayList<>();
        for (Probe probe : probes) {
            JsonNode params = vectors.computeIfAbsent(
                            probe.collection(),
                            name -> collections.definition(name).denseVectors())
                    .getOrDefault(probe.vector().name(), Json.MAPPER.missingNode());
            boolean isNearestToItself =
                    params.path("distance").asText().equals(COSINE) && !params.hasNonNull("multivector_config");
            found.add(isNearestToItself ? search(probe) : null);
        }
        return found;
    }

    /** Searches for one entity. Returns {@code null} if the server cannot search, as the interface allows. */
    private List<Hit> search(Probe probe) {
        ObjectNode query = settings.tenant().restrict(Json.object());
        ArrayNode values = query.putArray("query");
        for (float value : probe.vector().values()) {
            values.add(value);
        }
        if (!probe.vector().name().isEmpty()) {
            query.put("using", probe.vector().name());
        }
        query.put("limit", MAX_HITS).putArray("with_payload").add(names.entityName());
        ObjectNode params = query.putObject("params").put("exact", true);
        params.putObject("quantization").put("ignore", true);
        QdrantHttp http = collections.http();
        QdrantHttp.Reply reply = http.queryReply(QdrantHttp.path(probe.collection()) + "/points/query", query);
        if (reply.isClientError()) {
            // An older server does not have this call, and the strict mode of a collection may forbid it.
            return null;
        }
        List<Hit> hits = new ArrayList<>();
        http.result(reply)
                .path("points")
                .forEach(hit -> hits.add(new Hit(
                        hit.path("payload").path(names.entityName()).asText(),
                        hit.path("score").asDouble())));
        return hits;
    }
}
