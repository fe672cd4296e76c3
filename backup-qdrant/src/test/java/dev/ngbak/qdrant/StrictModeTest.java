package dev.ngbak.qdrant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.qdrant.Fixtures.Backup;
import dev.ngbak.spi.Settings;
import dev.ngbak.testkit.QdrantServer;
import java.io.IOException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Collections whose strict mode limits what clients may do. */
class StrictModeTest {

    private static final String PATH = "/collections/" + Fixtures.COLLECTION;
    private static final int POINTS = 30;

    private QdrantServer server;

    @BeforeEach
    void start() throws IOException {
        server = QdrantServer.startDedicated();
        server.call(
                "PUT", PATH, "{\"vectors\":{\"v\":{\"size\":2,\"distance\":\"Dot\"}},\"sparse_vectors\":{\"s\":{}}}");
        String points = IntStream.range(0, POINTS)
                .mapToObj(id ->
                        "{\"id\":" + id + ",\"vector\":{\"v\":[" + id + ",0.5]},\"payload\":{\"k\":\"" + id + "\"}}")
                .collect(Collectors.joining(","));
        server.call("PUT", PATH + "/points?wait=true", "{\"points\":[" + points + "]}");
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            snapshot | "max_query_limit":3,"upsert_max_batchsize":2
            scroll   | "max_query_limit":3,"upsert_max_batchsize":2
            snapshot | "search_allow_exact":false
            scroll   | "search_allow_exact":false
            scroll   | "unindexed_filtering_retrieve":false,"unindexed_filtering_update":false,"filter_max_conditions":1,"condition_max_size":1
            scroll   | "max_points_count":3,"max_collection_vector_size_bytes":1,"max_collection_payload_size_bytes":1
            scroll   | "write_rate_limit":3,"read_rate_limit":600
            scroll   | "max_timeout":1,"max_payload_index_count":0,"search_max_hnsw_ef":4,"search_max_batchsize":2,"max_resident_memory_percent":1
            scroll   | "multivector_config":{"v":{"max_vectors":1}},"sparse_config":{"s":{"max_length":1}},"search_max_oversampling":1.5
            """)
    void limitsDoNotStopABackupOrARestoreAndComeBack(String mode, String limits) throws Exception {
        server.call("PATCH", PATH, "{\"strict_mode_config\":{\"enabled\":true," + limits + "}}");
        JsonNode before = strictMode();
        Settings settings = Fixtures.settings(server, mode);

        Backup backup = Backup.of(settings);
        backup.restore(settings);

        assertThat(backup.summary().records()).isEqualTo(POINTS);
        assertThat(Fixtures.digest(settings)).isEqualTo(backup.summary().contentDigest());
        assertThat(strictMode()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"scroll", "snapshot"})
    void readsWaitForTheRateLimit(String mode) throws Exception {
        assumeTrue(server.isReal(), "the double has no rate limit");
        server.call(
                "PATCH",
                PATH,
                "{\"strict_mode_config\":{\"enabled\":true,\"read_rate_limit\":120,\"max_query_limit\":1}}");
        Settings settings = Fixtures.settings(server, mode);

        Backup backup = Backup.of(settings);
        for (int i = 0; i < 3; i++) {
            assertThat(Fixtures.digest(settings)).isEqualTo(backup.summary().contentDigest());
        }
    }

    private JsonNode strictMode() throws IOException {
        return server.call("GET", PATH, null).path("result").path("config").path("strict_mode_config");
    }
}
