package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.neo4jserver.Neo4jServer;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.Faults;
import dev.ngbak.testkit.Faults.Trap;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.Summaries;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Failures have the right kind, and their messages name the setting to change. */
class FailureTest {

    @BeforeEach
    void wipe() {
        TestDatabase.wipe();
    }

    private static BackupException failureToOpen(String... settings) {
        Settings wrong = TestDatabase.settings(settings);
        BackupException thrown = catchThrowableOfType(
                BackupException.class, () -> new Neo4jExporter().open(wrong).close());
        assertThat(thrown).isNotNull();
        BackupException other = catchThrowableOfType(
                BackupException.class, () -> new Neo4jRestorer().open(wrong).close());
        assertThat(other.kind()).isEqualTo(thrown.kind());
        return thrown;
    }

    @Test
    void wrongPasswordIsReportedAndNotShown() {
        BackupException thrown = failureToOpen("NEO4J_PASSWORD", "wr0ng-passw0rd");
        assertThat(thrown.kind()).isEqualTo(Kind.INVALID);
        assertThat(thrown).hasMessageContaining("NEO4J_PASSWORD").hasMessageNotContaining("wr0ng");
    }

    @Test
    void missingPasswordAndUnknownUserAreReported() {
        assertThat(failureToOpen("NEO4J_PASSWORD", "")).hasMessageContaining("without a password");
        assertThat(failureToOpen("NEO4J_USERNAME", "nobody")).hasMessageContaining("\"nobody\"");
    }

    @Test
    void unknownDatabaseIsReported() {
        BackupException thrown = failureToOpen("NEO4J_DATABASE", "elsewhere");
        assertThat(thrown.kind()).isEqualTo(Kind.INVALID);
        assertThat(thrown).hasMessageContaining("NEO4J_DATABASE").hasMessageContaining("elsewhere");
    }

    @Test
    void encryptionThatTheServerDoesNotSupportIsReported() {
        BackupException thrown =
                failureToOpen("NEO4J_URL", TestDatabase.SERVER.url().replace("bolt:", "bolt+s:"));
        assertThat(thrown.kind()).isIn(Kind.INVALID, Kind.UNREACHABLE);
        assertThat(thrown).hasMessageContaining("NEO4J_URL");
    }

