package dev.ngbak.qdrant;

import static dev.ngbak.qdrant.Fixtures.COLLECTION;
import static dev.ngbak.qdrant.Fixtures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.qdrant.Fixtures.Backup;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.Summaries;
import java.io.OutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Backups and restores of a cluster in which shards move or nodes die. */
@Timeout(180)
class ClusterChangesTest extends OnCluster {

    @Test
    void shardThatMovesDuringABackupCountsAsAChange() throws Exception {
        ClusterFixtures.fill(cluster, COLLECTION, ClusterContract.SINGLE, 300, 1);
        Object before = Fixtures.contents(cluster.node(0), Fixtures.PREFIX);
        InMemoryEntries entries = Fixtures.newEntries();
        boolean[] isMoved = new boolean[1];
        try (ExportSession export = new QdrantExporter().open(settings("snapshot"))) {
            ChangeMarker marker = export.marker();
            StoreSummary summary = Summaries.export(
                    export,
                    (name, suffix, contents) -> {
                        entries.put(name, suffix, contents);
                        if (!isMoved[0]) {
                            isMoved[0] = true;
                            ClusterFixtures.moveShard(cluster, COLLECTION, 1);
                        }
                    },
                    Progress.NONE);
            assertThat(marker.until(export.marker())).isEqualTo(Comparison.CHANGED);
            assertThat(summary.contentDigest()).isNull();
            cluster.awaitSettled(COLLECTION);

            // The next attempt has a marker of its own.
            ChangeMarker again = export.marker();
            assertThat(Backup.of(export).summary().contentDigest()).isNotNull();
            assertThat(again.until(export.marker())).isEqualTo(Comparison.UNCHANGED);

            // Wherever the shards were: the archive of the first attempt is complete.
            drop();
            new Backup(entries, export.info(), summary).restore(settings("snapshot"));
        }
        assertThat(Fixtures.contents(cluster.node(0), Fixtures.PREFIX)).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void nodeThatDiesDuringABackupEndsItAndNothingStays(String mode) throws Exception {
        ClusterFixtures.fill(cluster, COLLECTION, ClusterContract.SINGLE, 300, 1);
        Object before = contents();
        int victim = cluster.nodeOf(COLLECTION, 2);
        InMemoryEntries entries = Fixtures.newEntries();
        try {
            assertFails(
                    () -> {
                        try (ExportSession export = new QdrantExporter().open(settings(mode))) {
                            Summaries.export(
                                    export,
                                    (name, suffix, contents) -> {
                                        cluster.kill(victim);
                                        entries.put(name, suffix, contents);
                                    },
                                    Progress.NONE);
                        }
                    },
                    Kind.UNREACHABLE,
                    "Qdrant at http://127.0.0.1:");
            assertThat(entries.paths()).noneMatch(path -> path.contains("shard-0000000002"));
        } finally {
            cluster.restart(victim);
        }
        cluster.awaitSettled(COLLECTION);
        assertThat(contents()).isEqualTo(before);
        assertThat(Backup.of(settings(mode)).summary().warnings()).isEmpty();
    }

    @Test
    void pointsWithAnotherReplicaAreReadWithoutANodeButTheMarkerIsNot() throws Exception {
        ClusterFixtures.fill(cluster, COLLECTION, ClusterContract.REPLICATED, 300, 1);
        String digest = Fixtures.digest(settings("scroll"));
        try (ExportSession export = new QdrantExporter().open(settings("scroll"))) {
            cluster.kill(2);
            assertThat(Backup.of(export).summary().contentDigest()).isEqualTo(digest);
            assertFails(export::marker, Kind.UNREACHABLE, cluster.node(2).url());
        } finally {
            cluster.restart(2);
        }
        cluster.awaitSettled(COLLECTION);
    }

    @Test
    void snapshotThatADeadNodeKeepsIsNamed() throws Exception {
        ClusterFixtures.fill(cluster, COLLECTION, ClusterContract.SINGLE, 300, 1);
        int victim = cluster.nodeOf(COLLECTION, 0);
        try {
            assertFails(
                    () -> {
                        try (ExportSession export = new QdrantExporter().open(settings("snapshot"))) {
                            Summaries.export(
                                    export,
                                    (name, suffix, contents) -> {
                                        if (suffix.contains("shard-")) {
                                            cluster.kill(victim);
                                        }
                                        contents.writeTo(OutputStream.nullOutputStream());
                                    },
                                    Progress.NONE);
                        }
                    },
                    Kind.UNREACHABLE,
                    cluster.node(victim).url(),
                    COLLECTION + "-shard-0-",
                    "could not be deleted",
                    "Delete it by hand");
        } finally {
            cluster.restart(victim);
        }
        cluster.awaitSettled(COLLECTION);
        assertThat(Backup.of(settings("snapshot")).summary().warnings())
                .singleElement()
                .asString()
                .contains("1 other snapshot of shard 0");
        String snapshots = path("/shards/0/snapshots");
        for (JsonNode left : cluster.node(victim).call("GET", snapshots, null).path("result")) {
            cluster.node(victim)
                    .call("DELETE", snapshots + "/" + left.path("name").asText(), null);
        }
    }

    /** {@link ClusterEngineTest} does the same with a whole restore. */
    @Tag("full")
    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void restoreThatANodeInterruptsCanRunAgainWhenItIsBack(String mode) throws Exception {
        ClusterFixtures.fill(cluster, COLLECTION, ClusterContract.REPLICATED, 300, 1);
        Object before = contents();
        Backup backup = Backup.of(settings(mode));
        drop();
        ClusterFixtures.fill(cluster, COLLECTION, ClusterContract.SINGLE, 50, 2);
        int victim = 2;
        try (RestoreSession restore = QdrantRestore.open(QdrantSettings.of(settings(mode)), ClusterFixtures.PATIENT)) {
            assertFails(
                    () -> Summaries.restore(restore, backup.source(), killing(victim)),
                    Kind.UNREACHABLE,
                    cluster.node(victim).url());
        } finally {
            cluster.restart(victim);
        }

        backup.restore(settings(mode));

        assertThat(contents()).isEqualTo(before);
    }

    private static Progress killing(int victim) {
        return new Progress() {
            @Override
            public void expect(long total, String unit) {}

            @Override
            public void advance(long amount) {
                if (amount > 0) {
                    cluster.kill(victim);
                }
            }
        };
    }
}
