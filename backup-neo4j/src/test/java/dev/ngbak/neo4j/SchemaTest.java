package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.neo4jserver.Neo4jRelease;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.Summaries;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Backup and restore of constraints and indexes, with every kind that Community supports. */
class SchemaTest {

    private static final String LABEL = TestDatabase.LABEL;

    private static final List<String> OWN = List.of(
            "CREATE CONSTRAINT c FOR (n:L) REQUIRE n.id IS UNIQUE",
            "CREATE CONSTRAINT FOR (n:L) REQUIRE (n.id, n.name) IS UNIQUE",
            "CREATE INDEX FOR (n:L) ON (n.name)",
            "CREATE INDEX two FOR (n:L) ON (n.name, n.id)",
            "CREATE TEXT INDEX FOR (n:L) ON (n.name)",
            "CREATE POINT INDEX FOR (n:L) ON (n.at) OPTIONS {indexConfig: {`spatial.cartesian.min`: [-10.0, -5.5],"
                    + " `spatial.cartesian.max`: [10.0, 5.5]}}",
            "CREATE FULLTEXT INDEX f FOR (n:L) ON EACH [n.name, n.id] OPTIONS {indexConfig:"
                    + " {`fulltext.analyzer`: 'german', `fulltext.eventually_consistent`: true}}",
            "CREATE VECTOR INDEX FOR (n:L) ON (n.v) OPTIONS {indexConfig: {`vector.dimensions`: 3,"
                    + " `vector.similarity_function`: 'euclidean'}}",
            "CREATE VECTOR INDEX FOR (n:L) ON (n.w) OPTIONS {indexConfig: {`vector.dimensions`: 3,"
                    + " `vector.similarity_function`: 'cosine', `vector.quantization.enabled`: false,"
                    + " `vector.hnsw.m`: 8, `vector.hnsw.ef_construction`: 50}}");

    private static final List<String> SHARED = List.of(
            "CREATE CONSTRAINT FOR ()-[r:RELATED]-() REQUIRE r.id IS UNIQUE",
            "CREATE INDEX FOR ()-[r:RELATED]-() ON (r.name)",
            "CREATE TEXT INDEX FOR ()-[r:RELATED]-() ON (r.name)",
            "CREATE FULLTEXT INDEX FOR ()-[r:RELATED|OTHER]-() ON EACH [r.name]",
            "CREATE VECTOR INDEX FOR ()-[r:RELATED]-() ON (r.v) OPTIONS {indexConfig: {`vector.dimensions`: 2}}",
            "CREATE FULLTEXT INDEX FOR (n:" + LABEL + "|Foreign) ON EACH [n.name]");

    @BeforeEach
    void wipe() {
        TestDatabase.wipe();
        TestDatabase.run("CREATE (a:" + LABEL + ":P {id: 'A', name: 'x', at: point({x: 1, y: 2}), v: [1.0, 2.0, 3.0]})"
                + "-[:RELATED {id: 1, name: 'r', v: [1.0, 0.5]}]->(a)");
    }

    @Test
    void restoreReplacesSchemaOfTheLabel() throws Exception {
        OWN.forEach(command -> TestDatabase.run(command.replace(":L)", ":" + LABEL + ")")));
        List<String> schema = TestDatabase.schema();
        List<String> names = names();
        ExportedGraph archive = ExportedGraph.of(TestDatabase.settings());
        TestDatabase.run("DROP CONSTRAINT c");
        TestDatabase.run("DROP INDEX f");
        TestDatabase.run("CREATE TEXT INDEX extra FOR (n:" + LABEL + ") ON (n.extra)");
        TestDatabase.run("CREATE CONSTRAINT more FOR (n:" + LABEL + ") REQUIRE n.more IS UNIQUE");
        archive.restore(TestDatabase.settings());
        assertThat(TestDatabase.schema()).isEqualTo(schema);
        TestDatabase.wipe();
        archive.restore(TestDatabase.settings());

        assertThat(TestDatabase.run("SHOW INDEXES WHERE state <> 'ONLINE'")).isEmpty();
        assertThat(TestDatabase.schema()).isEqualTo(schema).hasSize(OWN.size());
        assertThat(names()).isEqualTo(names);
        assertThat(ExportedGraph.of(TestDatabase.settings()).summary()).isEqualTo(archive.summary());

        for (String name : names) {
            String before = ExportedGraph.of(TestDatabase.settings()).summary().contentDigest();
            boolean constraint = !TestDatabase.run("SHOW CONSTRAINTS YIELD name WHERE name = $name", "name", name)
                    .isEmpty();
            TestDatabase.run("DROP " + (constraint ? "CONSTRAINT " : "INDEX ") + Cypher.quote(name));
            assertThat(ExportedGraph.of(TestDatabase.settings()).summary().contentDigest())
                    .isNotEqualTo(before);
        }
    }

