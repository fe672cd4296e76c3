package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.BackupRequest;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.Settings;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.MemoryStorage;
import dev.ngbak.testkit.Summaries;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cluster whose leader changes. Its two members are doubles in front of the real server. */
@Timeout(180)
class ClusterTest {

    private static final String LABEL = TestDatabase.LABEL;

    /** A batch has at most 5,000 nodes, so a restore consists of several transactions. */
    private static final int NODES = 12_000;

    @TempDir
    private Path folder;

    private ClusterDouble cluster;

    @BeforeEach
    void start() throws Exception {
        TestDatabase.wipe();
        cluster = new ClusterDouble(TestDatabase.SERVER.port());
    }

    @AfterEach
    void stop() throws Exception {
        cluster.close();
    }

    private Settings settings() {
        return TestDatabase.settings("NEO4J_URL", cluster.url());
    }

    private static void fill(int nodes) {
        TestDatabase.wipe();
        TestDatabase.run("UNWIND range(1, " + nodes + ") AS i CREATE (:" + LABEL + " {id: toString(i)})");
        TestDatabase.run("MATCH (n:" + LABEL + " {id: '1'}) CREATE (n)-[:RELATED {weight: 1.0}]->(n)");
    }

    @Test
    void exportReadsFromTheLeaderInOneTransactionThatKnowsItsBookmark() throws Exception {
        fill(10);
        ExportedGraph direct = ExportedGraph.of(TestDatabase.settings());
        try (ExportSession session = new Neo4jExporter().open(settings())) {
            var before = session.marker();
            InMemoryEntries entries = new InMemoryEntries("graph/");
            assertThat(Summaries.export(session, entries, Progress.NONE)).isEqualTo(direct.summary());
            assertThat(before.until(session.marker())).isEqualTo(Comparison.UNCHANGED);
            TestDatabase.run("CREATE (:" + LABEL + ")");
            assertThat(before.until(session.marker())).isEqualTo(Comparison.CHANGED);
        }
        assertThat(cluster.first().run()).isEmpty();
        assertThat(cluster.first().begun()).isEmpty();
        assertThat(cluster.second().run().stream().filter(text -> text.contains("properties(")))
                .hasSize(2);
        // A member that lags behind would wait until it has the transaction of the bookmark.
        assertThat(cluster.second().begun()).hasSizeGreaterThan(3);
        assertThat(cluster.second().begun().stream().skip(1))
                .allMatch(text -> text.contains("bookmarks") && text.contains("FB:"));
    }

    /** The former leader would answer too, but may not have what the new one has. */
    @Test
    void markersComeFromTheMemberThatLeadsNow() throws Exception {
        fill(10);
        try (ExportSession session = new Neo4jExporter().open(settings())) {
            var before = session.marker();
            int beforeTheChange = cluster.second().begun().size();
            cluster.changeLeader();
            assertThat(before.until(session.marker())).isEqualTo(Comparison.UNCHANGED);
            cluster.kill(cluster.second());
            TestDatabase.run("CREATE (:" + LABEL + ")");
            assertThat(before.until(session.marker())).isEqualTo(Comparison.CHANGED);
            assertThat(cluster.second().begun()).hasSize(beforeTheChange);
        }
        assertThat(cluster.first().begun()).hasSize(2).allMatch(text -> text.contains("FB:"));
    }

    @Test
    void restoreFailsWhenTheLeaderChangesAndIsNotRetried() throws Exception {
        fill(NODES);
        ExportedGraph archive = ExportedGraph.of(TestDatabase.settings());
        // Six transactions delete the nodes, a seventh finds none, and the eighth writes the first batch.
        cluster.changeLeaderAfter(8);
        BackupException failure = catchThrowableOfType(BackupException.class, () -> archive.restore(settings()));
        assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(failure).hasMessageContaining("stopped accepting writes").hasMessageContaining("SHOW DATABASES");
        assertThat(Stream.concat(cluster.first().run().stream(), cluster.second().run().stream())
                        .filter(text -> text.contains("CREATE (")))
                .doesNotHaveDuplicates();
        assertThat(TestDatabase.number("MATCH (n:" + LABEL + ") RETURN count(n)"))
                .isLessThan(NODES);

        assertThat(archive.restore(settings())).isEqualTo(archive.summary());
        assertThat(cluster.first().run().stream().filter(text -> text.contains("CREATE (")))
                .isNotEmpty();
        assertThat(ExportedGraph.of(TestDatabase.settings()).summary()).isEqualTo(archive.summary());
    }

    private static List<String> contents() {
        return List.of(
                TestDatabase.contents("true").toString(), TestDatabase.schema().toString());
    }

    @Test
    void changeOfTheLeaderInMidRestoreEndsInARollBack() throws Exception {
        try (MemoryStorage storage = MemoryStorage.named("cluster");
                BackupManager manager = new BackupManager(Settings.of(Map.of(
                        "GRAPH_BACKEND",
                        "neo4j",
                        "VECTOR_BACKEND",
                        MemoryStorage.BACKEND,
                        "KV_BACKEND",
                        MemoryStorage.BACKEND,
                        MemoryStorage.SETTING,
                        "cluster",
                        "NEO4J_URL",
                        cluster.url(),
                        "NEO4J_PASSWORD",
                        TestDatabase.SERVER.password(),
                        "BACKUP_DIR",
                        folder.toString())))) {
            fill(NODES);
            ArchiveInfo archive = manager.create(BackupRequest.builder().build());
            List<String> archived = contents();
            fill(100);
            TestDatabase.run("CREATE INDEX present FOR (n:" + LABEL + ") ON (n.id)");
            List<String> present = contents();

            cluster.changeLeaderAfter(3);
            BackupException failure = catchThrowableOfType(BackupException.class, () -> manager.restore(archive.id()));
            assertThat(failure.effect()).contains(Effect.ROLLED_BACK);
            assertThat(contents()).isEqualTo(present);
            assertThat(cluster.first().run()).anyMatch(text -> text.contains("CREATE ("));

            manager.restore(archive.id());
            assertThat(contents()).isEqualTo(archived);
        }
    }
}
