package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.neo4jserver.Neo4jInstallation;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.Summaries;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The mode {@code admin} with the real neo4j-admin and a real server, which is stopped and started. */
class AdminTest {

    @TempDir
    private Path backups;

    static Settings settings(Neo4jInstallation neo4j, Path backups) {
        Map<String, String> values = new HashMap<>();
        // The scheme of the default URL: the driver asks the server for the address of the database.
        values.put("NEO4J_URL", neo4j.url().replace("bolt:", "neo4j:"));
        values.put("NEO4J_PASSWORD", neo4j.password());
        values.put("NEO4J_GRAPH_NAMESPACE", "*");
        values.put("NEO4J_BACKUP_MODE", "admin");
        values.put("NEO4J_ADMIN_CMD", neo4j.adminCommand());
        values.put("NEO4J_STOP_CMD", neo4j.stopCommand());
        values.put("NEO4J_START_CMD", neo4j.startCommand());
        values.put("BACKUP_DIR", backups.toString());
        return Settings.of(values);
    }

    @Test
    void dumpIsRestoredAndTruncatedDumpChangesNothing() throws Exception {
        try (Neo4jInstallation neo4j = Neo4jInstallation.create();
                DatabaseClient client = new DatabaseClient(neo4j.url(), neo4j.username(), neo4j.password())) {
            neo4j.start();
            client.awaitReady().run("CREATE CONSTRAINT one FOR (n:A) REQUIRE n.id IS UNIQUE");
            client.run(
                    "UNWIND range(1, 3000) AS i CREATE (a:A {id: i, at: datetime()})-[:R {w: 0.5}]->(:B {n: [1.5]})");
            List<String> wanted = client.contents("true");
            Settings settings = settings(neo4j, backups);

            ExportedGraph archive = exported(settings);
            assertThat(archive.info().form()).isEqualTo("neo4j-admin/1");
            assertThat(archive.info().scope()).containsEntry("store_format", "record-aligned-1.1");
            assertThat(archive.summary().records()).isEqualTo(9_000);
            assertThat(archive.read()).isEqualTo(StoreSummary.opaque());

            client.wipe();
            client.run("CREATE (:Else)");
            List<String> other = client.contents("true");
            BackupException failure = catchThrowableOfType(
                    BackupException.class, () -> truncated(archive).restore(settings));
            assertThat(failure.kind()).isEqualTo(Kind.INCOMPATIBLE);
            assertThat(failure).hasMessageContaining("NEO4J_ADMIN_CMD").hasMessageContaining("was loaded again");
            assertThat(client.contents("true")).isEqualTo(other);

            StoreSummary restored = archive.restore(settings);
            assertThat(restored.contentDigest()).isEqualTo(archive.summary().contentDigest());
            assertThat(restored.counts()).isEqualTo(archive.summary().counts());
            assertThat(client.contents("true")).isEqualTo(wanted);
            assertThat(client.schema()).hasSize(1);
        }
    }

    /** Exports, and checks that the marker is the same before and after Neo4j was stopped. */
    private static ExportedGraph exported(Settings settings) throws Exception {
        InMemoryEntries entries = new InMemoryEntries("graph/");
        try (ExportSession session = new Neo4jExporter().open(settings)) {
            ChangeMarker before = session.marker();
            StoreSummary summary = Summaries.export(session, entries, Progress.NONE);
            ExportedGraph archive = new ExportedGraph(entries, session.info(), summary);
            assertThat(before.until(session.marker())).isEqualTo(Comparison.UNCHANGED);
            assertThat(Summaries.read(session, Progress.NONE)).isEqualTo(archive.summary());
            return archive;
        }
    }

    /** Returns an archive whose dump has a valid header but lacks its second half. */
    private static ExportedGraph truncated(ExportedGraph archive) {
        byte[] whole = archive.entries().content("neo4j");
        return ExportedGraph.ofFile(archive.info(), Arrays.copyOf(whole, whole.length / 2));
    }
}
