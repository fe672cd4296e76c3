package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.testkit.AwkwardValues;
import dev.ngbak.testkit.QdrantServer;
import dev.ngbak.testkit.StorageContract;
import java.io.IOException;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;

/** The contract on a server, with the default prefix. */
abstract class QdrantContract implements StorageContract {

    static final String COLLECTION = "api_working_dir_entities";
    static final String FOREIGN = "others_api_working_dir_entities";

    abstract QdrantServer server();

    abstract String mode();

    @Override
    public StorageExporter exporter() {
        return new QdrantExporter();
    }

    @Override
    public StorageRestorer restorer() {
        return new QdrantRestorer();
    }

    @Override
    public Settings settings() {
        return server().settings().with("QDRANT_BACKUP_MODE", mode());
    }

    @Override
    public Settings deadSettings() {
        return settings().with("QDRANT_URL", "http://127.0.0.1:1");
    }

    @Override
    public String deadSetting() {
        return "QDRANT_URL";
    }

    @Override
    public boolean looksUp() {
        return true;
    }

    @Override
    public boolean replacesAtOnce() {
        return false;
    }

    @Override
    public void fill(int records, long seed) throws Exception {
        remove();
        fill(server(), COLLECTION, records, seed);
    }

    static void fill(QdrantServer server, String collection, int records, long seed) throws IOException {
        server.call(
                "PUT",
                "/collections/" + collection,
                "{\"vectors\":{\"dense\":{\"size\":8,\"distance\":\"Cosine\"}},\"sparse_vectors\":{\"sparse\":{}}}");
        Random random = new Random(seed);
        for (int done = 0; done < records; ) {
            ObjectNode batch = Rest.JSON.createObjectNode();
            for (int i = 0; i < 500 && done < records; i++, done++) {
                batch.withArray("/points").add(point(random, done));
            }
            server.call("PUT", "/collections/" + collection + "/points?wait=true", batch.toString());
        }
    }

    private static ObjectNode point(Random random, int number) {
        ObjectNode point = Rest.JSON.createObjectNode();
        // Numbers on both sides of 2^63, and UUIDs; all of one seed are different.
        long id = (random.nextLong() << 12) | number;
        switch (number % 3) {
            case 0 -> point.put("id", new UUID(random.nextLong(), id).toString());
            case 1 -> point.put("id", new java.math.BigInteger(Long.toUnsignedString(id | Long.MIN_VALUE)));
            default -> point.put("id", number);
        }
        ObjectNode vectors = point.putObject("vector");
        for (int i = 0; i < 8; i++) {
            vectors.withArray("/dense").add((float) random.nextGaussian());
        }
        ObjectNode sparse = vectors.putObject("sparse");
        sparse.putArray("indices");
        sparse.putArray("values");
        for (int i = 0; i < number % 4; i++) {
            sparse.withArray("/indices").add(4_294_967_295L - 7L * i);
            sparse.withArray("/values").add(random.nextFloat());
        }
        point.putObject("payload")
                .put("id", "ent-" + number)
                .put("content", AwkwardValues.anyText(random))
                .put("n", number);
        return point;
    }

    @Override
    public void change() throws Exception {
        JsonNode point = server().call(
                        "POST",
                        "/collections/" + COLLECTION + "/points/scroll",
                        "{\"limit\":1,\"with_payload\":true,\"with_vector\":true}")
                .path("result")
                .path("points")
                .path(0);
        ((ObjectNode) point.path("payload")).put("changed", System.nanoTime());
        ObjectNode batch = Rest.JSON.createObjectNode();
        batch.withArray("/points").add(point);
        server().call("PUT", "/collections/" + COLLECTION + "/points?wait=true", batch.toString());
    }

    @Override
    public Object contents() throws Exception {
        return picture("api_working_dir_");
    }

    @Override
    public void fillForeign() throws Exception {
        if (server().status("GET", "/collections/" + FOREIGN, null) == 200) {
            drop(FOREIGN);
        }
        fill(server(), FOREIGN, 40, 99);
    }

    @Override
    public Object foreign() throws Exception {
        return picture("others_");
    }

    @Override
    public void remove() throws Exception {
        for (JsonNode collection :
                server().call("GET", "/collections", null).path("result").path("collections")) {
            drop(collection.path("name").asText(), "api_working_dir_");
        }
    }

    private void drop(String name, String prefix) throws IOException {
        if (name.startsWith(prefix)) {
            drop(name);
        }
    }

    private void drop(String name) throws IOException {
        server().call("DELETE", "/collections/" + name, null);
    }

    private Map<String, Object> picture(String prefix) throws IOException {
        return picture(server(), prefix);
    }

    /** Collections with their points, and the aliases and snapshots on the server. */
    static Map<String, Object> picture(QdrantServer server, String prefix) throws IOException {
        Map<String, Object> picture = new TreeMap<>();
        for (JsonNode each :
                server.call("GET", "/collections", null).path("result").path("collections")) {
            String name = each.path("name").asText();
            if (!name.startsWith(prefix)) {
                continue;
            }
            JsonNode collection =
                    server.call("GET", "/collections/" + name, null).path("result");
            Map<String, JsonNode> points = new TreeMap<>();
            server.call(
                            "POST",
                            "/collections/" + name + "/points/scroll",
                            "{\"limit\":100000,\"with_payload\":true,\"with_vector\":true}")
                    .path("result")
                    .path("points")
                    .forEach(point -> points.put(point.path("id").asText(), point));
            picture.put(name, points);
            picture.put(name + "/config", collection.path("config"));
            Map<String, String> schema = new TreeMap<>();
            collection
                    .path("payload_schema")
                    .fields()
                    .forEachRemaining(index -> schema.put(
                            index.getKey(),
                            index.getValue().path("data_type") + " "
                                    + index.getValue().path("params")));
            picture.put(name + "/schema", schema);
            picture.put(
                    name + "/snapshots",
                    server.call("GET", "/collections/" + name + "/snapshots", null)
                            .path("result")
                            .size());
        }
        Map<String, String> aliases = new TreeMap<>();
        server.call("GET", "/aliases", null)
                .path("result")
                .path("aliases")
                .forEach(alias -> aliases.put(
                        alias.path("alias_name").asText(),
                        alias.path("collection_name").asText()));
        aliases.values().removeIf(name -> !name.startsWith(prefix));
        picture.put("aliases", aliases);
        return picture;
    }
}
