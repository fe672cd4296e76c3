package dev.ngbak.lightrag;

import static dev.ngbak.lightrag.SharedCollection.ENTITIES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.qdrant.QdrantExporter;
import dev.ngbak.qdrant.QdrantRestorer;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.QdrantCluster;
import dev.ngbak.testkit.QdrantServer;
import dev.ngbak.testkit.Summaries;
import org.junit.jupiter.api.Test;

/** One workspace in a collection that all workspaces share, on a cluster. */
class WorkspaceInClusterTest {

    private static final String REPLICATED =
            "{\"vectors\":{\"size\":8,\"distance\":\"Cosine\"},\"shard_number\":3,\"replication_factor\":2}";

    @Test
    void workspaceComesBackAndOthersStayAsTheyAre() throws Exception {
        assumeTrue(QdrantCluster.isAvailable(), "QDRANT_BIN names no program, so there is no cluster to test");
        try (QdrantCluster cluster = QdrantCluster.start(3)) {
            QdrantServer node = cluster.node(0);
            node.call("PUT", "/collections/" + ENTITIES + "?timeout=60", REPLICATED);
            cluster.awaitSettled(ENTITIES);
            SharedCollection entities = new SharedCollection(node, ENTITIES);
            entities.add("ws", 200, 1);
            entities.add("other", 50, 2);
            Object before = entities.points();
            Settings settings =
                    cluster.settings().with("GRAPHRAG_SYSTEM", "lightrag").with("WORKSPACE", "ws");
            InMemoryEntries entries = new InMemoryEntries("vectors/qdrant/");
            StoreInfo info;
            StoreSummary summary;
            try (ExportSession export = new QdrantExporter().open(settings)) {
                ChangeMarker marker = export.marker();
                summary = Summaries.export(export, entries, Progress.NONE);
                info = export.info();
                assertThat(marker.until(export.marker())).isEqualTo(Comparison.UNCHANGED);
            }
            assertThat(summary.records()).isEqualTo(200);
            entities.deletePointsOf("ws");
            entities.add("ws", 30, 3);

            try (RestoreSession restore = new QdrantRestorer().open(settings)) {
                assertThat(restore.problems(info, 0)).isEmpty();
                Summaries.restore(restore, entries.source(info), Progress.NONE);
            }

            assertThat(entities.points()).isEqualTo(before);
        }
    }
}
