package dev.ngbak.qdrant;

import static dev.ngbak.qdrant.Fixtures.COLLECTION;
import static dev.ngbak.qdrant.Fixtures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.qdrant.Fixtures.Backup;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.QdrantCluster;
import dev.ngbak.testkit.QdrantServer;
import dev.ngbak.testkit.Summaries;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Backups and restores of a cluster of three nodes. */
@Timeout(180)
class ClusterTest extends OnCluster {

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void everyReplicaComesBack(String mode) throws Exception {
        ClusterFixtures.fill(cluster, COLLECTION, ClusterContract.REPLICATED, 300, 1);
        QdrantServer node = cluster.node(0);
        node.call("PUT", path("/index?wait=true"), "{\"field_name\":\"n\",\"field_schema\":\"integer\"}");
        node.call(
                "POST",
                "/collections/aliases",
                "{\"actions\":[{\"create_alias\":{\"collection_name\":\"" + COLLECTION
                        + "\",\"alias_name\":\"current\"}}]}");
        node.call("PATCH", path(""), "{\"strict_mode_config\":{\"enabled\":true,\"upsert_max_batchsize\":3}}");
        awaitStrictMode();
        Object before = contents();
        Backup backup = Backup.of(settings(mode));
        assertThat(contents()).isEqualTo(before);
        assertThat(backup.info().form()).isEqualTo(mode.equals("scroll") ? "scroll" : "shards");
        assertThat(backup.entries().paths()).hasSize(mode.equals("scroll") ? 1 : 4);
        drop();

        StoreSummary restored = backup.restore(settings(mode));

        awaitStrictMode();
        assertThat(contents()).isEqualTo(before);
        assertThat(restored.warnings()).isEmpty();
        assertThat(Fixtures.digest(settings(mode)))
                .isEqualTo(backup.summary().contentDigest())
                .isNotNull();
    }

    /** The nodes of a cluster apply this setting after the server has answered. */
    private static void awaitStrictMode() throws Exception {
        while (!cluster.node(0)
                .call("GET", path(""), null)
                .path("result")
                .path("config")
                .has("strict_mode_config")) {
            Thread.sleep(20);
        }
    }

    /** Directly after the upload, the server still calls the empty replica of the only shard active. */
    @Test
    void restoreWaitsForTheReplicaOfTheOnlyShard() throws Exception {
        ClusterFixtures.fill(cluster, COLLECTION, ",\"shard_number\":1,\"replication_factor\":2", 100, 1);
        Object before = contents();
        Backup backup = Backup.of(settings("snapshot"));

        backup.restore(settings("snapshot"));

        assertThat(contents()).isEqualTo(before);
    }

    /** If the server assigned a point to another shard than before, writing it again would add a second one. */
    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void everyPointComesBackToItsShardKey(String mode) throws Exception {
        ClusterFixtures.fillKeyed(cluster, COLLECTION, 200, 1);
        Object before = contents();
        Backup backup = Backup.of(settings(mode));
        assertThat(backup.summary().records()).isEqualTo(200);
        drop();

        backup.restore(settings(mode));

        assertThat(contents()).isEqualTo(before);
        assertThat(Fixtures.digest(settings(mode)))
                .isEqualTo(backup.summary().contentDigest())
                .isNotNull();
        ClusterFixtures.writeAgain(cluster, COLLECTION, 200, 1);
        assertThat(contents()).isEqualTo(before);
    }