    @Test
    void sharedSchemaIsCreatedAndNeverDropped() throws Exception {
        TestDatabase.run("CREATE (:Foreign)");
        ExportedGraph before = ExportedGraph.of(TestDatabase.settings());
        SHARED.forEach(TestDatabase::run);
        List<String> schema = TestDatabase.schema();
        ExportedGraph archive = ExportedGraph.of(TestDatabase.settings());
        assertThat(archive.summary().contentDigest()).isEqualTo(before.summary().contentDigest());
        assertThat(archive.lines())
                .filteredOn(line -> line.endsWith("\"shared\":true}"))
                .hasSize(SHARED.size());
        TestDatabase.wipe();
        archive.restore(TestDatabase.settings());
        assertThat(TestDatabase.schema()).isEqualTo(schema).hasSize(SHARED.size());

        before.restore(TestDatabase.settings());
        assertThat(TestDatabase.schema()).isEqualTo(schema);
    }

    @Test
    void serverNamesAnIndexWhoseNameIsTaken() throws Exception {
        TestDatabase.run("CREATE INDEX mine FOR (n:" + LABEL + ") ON (n.id)");
        ExportedGraph archive = ExportedGraph.of(TestDatabase.settings());
        TestDatabase.run("DROP INDEX mine");
        TestDatabase.run("CREATE INDEX mine FOR (n:Foreign) ON (n.other)");
        StoreSummary restored = archive.restore(TestDatabase.settings());

        assertThat(restored).isEqualTo(archive.summary());
        assertThat(TestDatabase.schema()).hasSize(2);
        assertThat(ExportedGraph.of(TestDatabase.settings()).summary()).isEqualTo(archive.summary());
    }

    @Test
    void lookupIndexesAreUnchanged() throws Exception {
        long lookups = TestDatabase.run("SHOW INDEXES WHERE type = 'LOOKUP'").size();
        ExportedGraph.of(TestDatabase.settings("NEO4J_GRAPH_NAMESPACE", "*"))
                .restore(TestDatabase.settings("NEO4J_GRAPH_NAMESPACE", "*"));
        assertThat(TestDatabase.run("SHOW INDEXES WHERE type = 'LOOKUP'")).hasSize((int) lookups);
    }

    @Test
    void communityRejectsEnterpriseConstraintsBeforeAnyChange() throws Exception {
        List<String> before = TestDatabase.contents("true");
        ExportedGraph archive = ExportedGraph.ofFile("""
                {"form":"neo4j-jsonl/1","scope":"%s"}
                {"constraint":"KEY","name":"k","of":"nodes","tokens":["%s"],"properties":["id"]}
                {"end":{"schema":1,"nodes":0,"relationships":0}}
                """.formatted(LABEL, LABEL));
        assertThat(archive.read().records()).isZero();
        StoreInfo archived = new StoreInfo(
                "Neo4j",
                "5.26.0",
                archive.info().form(),
                Map.of("NEO4J_GRAPH_NAMESPACE", LABEL, "requires", "node key constraint"),
                -1);
        try (RestoreSession session = new Neo4jRestorer().open(TestDatabase.settings())) {
            assertThat(session.problems(archived, 1)).singleElement().satisfies(problem -> {
                assertThat(problem.kind()).isEqualTo(BackupException.Kind.INCOMPATIBLE);
                assertThat(problem).hasMessageContaining("node key constraint");
            });
            assertThatThrownBy(() -> Summaries.restore(session, archive.source(), Progress.NONE))
                    .hasMessageContaining("Nothing was changed");
        }
        assertThat(TestDatabase.contents("true")).isEqualTo(before);
    }

