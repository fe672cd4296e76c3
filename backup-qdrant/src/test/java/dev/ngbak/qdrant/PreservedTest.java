package dev.ngbak.qdrant;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.qdrant.Fixtures.Backup;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.QdrantServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every feature of a collection survives a backup and a restore. docs/preserved-qdrant.md contains this table. */
class PreservedTest {

    private static final String NAME = Fixtures.COLLECTION;
    private static final String PLAIN = "{\"vectors\":{\"size\":3,\"distance\":\"Dot\"}}";

    private static QdrantServer server;

    @BeforeAll
    static void start() throws IOException {
        server = QdrantServer.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    /**
     * A feature, and a collection that has it.
     *
     * @param what the feature as in the documentation
     * @param collection the request that creates the collection
     * @param points its points, where {@code %s} stands for a vector; may be empty
     * @param calls further calls: method, path and body
     */
    record Row(String what, String collection, String points, List<String> calls) {
        void create(QdrantServer server) throws IOException {
            server.status("DELETE", "/collections/" + NAME, null);
            server.call("PUT", "/collections/" + NAME, collection);
            if (!points.isEmpty()) {
                server.call(
                        "PUT",
                        "/collections/" + NAME + "/points?wait=true",
                        "{\"points\":[" + points.replace("%s", "\"vector\":[1,2,3]") + "]}");
            }
            for (String call : calls) {
                String[] parts = call.split(" ", 3);
                server.call(parts[0], parts[1], parts[2]);
            }
        }

        @Override
        public String toString() {
            return what;
        }
    }

    static List<Row> rows() {
        String x = "\"vector\":[1,2,3]";
        return List.of(
                row(
                        "ids above 2^63, up to 2^64-1",
                        PLAIN,
                        "{\"id\":9223372036854775808,%s},{\"id\":18446744073709551615,%s},{\"id\":0,%s}",
                        x),
                row("UUIDs as ids", PLAIN, "{\"id\":\"550e8400-e29b-41d4-a716-446655440000\",%s},{\"id\":1,%s}", x),
                row(
                        "an unnamed vector, with -0.0, the smallest and the largest floats",
                        PLAIN,
                        "{\"id\":1,\"vector\":[-0.0,1e-45,3.4028235e38]},{\"id\":2,\"vector\":[0.1,16777217,-1.17549435e-38]}"),
                row(
                        "named vectors, of which a point may lack some",
                        "{\"vectors\":{\"a\":{\"size\":2,\"distance\":\"Euclid\"},\"b\":{\"size\":1,\"distance\":\"Manhattan\"}}}",
                        "{\"id\":1,\"vector\":{\"a\":[1,2],\"b\":[3]}},{\"id\":2,\"vector\":{\"b\":[0.1]}},{\"id\":3,\"vector\":{}}"),
                row(
                        "Cosine vectors, as the server normalised them",
                        "{\"vectors\":{\"size\":3,\"distance\":\"Cosine\"}}",
                        "{\"id\":1,\"vector\":[0.3,-7,1e-3]},{\"id\":2,\"vector\":[1e-4,1e-4,5]}"),
                row(
                        "sparse vectors, also empty ones and indices up to 2^32-1",
                        "{\"vectors\":{},\"sparse_vectors\":{\"s\":{},\"i\":{\"modifier\":\"idf\"}}}",
                        "{\"id\":1,\"vector\":{\"s\":{\"indices\":[],\"values\":[]}}},{\"id\":2,\"vector\":{\"s\":{\"indices\":[4294967295,7,0],\"values\":[0.1,-0.0,1e-45]},\"i\":{\"indices\":[3],\"values\":[2]}}}"),
                row(
                        "an unnamed vector beside a sparse one",
                        "{\"vectors\":{\"size\":2,\"distance\":\"Dot\"},\"sparse_vectors\":{\"s\":{}}}",
                        "{\"id\":1,\"vector\":{\"\":[1,2],\"s\":{\"indices\":[5],\"values\":[1.5]}}}"),
                row(
                        "multivectors",
                        "{\"vectors\":{\"m\":{\"size\":2,\"distance\":\"Dot\",\"multivector_config\":{\"comparator\":\"max_sim\"}}}}",
                        "{\"id\":1,\"vector\":{\"m\":[[1.0,2.0],[0.1,-4]]}},{\"id\":2,\"vector\":{\"m\":[[5,6]]}}"),
                row(
                        "vectors of float16 and uint8",
                        "{\"vectors\":{\"h\":{\"size\":2,\"distance\":\"Dot\",\"datatype\":\"float16\"},\"u\":{\"size\":2,\"distance\":\"Dot\",\"datatype\":\"uint8\"}}}",
                        "{\"id\":1,\"vector\":{\"h\":[0.5,0.25],\"u\":[0,255]}}"),
                row(
                        "quantisation, HNSW, optimiser and on-disk parameters",
                        "{\"vectors\":{\"size\":3,\"distance\":\"Dot\",\"on_disk\":true},\"quantization_config\":{\"scalar\":{\"type\":\"int8\",\"quantile\":0.99,\"always_ram\":true}},\"hnsw_config\":{\"m\":8,\"ef_construct\":64},\"optimizers_config\":{\"indexing_threshold\":20000},\"on_disk_payload\":true}",
                        "{\"id\":1,%s}",
                        x),
                row(
                        "several shards",
                        "{\"vectors\":{\"size\":3,\"distance\":\"Dot\"},\"shard_number\":2}",
                        "{\"id\":1,%s},{\"id\":2,%s},{\"id\":3,%s}",
                        x),
                row(
                        "payload of every JSON type, nested, with integers of 64 bits and member names of any characters",
                        PLAIN,
                        "{\"id\":1,%s,\"payload\":{\"n\":null,\"t\":true,\"i\":-9223372036854775808,\"u\":18446744073709551615,\"f\":0.1,\"one\":1.0,\"big\":1e300,\"l\":[[],{},\"\"],\"o\":{\"\\u0000 \\\" é 😀\":{\"x\":[1,[2]]}},\"\":\"\"}}",
                        x),
                row(
                        "a long text and texts that look like something else",
                        PLAIN,
                        "{\"id\":1,%s,\"payload\":{\"content\":\"" + "C1<SEP>C2 ".repeat(20_000)
                                + "\",\"json\":\"{\\\"a\\\": NaN}\",\"id\":\"ent-b6b818304a439f91fc90b3fe8dd35be8\"}},{\"id\":2,%s,\"payload\":{}},{\"id\":3,%s}",
                        x),
                new Row(
                        "payload indexes, with their parameters",
                        PLAIN,
                        "{\"id\":1,\"vector\":[1,2,3],\"payload\":{\"k\":\"a\",\"t\":\"some words\"}}",
                        List.of(
                                "PUT /collections/" + NAME
                                        + "/index?wait=true {\"field_name\":\"k\",\"field_schema\":\"keyword\"}",
                                "PUT /collections/" + NAME
                                        + "/index?wait=true {\"field_name\":\"t\",\"field_schema\":{\"type\":\"text\",\"tokenizer\":\"word\",\"lowercase\":true,\"on_disk\":true}}",
                                index("tenant", "{\"type\":\"keyword\",\"is_tenant\":true,\"on_disk\":true}"),
                                index("uuid", "{\"type\":\"uuid\",\"is_tenant\":true}"),
                                index(
                                        "number",
                                        "{\"type\":\"integer\",\"lookup\":false,\"range\":true,\"is_principal\":true,\"on_disk\":true}"),
                                index("real", "{\"type\":\"float\",\"is_principal\":true}"),
                                index("at", "{\"type\":\"datetime\",\"is_principal\":true,\"on_disk\":true}"),
                                index("flag", "{\"type\":\"bool\",\"on_disk\":true}"),
                                index("place", "{\"type\":\"geo\",\"on_disk\":true}"))),
                new Row(
                        "aliases",
                        PLAIN,
                        "{\"id\":1,\"vector\":[1,2,3]}",
                        List.of("POST /collections/aliases {\"actions\":[{\"create_alias\":{\"collection_name\":\""
                                + NAME + "\",\"alias_name\":\"current entities\"}}]}")),
                new Row("a collection without points", PLAIN, "", List.of()));
    }

    private static Row row(String what, String collection, String points, String vector) {
        return row(what, collection, points.replace("%s", vector));
    }

    private static String index(String field, String schema) {
        return "PUT /collections/" + NAME + "/index?wait=true {\"field_name\":\"" + field + "\",\"field_schema\":"
                + schema + "}";
    }

    private static Row row(String what, String collection, String points) {
        return new Row(what, collection, points, List.of());
    }

    @ParameterizedTest
    @MethodSource("rows")
    void snapshotPreserves(Row row) throws Exception {
        assertPreserved(row, "snapshot");
    }

    @ParameterizedTest
    @MethodSource("rows")
    void scrollPreserves(Row row) throws Exception {
        assertPreserved(row, "scroll");
    }

    private static void assertPreserved(Row row, String mode) throws Exception {
        row.create(server);
        Object before = Fixtures.contents(server, Fixtures.PREFIX);
        Settings settings = Fixtures.settings(server, mode);
        Backup backup = Backup.of(settings);
        // A collection with another vector size in its place must be replaced.
        new Row("", "{\"vectors\":{\"size\":77,\"distance\":\"Cosine\"}}", "", List.of()).create(server);

        backup.restore(settings);

        StoreSummary restored = Fixtures.read(settings);
        assertThat(Fixtures.contents(server, Fixtures.PREFIX)).isEqualTo(before);
        assertThat(backup.summary().contentDigest()).isNotNull();
        assertThat(restored.contentDigest()).isEqualTo(backup.summary().contentDigest());
        assertThat(restored.counts()).isEqualTo(backup.summary().counts());
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void strictModeIsRespectedAndPreserved(String mode) throws Exception {
        server.status("DELETE", "/collections/" + NAME, null);
        server.call("PUT", "/collections/" + NAME, PLAIN);
        for (int id = 1; id <= 7; id++) {
            server.call(
                    "PUT",
                    "/collections/" + NAME + "/points?wait=true",
                    "{\"points\":[{\"id\":" + id + ",\"vector\":[" + id + ",2,3]}]}");
        }
        server.call(
                "PATCH",
                "/collections/" + NAME,
                "{\"strict_mode_config\":{\"enabled\":true,\"max_query_limit\":3,\"upsert_max_batchsize\":2}}");
        JsonNode strictMode = strictMode();
        Settings settings = Fixtures.settings(server, mode);

        Backup backup = Backup.of(settings);
        assertThat(backup.summary().records()).isEqualTo(7);
        assertThat(Fixtures.digest(settings)).isEqualTo(backup.summary().contentDigest());
        backup.restore(settings);

        assertThat(Fixtures.digest(settings)).isEqualTo(backup.summary().contentDigest());
        assertThat(strictMode()).isEqualTo(strictMode);
    }

    private static JsonNode strictMode() throws IOException {
        return server.call("GET", "/collections/" + NAME, null)
                .path("result")
                .path("config")
                .path("strict_mode_config");
    }

    @Test
    void documentationContainsThisTable() throws IOException {
        StringBuilder table = new StringBuilder();
        for (Row row : rows()) {
            table.append("| ").append(row.what()).append(" | yes | yes |\n");
        }
        assertThat(Files.readString(Path.of("../docs/preserved-qdrant.md"))).contains(table);
    }
}