    /** A node that passes an integer from 2^63 on to another node turns it into a double. */
    @Test
    void integerThatAClusterRoundsIsLeftToSnapshots() throws Exception {
        ClusterFixtures.fill(cluster, COLLECTION, ClusterContract.SINGLE, 0, 1);
        StringBuilder points = new StringBuilder();
        for (int id = 0; id < 20; id++) {
            points.append(id == 0 ? "" : ",")
                    .append("{\"id\":" + id + ",\"vector\":{},\"payload\":{\"u\":[9223372036854775809]}}");
        }
        cluster.node(0).call("PUT", path("/points?wait=true"), "{\"points\":[" + points + "]}");

        assertFails(
                () -> Backup.of(settings("scroll")),
                Kind.INCOMPATIBLE,
                COLLECTION,
                "2^63",
                "QDRANT_BACKUP_MODE=snapshot");
        Backup backup = Backup.of(settings("snapshot"));
        assertThat(backup.summary().records()).isEqualTo(20);
        assertThat(backup.summary().contentDigest()).isNull();
        drop();
        backup.restore(settings("snapshot"));

        assertThat(Fixtures.read(settings("snapshot")).records()).isEqualTo(20);
        try (QdrantServer single = QdrantServer.startDedicated()) {
            Settings target = Fixtures.settings(single, "scroll");
            backup.restore(target);
            // Qdrant rounded the points of other nodes when they were written. Those of the first node are exact.
            assertThat(Fixtures.contents(single, Fixtures.PREFIX)
                            .get(COLLECTION)
                            .toString())
                    .contains("[9223372036854775809]");
            Backup exact = Backup.of(target);
            assertFails(
                    () -> exact.restore(settings("scroll")), Kind.INCOMPATIBLE, COLLECTION, "2^63", "single server");
        }
    }

