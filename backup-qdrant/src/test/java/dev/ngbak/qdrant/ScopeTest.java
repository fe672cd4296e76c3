package dev.ngbak.qdrant;

import static dev.ngbak.qdrant.Fixtures.COLLECTION;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.qdrant.Fixtures.Backup;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.testkit.QdrantServer;
import dev.ngbak.testkit.Summaries;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which collections are backed up and replaced, and which settings look wrong. */
class ScopeTest {

    @Test
    void restoreLeavesCollectionsOutOfScopeAlone() throws Exception {
        try (QdrantServer server = QdrantServer.startDedicated()) {
            Fixtures.fill(server, COLLECTION, 60, 1);
            Fixtures.fill(server, "foreign", 60, 2);
            Fixtures.fill(server, "api_working_directory", 6, 3);
            server.call("POST", "/collections/foreign/snapshots", null);
            Object foreign = Fixtures.contents(server, "foreign");
            Object similarName = Fixtures.contents(server, "api_working_directory");
            Backup backup = Backup.of(server.settings());
            assertThat(backup.summary().counts().counts()).containsOnlyKeys(COLLECTION);
            server.call("DELETE", "/collections/" + COLLECTION, null);
            Fixtures.fill(server, "api_working_dir_stale", 3, 4);

            backup.restore(server.settings());

            assertThat(Fixtures.digest(server.settings()))
                    .isEqualTo(backup.summary().contentDigest());
            assertThat(Fixtures.contents(server, "foreign")).isEqualTo(foreign);
            assertThat(Fixtures.contents(server, "api_working_directory")).isEqualTo(similarName);
            assertThat(server.status("GET", "/collections/api_working_dir_stale", null))
                    .isEqualTo(404);
        }
    }

    @Test
    void emptyServerHasNoScopeProblem() throws Exception {
        try (QdrantServer server = QdrantServer.startDedicated();
                ExportSession export = new QdrantExporter().open(server.settings())) {
            assertThat(export.scopeProblem()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void prefixThatMatchesNothingIsAScopeProblemAndAnEmptyExport(String mode) throws Exception {
        try (QdrantServer server = QdrantServer.startDedicated()) {
            Fixtures.fill(server, "mine_entities", 1, 1);
            try (ExportSession export = new QdrantExporter().open(Fixtures.settings(server, mode))) {
                BackupException problem = export.scopeProblem().orElseThrow();
                assertThat(problem.kind()).isEqualTo(Kind.INVALID);
                assertThat(problem).hasMessageContainingAll("mine_entities", "QDRANT_NAMESPACE_PREFIX");
                assertThat(export.counts().counts()).isEmpty();
                Backup backup = Backup.of(export);
                assertThat(backup.summary().records()).isZero();
                assertThat(backup.summary().contentDigest()).isNotNull();
                assertThat(backup.summary().warnings()).isEmpty();
                assertThat(backup.entries().paths()).isEmpty();
                assertThat(Summaries.read(export, Progress.NONE)).isEqualTo(backup.summary());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mine", "*"})
    void prefixThatMatchesHasNoScopeProblem(String prefix) throws Exception {
        try (QdrantServer server = QdrantServer.startDedicated()) {
            Fixtures.fill(server, "mine_entities", 1, 1);
            try (ExportSession export =
                    new QdrantExporter().open(server.settings().with("QDRANT_NAMESPACE_PREFIX", prefix))) {
                assertThat(export.scopeProblem()).isEmpty();
                assertThat(export.counts().counts()).containsEntry("mine_entities", 1L);
            }
        }
    }

    @Test
    void aliasThatLeadsOutOfScopeIsAScopeProblem() throws Exception {
        try (QdrantServer server = QdrantServer.startDedicated()) {
            Fixtures.fill(server, COLLECTION, 2, 1);
            Fixtures.fill(server, "blue_entities", 2, 1);
            server.call(
                    "POST",
                    "/collections/aliases",
                    "{\"actions\":[{\"create_alias\":{\"collection_name\":\"blue_entities\",\"alias_name\":\"api_working_dir_chunks\"}}]}");
            try (ExportSession export = new QdrantExporter().open(server.settings())) {
                BackupException problem = export.scopeProblem().orElseThrow();
                assertThat(problem.kind()).isEqualTo(Kind.INVALID);
                assertThat(problem).hasMessageContainingAll("api_working_dir_chunks", "blue_entities");
                assertThat(export.counts().counts()).containsOnlyKeys(COLLECTION);
                assertThat(Backup.of(export).summary().records()).isEqualTo(2);
            }
        }
    }
}