    @ParameterizedTest
    @ValueSource(strings = {"neo4j://127.0.0.1:1", "bolt://user:hidden@127.0.0.1:1"})
    void closedPortIsUnreachable(String url) {
        BackupException thrown = failureToOpen("NEO4J_URL", url);
        assertThat(thrown.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(thrown).hasMessageContaining("NEO4J_URL").hasMessageNotContaining("hidden");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost:7474", "nonsense", "bolt://", "neo4j://a b"})
    void malformedUrlIsInvalid(String url) {
        assertThat(failureToOpen("NEO4J_URL", url).kind()).isEqualTo(Kind.INVALID);
    }

    @Test
    void unknownModeIsRejected() {
        assertThat(failureToOpen("NEO4J_BACKUP_MODE", "magic")).hasMessageContaining("NEO4J_BACKUP_MODE");
    }

    @Test
    void scopeProblemNamesExistingLabelsWhenNoNodeHasTheLabel() throws Exception {
        TestDatabase.run("CREATE (:OtherLabel), (:Third)");
        try (ExportSession session = new Neo4jExporter().open(TestDatabase.settings())) {
            BackupException problem = session.scopeProblem().orElseThrow();
            assertThat(problem.kind()).isEqualTo(Kind.INVALID);
            assertThat(problem)
                    .hasMessageContaining("NEO4J_GRAPH_NAMESPACE")
                    .hasMessageContaining("OtherLabel")
                    .hasMessageNotContaining("Nothing was");

            assertThat(session.counts().counts()).containsEntry("entities", 0L);
            StoreSummary empty = Summaries.read(session, Progress.NONE);
            assertThat(empty.records()).isZero();
            assertThat(Summaries.export(session, new InMemoryEntries("graph/"), Progress.NONE))
                    .isEqualTo(empty);

            TestDatabase.run("CREATE (:" + TestDatabase.LABEL + ")");
            assertThat(session.scopeProblem()).isEmpty();
            TestDatabase.wipe();
            assertThat(session.scopeProblem()).isEmpty();
        }
    }

    @Test
    void wholeDatabaseHasNoScopeProblem() throws Exception {
        TestDatabase.run("CREATE (:OtherLabel)");
        try (ExportSession session = new Neo4jExporter().open(TestDatabase.settings("NEO4J_GRAPH_NAMESPACE", "*"))) {
            assertThat(session.scopeProblem()).isEmpty();
        }
    }

    @Test
    void archiveOfAnotherScopeIsRejectedBeforeAnyChange() throws Exception {
        TestDatabase.run("CREATE (:A), (:" + TestDatabase.LABEL + ")");
        List<String> before = TestDatabase.contents("true");
        ExportedGraph archive = ExportedGraph.of(TestDatabase.settings("NEO4J_GRAPH_NAMESPACE", "A"));
        assertThatThrownBy(() -> archive.restore(TestDatabase.settings()))
                .hasMessageContaining("NEO4J_GRAPH_NAMESPACE");
        assertThat(TestDatabase.contents("true")).isEqualTo(before);
    }

    @Test
    void relationshipsThatCrossTheScopeAreCountedInWarnings() throws Exception {
        TestDatabase.run("CREATE (a:" + TestDatabase.LABEL + ")-[:X]->(:F), (a)<-[:X]-(:F), (a)-[:X]->(a)");
        ExportedGraph archive = ExportedGraph.of(TestDatabase.settings());
        assertThat(archive.summary().counts().counts()).containsEntry("relationships", 1L);
        assertThat(archive.summary().warnings()).singleElement().asString().startsWith("2 relationships");
        assertThat(archive.restore(TestDatabase.settings()).warnings())
                .singleElement()
                .asString()
                .startsWith("2 relationships")
                .contains("removed");
        assertThat(TestDatabase.number("MATCH (n:F) RETURN count(n)")).isEqualTo(2);
    }

    @Test
    void constraintViolationInTheTargetIsIncompatible() throws Exception {
        TestDatabase.run("CREATE (a:" + TestDatabase.LABEL + ")-[:RELATED {id: 1}]->(a), (a)-[:RELATED {id: 1}]->(a)");
        ExportedGraph archive = ExportedGraph.of(TestDatabase.settings());
        TestDatabase.wipe();
        TestDatabase.run("CREATE (a:Foreign)-[:RELATED {id: 1}]->(a)");
        TestDatabase.run("CREATE CONSTRAINT others FOR ()-[r:RELATED]-() REQUIRE r.id IS UNIQUE");
        assertThatThrownBy(() -> archive.restore(TestDatabase.settings()))
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "not json",
                "{\"form\":\"neo4j-jsonl/2\"}",
                "{\"form\":\"neo4j-jsonl/1\",\"scope\":\"Else\"}",
                "H",
                "H{\"node\":1,\"labels\":[\"L\"],\"properties\":{}}",
                "H{\"node\":0,\"labels\":[\"Else\"],\"properties\":{}}",
                "H{\"node\":0,\"labels\":[\"L\"],\"properties\":{\"a\":null}}",
                "H{\"node\":0,\"labels\":[\"L\"],\"properties\":{\"a\":1,\"a\":1}}",
                "H{\"node\":0,\"labels\":[\"L\"],\"properties\":{\"a\":{\"x\":1}}}",
                "H{\"node\":0,\"labels\":[\"L\"],\"properties\":{\"a\":9223372036854775808}}",
                "H{\"node\":0,\"labels\":[\"L\"],\"properties\":{\"a\":{\"date\":\"2020-13-01\"}}}",
                "H{\"relationship\":\"R\",\"from\":0,\"to\":0,\"properties\":{}}",
                "H{\"index\":\"RANGE\",\"name\":\"i\",\"of\":\"nodes\",\"tokens\":[],\"properties\":[\"a\"]}",
                "H{\"index\":\"RANGE INDEX x FOR (n) DROP\",\"name\":\"i\",\"of\":\"nodes\",\"tokens\":[\"L\"],"
                        + "\"properties\":[\"a\"]}",
                "H{\"end\":{\"schema\":0,\"nodes\":1,\"relationships\":0}}",
                "H{\"end\":{\"schema\":0,\"nodes\":0,\"relationships\":0}}{}"
            })
    void malformedFileIsCorrupt(String text) {
        String file = text.startsWith("H")
                ? "{\"form\":\"neo4j-jsonl/1\",\"scope\":\"" + TestDatabase.LABEL + "\"}\n"
                        + text.substring(1).replace("\"L\"", "\"" + TestDatabase.LABEL + "\"")
                : text;
        assertThatThrownBy(() -> ExportedGraph.ofFile(file).read())
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT));
    }

    @Test
    void serverKilledDuringWorkIsUnreachable() throws Exception {
        TestDatabase.run("UNWIND range(1, 30000) AS i CREATE (:" + TestDatabase.LABEL
                + " {id: i, text: 'some words that take room ' + i})");
        ExportedGraph archive = ExportedGraph.of(TestDatabase.settings());
        try (Neo4jServer server = Neo4jServer.start()) {
            Settings settings = TestDatabase.settings("NEO4J_URL", server.url(), "NEO4J_PASSWORD", server.password());
            archive.restore(settings);
            try (ExportSession export = new Neo4jExporter().open(settings);
                    RestoreSession restore = new Neo4jRestorer().open(settings)) {
                Trap kill = server::kill;
                assertUnreachable(() -> Summaries.export(
                        export,
                        Faults.sink(
                                new InMemoryEntries("graph/"), archive.entries().size() / 2, kill),
                        Progress.NONE));
                assertUnreachable(() -> Summaries.restore(restore, archive.source(), Progress.NONE));
                assertUnreachable(export::marker);
            }
        }
    }

    private static void assertUnreachable(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE))
                .hasMessageContaining("NEO4J_URL");
    }
}
