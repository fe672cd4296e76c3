package dev.ngbak.qdrant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.qdrant.Fixtures.Backup;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.QdrantServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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
     * @param since the version of Qdrant that has it first, if not every version of the tests has it
     * @param what the feature as in the documentation
     * @param collection the request that creates the collection
     * @param points its points, where {@code %s} stands for a vector; may be empty
     * @param calls further calls: method, path and body
     */
    record Row(String since, String what, String collection, String points, List<String> calls) {

        Row(String what, String collection, String points, List<String> calls) {
            this("", what, collection, points, calls);
        }

        void create(QdrantServer server) throws IOException {
            create(server, NAME);
        }

        void create(QdrantServer server, String name) throws IOException {
            server.status("DELETE", "/collections/" + name, null);
            server.call("PUT", "/collections/" + name, collection);
            if (!points.isEmpty()) {
                server.call(
                        "PUT",
                        "/collections/" + name + "/points?wait=true",
                        "{\"points\":[" + points.replace("%s", "\"vector\":[1,2,3]") + "]}");
            }
            for (String call : calls) {
                String[] parts = call.replace(NAME, name).split(" ", 3);
                server.call(parts[0], parts[1], parts[2]);
            }
        }

        /** Skips the test on a server that is too old. */
        void assumeExists(QdrantServer server) throws IOException {
            assumeTrue(
                    since.isEmpty() || Fixtures.isAtLeast(server, since),
                    () -> "needs Qdrant " + since + ", but this is " + server.description());
        }

        /** Returns whether the originals of its vectors are lost on the server, so that points cannot be restored. */
        boolean isSnapshotOnly() {
            return collection.contains("turbo4");
        }

        @Override
        public String toString() {
            return since.isEmpty() ? what : what + " (Qdrant " + since + ")";
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
                        "{\"id\":1,\"vector\":{\"h\":[0.1,-0.0],\"u\":[0,255]}},{\"id\":2,\"vector\":{\"h\":[65504,6e-8],\"u\":[1.6,17]}}"),
                row(
                        "Cosine vectors of float16 and uint8, as the server rounded them",
                        "{\"vectors\":{\"h\":{\"size\":8,\"distance\":\"Cosine\",\"datatype\":\"float16\"},"
                                + "\"m\":{\"size\":3,\"distance\":\"Cosine\",\"datatype\":\"float16\",\"multivector_config\":{\"comparator\":\"max_sim\"}},"
                                + "\"u\":{\"size\":2,\"distance\":\"Cosine\",\"datatype\":\"uint8\"}}}",
                        cosinePoints()),
                row(
                        "sparse vectors of float16 and uint8, with the parameters of their indexes",
                        "{\"vectors\":{},\"sparse_vectors\":{\"h\":{\"modifier\":\"idf\",\"index\":{\"datatype\":\"float16\",\"on_disk\":true,\"full_scan_threshold\":100}},\"u\":{\"index\":{\"datatype\":\"uint8\"}}}}",
                        "{\"id\":1,\"vector\":{\"h\":{\"indices\":[4,1],\"values\":[0.1,1e-7]},\"u\":{\"indices\":[4,1],\"values\":[0.1,200]}}}"),
                row(
                        "parameters of single vectors: HNSW, quantisation, on disk",
                        "{\"vectors\":{\"b\":{\"size\":8,\"distance\":\"Dot\",\"on_disk\":true,\"hnsw_config\":{\"m\":8,\"ef_construct\":50,\"full_scan_threshold\":2000,\"max_indexing_threads\":2,\"on_disk\":true,\"payload_m\":4,\"inline_storage\":true},\"quantization_config\":{\"binary\":{\"always_ram\":true,\"encoding\":\"two_bits\",\"query_encoding\":\"scalar4bits\"}}},"
                                + "\"p\":{\"size\":8,\"distance\":\"Dot\",\"quantization_config\":{\"product\":{\"compression\":\"x16\",\"always_ram\":true}}},"
                                + "\"t\":{\"size\":8,\"distance\":\"Dot\",\"quantization_config\":{\"turbo\":{\"always_ram\":true,\"bits\":\"bits1_5\"}}}}}",
                        "{\"id\":1,\"vector\":{\"t\":[1,2,3,4,5,6,7,0.1]}}"),
                row(
                        "quantisation, HNSW, optimiser and on-disk parameters",
                        "{\"vectors\":{\"size\":3,\"distance\":\"Dot\",\"on_disk\":true},\"quantization_config\":{\"scalar\":{\"type\":\"int8\",\"quantile\":0.99,\"always_ram\":true}},\"hnsw_config\":{\"m\":8,\"ef_construct\":64},\"optimizers_config\":{\"indexing_threshold\":20000},\"on_disk_payload\":true}",
                        "{\"id\":1,%s}",
                        x),
                row(
                        "every parameter of HNSW, the optimiser and the write-ahead log",
                        "{\"vectors\":{\"size\":3,\"distance\":\"Dot\"},\"hnsw_config\":{\"m\":12,\"ef_construct\":60,\"full_scan_threshold\":3000,\"max_indexing_threads\":1,\"on_disk\":true,\"payload_m\":6,\"inline_storage\":false},"
                                + "\"optimizers_config\":{\"deleted_threshold\":0.3,\"vacuum_min_vector_number\":500,\"default_segment_number\":3,\"max_segment_size\":100000,\"memmap_threshold\":30000,\"indexing_threshold\":5000,\"flush_interval_sec\":7,\"max_optimization_threads\":2,\"prevent_unoptimized\":true},"
                                + "\"wal_config\":{\"wal_capacity_mb\":8,\"wal_segments_ahead\":1,\"wal_retain_closed\":2},\"on_disk_payload\":false}",
                        "{\"id\":1,%s}",
                        x),
                row(
                        "limits of the strict mode",
                        "{\"vectors\":{\"v\":{\"size\":3,\"distance\":\"Dot\"}},\"sparse_vectors\":{\"s\":{}},\"strict_mode_config\":{\"enabled\":true,\"max_query_limit\":200000,\"max_timeout\":30,\"unindexed_filtering_retrieve\":false,\"unindexed_filtering_update\":false,\"search_max_hnsw_ef\":100,\"search_allow_exact\":false,\"search_max_oversampling\":2.5,\"search_max_batchsize\":5,\"upsert_max_batchsize\":2,"
                                + "\"read_rate_limit\":100000,\"write_rate_limit\":1000,\"max_collection_vector_size_bytes\":1000000,\"max_collection_payload_size_bytes\":1000000,\"max_points_count\":100,\"filter_max_conditions\":3,\"condition_max_size\":3,\"multivector_config\":{\"v\":{\"max_vectors\":3}},\"sparse_config\":{\"s\":{\"max_length\":5}},\"max_payload_index_count\":20,\"max_resident_memory_percent\":99}}",
                        "{\"id\":1,\"vector\":{\"v\":[1,2,3]}}"),
                new Row(
                        "metadata of a collection, and its read fan-out",
                        "{\"vectors\":{\"size\":3,\"distance\":\"Dot\"},\"metadata\":{\"owner\":\"é\",\"nested\":{\"list\":[1,2.5,null]}}}",
                        "{\"id\":1,\"vector\":[1,2,3]}",
                        List.of("PATCH /collections/" + NAME
                                + " {\"params\":{\"read_fan_out_factor\":2,\"read_fan_out_delay_ms\":50}}")),
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
                        "payload indexes of texts, and indexes that are not used in the search index",
                        PLAIN,
                        "{\"id\":1,\"vector\":[1,2,3],\"payload\":{\"t\":\"some words\"}}",
                        List.of(
                                index(
                                        "t",
                                        "{\"type\":\"text\",\"tokenizer\":\"word\",\"lowercase\":true,\"min_token_len\":2,\"max_token_len\":20,\"on_disk\":true,\"phrase_matching\":true,\"ascii_folding\":true,\"enable_hnsw\":false,\"stopwords\":{\"languages\":[\"english\",\"german\"],\"custom\":[\"foo\"]},\"stemmer\":{\"type\":\"snowball\",\"language\":\"english\"}}"),
                                index(
                                        "s",
                                        "{\"type\":\"text\",\"tokenizer\":\"multilingual\",\"stopwords\":\"german\"}"),
                                index("k", "{\"type\":\"keyword\",\"enable_hnsw\":false}"),
                                index("u", "{\"type\":\"uuid\",\"enable_hnsw\":false}"))),
                new Row(
                        "1.19",
                        "placement in memory (`memory`) of vectors, payload, search indexes and quantised vectors",
                        "{\"vectors\":{\"a\":{\"size\":3,\"distance\":\"Dot\",\"memory\":\"cold\",\"hnsw_config\":{\"memory\":\"pinned\"},\"quantization_config\":{\"turbo\":{\"memory\":\"pinned\"}}}},"
                                + "\"payload\":{\"memory\":\"cached\"},\"hnsw_config\":{\"memory\":\"cached\"},\"sparse_vectors\":{\"s\":{\"index\":{\"memory\":\"pinned\"}}},\"quantization_config\":{\"scalar\":{\"type\":\"int8\",\"memory\":\"cold\"}}}",
                        "{\"id\":1,\"vector\":{\"a\":[1,2,3]}}",
                        List.of()),
                new Row(
                        "1.19",
                        "payload indexes with `prefix`, `memory` and the stemmer `none`",
                        PLAIN,
                        "{\"id\":1,\"vector\":[1,2,3],\"payload\":{\"k\":\"a\"}}",
                        List.of(
                                index("k", "{\"type\":\"keyword\",\"prefix\":true,\"memory\":\"cold\"}"),
                                index("t", "{\"type\":\"text\",\"stemmer\":{\"type\":\"none\"}}"))),
                new Row(
                        "1.19",
                        "vectors of turbo4, of which the server keeps only quantised values",
                        "{\"vectors\":{\"a\":{\"size\":3,\"distance\":\"Dot\",\"datatype\":\"turbo4\"}}}",
                        "{\"id\":1,\"vector\":{\"a\":[1,0.2,3]}}",
                        List.of()),
                new Row(
                        "aliases",
                        PLAIN,
                        "{\"id\":1,\"vector\":[1,2,3]}",
                        List.of("POST /collections/aliases {\"actions\":[{\"create_alias\":{\"collection_name\":\""
                                + NAME + "\",\"alias_name\":\"current entities\"}}]}")),
                new Row("a collection without points", PLAIN, "", List.of()));
    }

    /** Returns points of which a server changes some when it normalises them again. */
    private static String cosinePoints() {
        Random random = new Random(4);
        return IntStream.range(0, 200)
                .mapToObj(id -> "{\"id\":" + id + ",\"vector\":{\"h\":" + vector(random, 8) + ",\"m\":["
                        + vector(random, 3) + "," + vector(random, 3) + "],\"u\":[" + random.nextInt(256) + ","
                        + random.nextInt(256) + "]}}")
                .collect(Collectors.joining(","));
    }

    private static List<Float> vector(Random random, int size) {
        return Stream.generate(() -> (float) random.nextGaussian()).limit(size).toList();
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
        row.assumeExists(server);
        row.create(server);
        if (row.isSnapshotOnly() && mode.equals("scroll")) {
            Fixtures.assertFails(
                    () -> Backup.of(Fixtures.settings(server, mode)), Kind.INCOMPATIBLE, NAME, "turbo4", "\"a\"");
            return;
        }
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

    @Test
    void documentationContainsThisTable() throws IOException {
        StringBuilder table = new StringBuilder();
        for (Row row : rows()) {
            table.append("| ").append(row).append(row.isSnapshotOnly() ? " | yes | refused |\n" : " | yes | yes |\n");
        }
        assertThat(Files.readString(Path.of("../docs/preserved-qdrant.md"))).contains(table);
    }
}