    /** Neo4j cannot build a range index over a text of more than about 8 kB. */
    private static void createFailedIndex() {
        TestDatabase.run(
                "CREATE (:" + LABEL + " {id: 'big', text: $text}), (:" + LABEL + " {id: 'small', text: 'x'})",
                "text",
                "x".repeat(40_000));
        TestDatabase.run("CREATE INDEX big FOR (n:" + LABEL + ") ON (n.text)");
        assertThatThrownBy(() -> TestDatabase.run("CALL db.awaitIndex('big', 60)"))
                .hasMessageContaining("is in failed state");
    }

    private static void assertRestoredWithWarning(ExportedGraph archive) throws Exception {
        StoreSummary restored = archive.restore(TestDatabase.settings());
        assertThat(restored.contentDigest()).isEqualTo(archive.read().contentDigest());
        assertThat(restored.warnings())
                .singleElement()
                .asString()
                .contains("\"big\"", "could not be built", "too large");
        assertThat(ExportedGraph.of(TestDatabase.settings()).summary().contentDigest())
                .isEqualTo(restored.contentDigest());
        assertThat(names()).containsExactly("big");
    }

    @Test
    void failedIndexIsAWarning() throws Exception {
        createFailedIndex();
        ExportedGraph archive = ExportedGraph.of(TestDatabase.settings());
        assertThat(archive.summary().warnings()).singleElement().asString().contains("\"big\"", "FAILED");
        assertThat(archive.lines())
                .filteredOn(line -> line.endsWith("\"state\":\"FAILED\"}"))
                .hasSize(1);
        assertRestoredWithWarning(archive);
        TestDatabase.wipe();
        assertRestoredWithWarning(archive);
    }

    @Test
    void archiveWithoutTheStateOfAFailedIndexIsRestored() throws Exception {
        createFailedIndex();
        ExportedGraph archive = ExportedGraph.of(TestDatabase.settings());
        ExportedGraph older =
                ExportedGraph.ofFile(String.join("\n", archive.lines()).replace(",\"state\":\"FAILED\"", ""));
        assertThat(older.read().contentDigest()).isEqualTo(archive.summary().contentDigest());
        TestDatabase.wipe();
        assertRestoredWithWarning(older);
    }

    @Test
    void constraintThatCannotBeCreatedFailsTheRestore() throws Exception {
        ExportedGraph archive = ExportedGraph.ofFile("""
                {"form":"neo4j-jsonl/1","scope":"%s"}
                {"constraint":"UNIQUENESS","name":"c","of":"nodes","tokens":["%s"],"properties":["id"]}
                {"node":0,"labels":["%s"],"properties":{"id":1}}
                {"node":1,"labels":["%s"],"properties":{"id":1}}
                {"end":{"schema":1,"nodes":2,"relationships":0}}
                """.formatted(LABEL, LABEL, LABEL, LABEL));
        assertThatThrownBy(() -> archive.restore(TestDatabase.settings()))
                .hasMessageContaining("node uniqueness constraint \"c\"");
    }

    @Test
    void unsupportedIndexIsRejectedBeforeAnyChange() throws Exception {
        assumeTrue(Neo4jRelease.selected() == Neo4jRelease.V5_26, "later releases have such indexes");
        List<String> before = TestDatabase.contents("true");
        ExportedGraph archive = ExportedGraph.ofFile("""
                {"form":"neo4j-jsonl/1","scope":"%s"}
                {"index":"VECTOR","name":"v","of":"nodes","tokens":["%s"],"properties":["embedding","rating"]}
                {"end":{"schema":1,"nodes":0,"relationships":0}}
                """.formatted(LABEL, LABEL));
        assertThatThrownBy(() -> archive.restore(TestDatabase.settings()))
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(BackupException.Kind.INCOMPATIBLE))
                .hasMessageContaining("2026.01")
                .hasMessageContaining("Nothing was changed");
        assertThat(TestDatabase.contents("true")).isEqualTo(before);
    }

    private static List<String> names() {
        return TestDatabase.run("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name").stream()
                .map(row -> row.get(0).asString())
                .toList();
    }
}
