package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.testkit.QdrantServer;
import dev.ngbak.testkit.StorageContract;
import java.io.IOException;

/** The contract with the default prefix. */
abstract class QdrantContract implements StorageContract {

    private static final String COLLECTION = Fixtures.COLLECTION;
    private static final String FOREIGN = "others_api_working_dir_entities";

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
        return Fixtures.settings(server(), mode());
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
        Fixtures.fill(server(), COLLECTION, records, seed);
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
        ObjectNode batch = Json.object();
        batch.withArray("/points").add(point);
        server().call("PUT", "/collections/" + COLLECTION + "/points?wait=true", batch.toString());
    }

    @Override
    public Object contents() throws Exception {
        return Fixtures.contents(server(), Fixtures.PREFIX);
    }

    @Override
    public void fillForeign() throws Exception {
        if (server().status("GET", "/collections/" + FOREIGN, null) == 200) {
            drop(FOREIGN);
        }
        Fixtures.fill(server(), FOREIGN, 40, 99);
    }

    @Override
    public Object foreign() throws Exception {
        return Fixtures.contents(server(), "others_");
    }

    @Override
    public void remove() throws Exception {
        for (JsonNode collection :
                server().call("GET", "/collections", null).path("result").path("collections")) {
            String name = collection.path("name").asText();
            if (name.startsWith(Fixtures.PREFIX)) {
                drop(name);
            }
        }
    }

    void drop(String name) throws IOException {
        server().call("DELETE", "/collections/" + name, null);
    }
}
