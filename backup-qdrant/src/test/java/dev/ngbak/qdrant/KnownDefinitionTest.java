package dev.ngbak.qdrant;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which settings of a collection are known, and which of them older servers do not know. */
class KnownDefinitionTest {

    /** A definition as Qdrant 1.18 reports it, with the texts that {@code replacements} changes. */
    private static KnownDefinition of(String config, String schema) throws IOException {
        return KnownDefinition.of(new CollectionDefinition(
                "notes", Json.MAPPER.readTree(config), Json.MAPPER.readTree(schema), List.of()));
    }

    private static final String CONFIG = """
            {"params": {"vectors": {"size": 4, "distance": "Dot"}, "sparse_vectors": {"s": {"index": {"on_disk": true}}},
               "shard_number": 1, "replication_factor": 1, "write_consistency_factor": 1, "on_disk_payload": true},
             "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000, "max_indexing_threads": 0,
               "on_disk": false},
             "optimizer_config": {"deleted_threshold": 0.2, "vacuum_min_vector_number": 1000, "default_segment_number": 0,
               "max_segment_size": null, "memmap_threshold": null, "indexing_threshold": 10000, "flush_interval_sec": 5,
               "max_optimization_threads": null, "prevent_unoptimized": null},
             "wal_config": {"wal_capacity_mb": 32, "wal_segments_ahead": 0, "wal_retain_closed": 1},
             "quantization_config": null, "strict_mode_config": {"enabled": false}}
            """;
    private static final String SCHEMA = "{\"k\": {\"data_type\": \"keyword\", \"params\": {\"type\": \"keyword\"}}}";

    @Test
    void whatAServerReportsByItselfIsKnownToEveryServer() throws Exception {
        assertThat(of(CONFIG, SCHEMA)).isEqualTo(new KnownDefinition(List.of(), Map.of()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "params": {              | "params": {"new": 1,               | config.params.new
            "size": 4                | "size": 4, "new": {"x": 1}         | config.params.vectors.new
            "size": 4                | "size": 4, "datatype": "float8"    | config.params.vectors.datatype = float8
            "Dot"                    | "Hamming"                          | config.params.vectors.distance = Hamming
            "on_disk": true}         | "new": true}                       | config.params.sparse_vectors.s.index.new
            "m": 16                  | "m": 16, "new": 1                  | config.hnsw_config.new
            "quantization_config": null | "quantization_config": {"new": {}} | config.quantization_config.new
            {"enabled": false}       | {"enabled": false, "new": 0}       | config.strict_mode_config.new
            "hnsw_config"            | "new": false, "hnsw_config"        | config.new
            """)
    void newMemberOfAnyPartOfTheConfigurationIsUnknown(String part, String replacement, String path) throws Exception {
        assertThat(CONFIG).contains(part);
        assertThat(of(CONFIG.replace(part, replacement), SCHEMA).unknown())
                .containsExactly(
                        path.replace("vectors.new", "vectors" + (replacement.contains("of") ? ".size.of" : ".new")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "data_type": "keyword" | "data_type": "colour"              | payload_schema.k.data_type = colour
            "data_type"            | "new": 1, "data_type"              | payload_schema.k.new
            "type": "keyword"}     | "type": "keyword", "new": [{"x": 1}]} | payload_schema.k.params.new
            """)
    void newMemberOfAPayloadIndexIsUnknown(String part, String replacement, String path) throws Exception {
        assertThat(SCHEMA).contains(part);
        assertThat(of(CONFIG, SCHEMA.replace(part, replacement)).unknown()).containsExactly(path);
    }

    @Test
    void namesThatUsersChooseAreNoSettings() throws Exception {
        KnownDefinition known = of(
                """
                {"params": {"vectors": {"size": {"size": 4, "distance": "Dot"}, "new": {"size": 1, "distance": "Dot"}},
                   "sparse_vectors": {"future": {}}},
                 "strict_mode_config": {"sparse_config": {"future": {"max_length": 1}}},
                 "metadata": {"anything": {"at": ["all"]}}}
                """,
                "{\"params\": {\"data_type\": \"text\", \"params\": {\"type\": \"text\", \"stopwords\": \"german\"}}}");
        assertThat(known.unknown()).isEmpty();
    }

    @Test
    void settingsOfNewServersNeedTheirVersion() throws Exception {
        String config = CONFIG.replace("\"size\": 4", "\"size\": 4, \"datatype\": \"turbo4\", \"memory\": \"cold\"")
                .replace(
                        "\"quantization_config\": null", "\"quantization_config\": {\"turbo\": {\"bits\": \"bits2\"}}");
        ObjectNode schema = (ObjectNode) Json.MAPPER.readTree(SCHEMA);
        ((ObjectNode) schema.at("/k/params")).put("prefix", true).put("enable_hnsw", false);
        assertThat(of(config, schema.toString()).needs())
                .isEqualTo(Map.of(
                        "1.19",
                        List.of(
                                "config.params.vectors.datatype = turbo4",
                                "config.params.vectors.memory",
                                "payload_schema.k.params.prefix"),
                        "1.18",
                        List.of("config.quantization_config.turbo"),
                        "1.17",
                        List.of("payload_schema.k.params.enable_hnsw")));
    }
}
