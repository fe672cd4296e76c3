package dev.ngbak.lightrag;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.testkit.AwkwardValues;
import dev.ngbak.testkit.QdrantServer;
import java.io.IOException;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Collections as LightRAG creates and fills them, used without the plugin's code. */
final class SharedCollection {

    static final String ENTITIES = "lightrag_vdb_entities_stub_8d";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int DIMENSIONS = 8;
    private static final int BATCH = 500;

    private final QdrantServer server;
    private final String name;

    SharedCollection(QdrantServer server, String name) {
        this.server = server;
        this.name = name;
    }

    /** Creates the collection if there is none, with the tenant index. */
    SharedCollection create() throws IOException {
        if (server.status("GET", "/collections/" + name, null) != 200) {
            server.call(
                    "PUT",
                    "/collections/" + name,
                    "{\"vectors\":{\"size\":8,\"distance\":\"Cosine\"},\"hnsw_config\":{\"m\":0,\"payload_m\":16}}");
            server.call(
                    "PUT",
                    "/collections/" + name + "/index?wait=true",
                    "{\"field_name\":\"workspace_id\",\"field_schema\":{\"type\":\"keyword\",\"is_tenant\":true}}");
        }
        return this;
    }

    static String pointId(String workspace, String key) {
        return Keys.pointId(workspace, key);
    }

    void drop() throws IOException {
        server.status("DELETE", "/collections/" + name, null);
    }

    /** Adds points of a workspace, with the ids that LightRAG gives them. */
    void add(String workspace, int points, long seed) throws IOException {
        Random random = new Random(seed);
        for (int done = 0; done < points; ) {
            ObjectNode batch = JSON.createObjectNode();
            ArrayNode list = batch.putArray("points");
            for (int i = 0; i < BATCH && done < points; i++, done++) {
                String entity = done + AwkwardValues.anyText(random);
                String key = Keys.md5("ent-", entity);
                ObjectNode point = list.addObject().put("id", Keys.pointId(workspace, key));
                ArrayNode vector = point.putArray("vector");
                for (int d = 0; d < DIMENSIONS; d++) {
                    vector.add((float) random.nextGaussian());
                }
                point.putObject("payload")
                        .put("id", key)
                        .put("workspace_id", workspace)
                        .put("created_at", 1_796_036_829L)
                        .put("entity_name", entity)
                        .put("content", AwkwardValues.anyText(random));
            }
            put(batch);
        }
    }

    void put(ObjectNode batch) throws IOException {
        server.call("PUT", "/collections/" + name + "/points?wait=true", batch.toString());
    }

    void deletePointsOf(String workspace) throws IOException {
        server.call(
                "POST",
                "/collections/" + name + "/points/delete?wait=true",
                "{\"filter\":{\"must\":[{\"key\":\"workspace_id\",\"match\":{\"value\":\"" + workspace + "\"}}]}}");
    }

    /** Overwrites the content of one point of a workspace. */
    void change(String workspace) throws IOException {
        JsonNode point = points().stream(workspace::equals).values().iterator().next();
        ((ObjectNode) point.path("payload")).put("content", "changed " + System.nanoTime());
        ObjectNode batch = JSON.createObjectNode();
        batch.putArray("points").add(point);
        put(batch);
    }

    /** All points by id. */
    record Points(Map<String, JsonNode> all) {

        /** Returns the points whose workspace matches. */
        Map<String, JsonNode> stream(Predicate<String> workspace) {
            Map<String, JsonNode> some = new TreeMap<>(all);
            some.values()
                    .removeIf(point -> !workspace.test(
                            point.path("payload").path("workspace_id").asText()));
            return some;
        }
    }

    Points points() throws IOException {
        Map<String, JsonNode> points = new TreeMap<>();
        if (server.status("GET", "/collections/" + name, null) == 200) {
            server.call(
                            "POST",
                            "/collections/" + name + "/points/scroll",
                            "{\"limit\":100000,\"with_payload\":true,\"with_vector\":true}")
                    .path("result")
                    .path("points")
                    .forEach(point -> points.put(point.path("id").asText(), point));
        }
        return new Points(points);
    }

    /** Returns the configuration, the payload indexes and the number of snapshots. */
    String definition() throws IOException {
        JsonNode collection = server.call("GET", "/collections/" + name, null).path("result");
        StringBuilder definition = new StringBuilder(collection.path("config").toString());
        collection
                .path("payload_schema")
                .fields()
                .forEachRemaining(field -> definition
                        .append(' ')
                        .append(field.getKey())
                        .append(field.getValue().path("params")));
        return definition
                .append(server.call("GET", "/collections/" + name + "/snapshots", null)
                        .path("result")
                        .size())
                .toString();
    }
}
