package dev.ngbak.lightrag;

import static dev.ngbak.lightrag.SharedCollection.ENTITIES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.qdrant.QdrantExporter;
import dev.ngbak.qdrant.QdrantRestorer;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.QdrantServer;
import dev.ngbak.testkit.Summaries;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The definition of a collection of all workspaces: its strict mode stays on while one of them is replaced, and what it needs
 * from a server stays with a copy.
 */
class SharedDefinitionTest {

    private static final String PATH = "/collections/" + ENTITIES;

    private QdrantServer server;
    private SharedCollection entities;

    @BeforeEach
    void start() throws IOException {
        server = QdrantServer.startDedicated();
        entities = new SharedCollection(server, ENTITIES).create();
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"max_query_limit\":4,\"upsert_max_batchsize\":3",
                "\"write_rate_limit\":1200,\"read_rate_limit\":3000,\"upsert_max_batchsize\":7",
                "\"unindexed_filtering_retrieve\":false,\"unindexed_filtering_update\":false,\"search_allow_exact\":false",
                "\"filter_max_conditions\":1,\"condition_max_size\":1"
            })
    void restoreRespectsTheLimitsAndLeavesThemAlone(String limits) throws Exception {
        assertRestores(25, limits);
    }

    @Test
    void withoutAnIndexOfTheTenantPointsAreDeletedByTheirIds() throws Exception {
        assumeTrue(server.isReal(), "the double deletes by a filter without an index");
        server.call("DELETE", PATH + "/index/workspace_id?wait=true", null);
        assertRestores(25, "\"unindexed_filtering_update\":false,\"max_query_limit\":10");
    }

    @Test
    void writesWaitForTheRateLimit() throws Exception {
        assumeTrue(server.isReal(), "the double has no rate limit");
        assertRestores(310, "\"write_rate_limit\":600");
    }

    @Test
    void copyUnderAnotherNameNeedsTheSameServer() throws Exception {
        try (QdrantServer fake = QdrantServer.startDouble(null)) {
            fake.call("PUT", PATH, "{\"vectors\":{\"size\":8,\"distance\":\"Cosine\",\"memory\":\"cold\"}}");
            new SharedCollection(fake, ENTITIES).add("ws", 1, 1);
            Settings settings =
                    fake.settings().with("GRAPHRAG_SYSTEM", "lightrag").with("WORKSPACE", "ws");
            InMemoryEntries entries = new InMemoryEntries("vectors/qdrant/");
            try (ExportSession export = new QdrantExporter().open(settings)) {
                Summaries.export(export, entries, Progress.NONE);
                StoreInfo copied = Rewritten.of(
                                new QdrantRestorer(),
                                entries.source(export.info()),
                                settings.with("WORKSPACE", "copy"),
                                Map.of())
                        .source()
                        .archived();
                assertThat(copied.scope().get("requires"))
                        .contains("config.params.vectors.memory")
                        .isEqualTo(export.info().scope().get("requires"));
            }
        }
    }

    private void assertRestores(int points, String limits) throws Exception {
        Settings settings =
                server.settings().with("GRAPHRAG_SYSTEM", "lightrag").with("WORKSPACE", "ws");
        entities.add("ws", points, 1);
        entities.add("other", 25, 2);
        Object all = entities.points();
        server.call("PATCH", PATH, "{\"strict_mode_config\":{\"enabled\":true," + limits + "}}");
        String definition = entities.definition();

        InMemoryEntries entries = new InMemoryEntries("vectors/qdrant/");
        StoreInfo info;
        try (ExportSession export = new QdrantExporter().open(settings)) {
            assertThat(Summaries.export(export, entries, Progress.NONE).records())
                    .isEqualTo(points);
            info = export.info();
        }
        try (RestoreSession restore = new QdrantRestorer().open(settings)) {
            assertThat(restore.problems(info, 0)).isEmpty();
            Summaries.restore(restore, entries.source(info), Progress.NONE);
        }

        assertThat(entities.definition()).isEqualTo(definition);
        server.call("PATCH", PATH, "{\"strict_mode_config\":{\"enabled\":false}}");
        assertThat(entities.points()).isEqualTo(all);
    }
}