    @Test
    void movingAPointToAnotherShardKeyChangesTheDigest() throws Exception {
        ClusterFixtures.fillKeyed(cluster, COLLECTION, 1, 1);
        String before = Fixtures.digest(settings("scroll"));
        JsonNode point = cluster.node(0)
                .call(
                        "POST",
                        "/collections/" + COLLECTION + "/points/scroll",
                        "{\"with_payload\":true,\"with_vector\":true}")
                .path("result")
                .path("points")
                .path(0);
        cluster.node(0)
                .call(
                        "POST",
                        path("/points/delete?wait=true"),
                        "{\"points\":[" + point.path("id") + "],\"shard_key\":\"7\"}");
        cluster.node(0)
                .call(
                        "PUT",
                        path("/points?wait=true"),
                        "{\"points\":[{\"id\":" + point.path("id") + ",\"vector\":" + point.path("vector")
                                + ",\"payload\":" + point.path("payload") + "}],\"shard_key\":7}");

        assertThat(Fixtures.read(settings("scroll")).records()).isEqualTo(1);
        assertThat(Fixtures.digest(settings("scroll"))).isNotEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void archiveMovesToASingleServerAndPointsMoveBack(String mode) throws Exception {
        ClusterFixtures.fill(cluster, COLLECTION, ClusterContract.REPLICATED, 100, 1);
        Object before = contents();
        Backup backup = Backup.of(settings(mode));
        try (QdrantServer single = QdrantServer.startDedicated()) {
            Settings target = Fixtures.settings(single, "scroll");
            try (RestoreSession restore = new QdrantRestorer().open(target)) {
                assertThat(restore.problems(backup.info(), 0)).isEmpty();
                assertThat(restore.warnings(backup.info(), 100, 0))
                        .singleElement()
                        .asString()
                        .contains("up to 2 replicas", "has 1 node");
                Summaries.restore(restore, backup.source(), Progress.NONE);
            }
            assertThat(Fixtures.digest(target)).isEqualTo(backup.summary().contentDigest());
            drop();

            Backup.of(target).restore(settings("scroll"));
            assertThat(contents()).isEqualTo(before);
        }
    }

    @Test
    void preflightRefusesAServerThatCannotHoldTheArchive() throws Exception {
        ClusterFixtures.fillKeyed(cluster, COLLECTION, 4, 1);
        Backup keyed = Backup.of(settings("scroll"));
        Backup shards = Backup.of(settings("snapshot"));
        try (QdrantServer single = QdrantServer.startDedicated()) {
            Fixtures.fill(single, COLLECTION, 5, 2);
            Object untouched = Fixtures.contents(single, Fixtures.PREFIX);
            Backup snapshot = Backup.of(single.settings());
            assertRefused(single.settings(), keyed, "does not run in cluster mode", "QDRANT__CLUSTER__ENABLED");
            assertRefused(single.settings(), shards, "does not run in cluster mode");
            assertThat(Fixtures.contents(single, Fixtures.PREFIX)).isEqualTo(untouched);

            Object before = contents();
            assertRefused(settings("snapshot"), snapshot, "a single server", "QDRANT_BACKUP_MODE=scroll");
            assertRefused(oneUrl("snapshot"), shards, "only one of the 3 nodes", "QDRANT_URLS");
            assertThat(contents()).isEqualTo(before);
        }
    }

    private static void assertRefused(Settings target, Backup backup, String... words) throws IOException {
        try (RestoreSession restore = new QdrantRestorer().open(target)) {
            assertThat(restore.problems(backup.info(), 0))
                    .singleElement()
                    .satisfies(problem -> assertThat(problem.getMessage()).contains(words))
                    .extracting(BackupException::kind)
                    .isEqualTo(Kind.INCOMPATIBLE);
            assertFails(() -> Summaries.restore(restore, backup.source(), Progress.NONE), Kind.INCOMPATIBLE, words);
        }
    }

    /** Returns settings that lead to one node only. */
    private static Settings oneUrl(String mode) {
        return cluster.node(0).settings().with("QDRANT_BACKUP_MODE", mode);
    }

    @Test
    void oneNodeIsEnoughForPointsButNotForSnapshots() throws Exception {
        ClusterFixtures.fill(cluster, COLLECTION, ClusterContract.SINGLE, 50, 1);
        assertFails(
                () -> new QdrantExporter().open(oneUrl("snapshot")),
                Kind.INCOMPATIBLE,
                "is a cluster of 3 nodes",
                "QDRANT_URLS",
                "QDRANT_BACKUP_MODE=scroll");
        Object before = contents();
        Backup backup = Backup.of(oneUrl("scroll"));
        try (ExportSession export = new QdrantExporter().open(oneUrl("scroll"))) {
            assertThat(export.marker()).isEqualTo(ChangeMarker.UNKNOWN);
        }
        drop();
        backup.restore(oneUrl("scroll"));
        cluster.awaitSettled(COLLECTION);
        assertThat(contents()).isEqualTo(before);
    }

    @Test
    void missingNodeIsRefusedWithItsPeer() throws Exception {
        String two = cluster.node(0).url() + "," + cluster.node(1).url();
        assertFails(
                () -> new QdrantExporter().open(settings("scroll").with("QDRANT_URLS", two)),
                Kind.INVALID,
                "QDRANT_URLS leads to only 2 of the 3 nodes",
                Long.toString(cluster.peer(2)));
        assertFails(
                () -> new QdrantExporter().open(settings("scroll").with("QDRANT_URLS", two + ",http://127.0.0.1:1")),
                Kind.UNREACHABLE,
                "http://127.0.0.1:1",
                Long.toString(cluster.peer(2)),
                "QDRANT_URLS");
    }

    @Test
    void snapshotOfOneNodeInClusterModeRefusesShardKeys() throws Exception {
        try (QdrantCluster one = QdrantCluster.start(1)) {
            ClusterFixtures.fillKeyed(one, COLLECTION, 10, 1);
            Settings snapshot = one.settings().with("QDRANT_BACKUP_MODE", "snapshot");
            assertFails(() -> Backup.of(snapshot), Kind.INCOMPATIBLE, "custom sharding", "QDRANT_BACKUP_MODE=scroll");
            Settings scroll = one.settings().with("QDRANT_BACKUP_MODE", "scroll");
            Object before = ClusterFixtures.contents(one, Fixtures.PREFIX);
            Backup backup = Backup.of(scroll);
            one.node(0).call("DELETE", "/collections/" + COLLECTION, null);
            backup.restore(scroll);
            assertThat(ClusterFixtures.contents(one, Fixtures.PREFIX)).isEqualTo(before);
            StoreInfo info = backup.info();
            assertThat(info.scope()).containsEntry("custom_sharding", "[\"" + COLLECTION + "\"]");
        }
    }
}
