package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.neo4jserver.Neo4jRelease;
import dev.ngbak.neo4jserver.Neo4jServer;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.TestedVersions;
import dev.ngbak.testkit.CompatibilityTable;
import dev.ngbak.testkit.Summaries;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.neo4j.driver.Record;
import org.neo4j.driver.Value;

/** Backups of each release of Neo4j, restored into each. Makes the table in docs/COMPATIBILITY.md. */
class CompatibilityTest {

    private static final Path PAGE = Path.of("..", "docs", "COMPATIBILITY.md");
    private static final String LABEL = TestDatabase.LABEL;

    /** What every release can hold. */
    private static final List<String> GRAPH = List.of(
            "CREATE (a:" + LABEL + ":PERSON {id: 'A', name: 'é', rank: 9007199254740993, w: -0.0, on: true,"
                    + " at: datetime('2020-10-25T02:30:00+02:00[Europe/Paris]'), since: date('2020-02-29'),"
                    + " for: duration('P1M2DT3S'), where: point({x: 1.5, y: 2, z: 3}), v: [1.0, 2.0, 3.0],"
                    + " communityIds: [7, 1]})"
                    + "-[:RELATED {weight: 0.5, order: 1}]->(b:" + LABEL + " {id: 'B', name: 'b', v: [0.0, 0.0, 1.0]}),"
                    + " (b)-[:RELATED]->(a), (:Foreign {id: 'A'})",
            "CREATE CONSTRAINT c FOR (n:" + LABEL + ") REQUIRE (n.id, n.name) IS UNIQUE",
            "CREATE INDEX r FOR (n:" + LABEL + ") ON (n.name)",
            "CREATE TEXT INDEX t FOR (n:" + LABEL + ") ON (n.name)",
            "CREATE POINT INDEX p FOR (n:" + LABEL + ") ON (n.where) OPTIONS {indexConfig:"
                    + " {`spatial.cartesian.min`: [-10.0, -5.5], `spatial.cartesian.max`: [10.0, 5.5]}}",
            "CREATE FULLTEXT INDEX f FOR (n:" + LABEL + ") ON EACH [n.name, n.id] OPTIONS {indexConfig:"
                    + " {`fulltext.analyzer`: 'german', `fulltext.eventually_consistent`: true}}",
            "CREATE VECTOR INDEX v FOR (n:" + LABEL + ") ON (n.v) OPTIONS {indexConfig: {`vector.dimensions`: 3,"
                    + " `vector.similarity_function`: 'euclidean', `vector.hnsw.m`: 8}}",
            "CREATE VECTOR INDEX w FOR (n:" + LABEL + ") ON (n.w) OPTIONS {indexConfig: {`vector.dimensions`: 3,"
                    + " `vector.quantization.enabled`: false}}",
            "CREATE VECTOR INDEX shared FOR ()-[r:RELATED]-() ON (r.v) OPTIONS {indexConfig:"
                    + " {`vector.dimensions`: 2}}");

    /** Indexes that only Neo4j 2026 has, by what a cell calls them. */
    private static final Map<String, String> NEWER = Map.of(
            "vector indexes with filter properties",
                    "CYPHER 25 CREATE VECTOR INDEX filtered FOR (n:" + LABEL + ") ON n.v WITH [n.rank, n.name] OPTIONS"
                            + " {indexConfig: {`vector.dimensions`: 3}}",
            "vector indexes with scalar quantization",
                    "CREATE VECTOR INDEX scalar FOR (n:" + LABEL + ") ON (n.v) OPTIONS {indexConfig:"
                            + " {`vector.dimensions`: 3, `vector.quantization.type`: 'SCALAR'}}");

    private static final Map<Neo4jRelease, Neo4jServer> SERVERS = new EnumMap<>(Neo4jRelease.class);

    private final CompatibilityTable table = new CompatibilityTable(
            "neo4j",
            Arrays.stream(Neo4jRelease.values()).map(Neo4jRelease::displayName).toList());

    @BeforeAll
    static void start() {
        for (Neo4jRelease release : Neo4jRelease.values()) {
            if (release == Neo4jRelease.selected()) {
                SERVERS.put(release, TestDatabase.SERVER);
            } else if (release.isAvailable()) {
                SERVERS.put(release, Neo4jServer.start(release));
            }
        }
    }

    @AfterAll
    static void stop() {
        SERVERS.remove(Neo4jRelease.selected());
        SERVERS.values().forEach(Neo4jServer::close);
    }

    private static DatabaseClient client(Neo4jServer server) {
        return new DatabaseClient(server.url(), server.username(), server.password());
    }

    private static Settings settings(Neo4jServer server) {
        return TestDatabase.settings("NEO4J_URL", server.url(), "NEO4J_PASSWORD", server.password());
    }

    /** The servers of the other releases are missing, and the page keeps their cells, if there is no Java for them. */
    @Test
    void backupOfEachReleaseIsRestoredIntoEach() throws Exception {
        for (var source : SERVERS.entrySet()) {
            table.server(source.getKey().displayName(), source.getValue().version());
            ExportedGraph archive = archive(source.getValue(), GRAPH);
            assertThat(archive.info().scope()).doesNotContainKeys("requires", "value_types", "schema_since");
            for (var target : SERVERS.entrySet()) {
                assertExact(archive, target.getValue());
                List<String> refused = source.getKey() == Neo4jRelease.V5_26
                        ? List.of()
                        : refused(source.getValue(), target.getValue());
                table.cell(
                        source.getKey().displayName(),
                        target.getKey().displayName(),
                        refused.isEmpty() ? "exact" : "exact; refused: " + String.join(", ", refused));
            }
        }
        table.check(PAGE);
        assumeTrue(
                SERVERS.size() == Neo4jRelease.values().length,
                Arrays.stream(Neo4jRelease.values())
                        .filter(release -> !SERVERS.containsKey(release))
                        .map(Neo4jRelease::whyNotAvailable)
                        .toList()
                        .toString());
    }

    private static ExportedGraph archive(Neo4jServer server, List<String> statements) throws Exception {
        try (DatabaseClient client = client(server)) {
            client.wipe();
            statements.forEach(client::run);
        }
        return ExportedGraph.of(settings(server));
    }

    private static void createOther(DatabaseClient client) {
        client.wipe();
        client.run("CREATE (:" + LABEL + " {id: 'old'})-[:OLD]->(:" + LABEL + " {id: 'older'})");
        client.run("CREATE TEXT INDEX old FOR (n:" + LABEL + ") ON (n.id)");
    }

    private static void assertExact(ExportedGraph archive, Neo4jServer server) throws Exception {
        try (DatabaseClient client = client(server)) {
            createOther(client);
            assertThat(archive.restore(settings(server))).isEqualTo(archive.summary());
            ExportedGraph again = ExportedGraph.of(settings(server));
            assertThat(again.summary()).isEqualTo(archive.summary());
            assertThat(again.info().scope()).isEqualTo(archive.info().scope());
            assertThat(client.run("SHOW INDEXES WHERE state <> 'ONLINE'")).isEmpty();
        }
    }

    /** Returns which of the newer indexes the target refuses. Proves that a refusal changes nothing. */
    private static List<String> refused(Neo4jServer source, Neo4jServer target) throws Exception {
        List<String> refused = new ArrayList<>();
        for (var newer : NEWER.entrySet()) {
            ExportedGraph archive = archive(source, List.of(GRAPH.get(0), newer.getValue()));
            assertThat(archive.info().scope()).containsKey("schema_since");
            try (DatabaseClient client = client(target);
                    RestoreSession session = new Neo4jRestorer().open(settings(target))) {
                List<BackupException> problems = session.problems(archive.info(), 1);
                if (problems.isEmpty()) {
                    assertExact(archive, target);
                    continue;
                }
                createOther(client);
                List<String> before = client.contents("true");
                assertThat(problems).singleElement().satisfies(problem -> {
                    assertThat(problem.kind()).isEqualTo(Kind.INCOMPATIBLE);
                    assertThat(problem.getMessage())
                            .contains(archive.info().scope().get("schema_since"));
                });
                assertThatThrownBy(() -> Summaries.restore(session, archive.source(), Progress.NONE))
                        .isInstanceOf(BackupException.class);
                assertThat(client.contents("true")).isEqualTo(before);
                refused.add(newer.getKey());
            }
        }
        return refused.stream().sorted().toList();
    }

    @Test
    void pluginNamesTheReleasesOfThisTest() {
        assertThat(new Neo4jExporter().testedVersions())
                .isEqualTo(Arrays.stream(Neo4jRelease.values())
                        .map(Neo4jRelease::displayName)
                        .map(name -> new TestedVersions("Neo4j", name.substring("Neo4j ".length())))
                        .toList());
    }

    /** Community cannot store these values, but it computes and returns them, and accepts them as parameters. */
    @Test
    void vectorsAndUuidsTravelOverBolt() throws Exception {
        Neo4jServer server = SERVERS.get(Neo4jRelease.V2026_08);
        assumeTrue(server != null, Neo4jRelease.V2026_08.whyNotAvailable());
        try (DatabaseClient client = client(server)) {
            for (String type : List.of("INTEGER8", "INTEGER16", "INTEGER32", "INTEGER64", "FLOAT32", "FLOAT64")) {
                String cypher = "vector([1, -2, 3], 3, " + type + ")";
                Object vector = properties(client, "{v: " + cypher + "}").get("v");
                assertThat(PropertyType.of(vector)).isEqualTo(PropertyType.VECTOR);
                assertThat(VectorValue.of((org.neo4j.driver.types.Vector) vector)
                                .type())
                        .hasToString(type);
                assertThat(isEqual(client, cypher, ValueTypesTest.read(ValueTypesTest.write(vector))))
                        .isTrue();
            }
            Map<String, Object> uuids = properties(client, "{u: uuid(), us: [uuid(), uuid()]}");
            assertThat(uuids.get("u")).isInstanceOf(UUID.class);
            assertThat(PropertyType.of(uuids.get("us"))).isEqualTo(PropertyType.UUID);
            Object back = ValueTypesTest.read(ValueTypesTest.write(uuids.get("us")));
            assertThat(client.run("CYPHER 25 RETURN $v AS v", "v", back)
                            .get(0)
                            .get(0)
                            .asObject())
                    .isEqualTo(uuids.get("us"));
        }
    }

    private static Map<String, Object> properties(DatabaseClient client, String map) {
        Value value = client.run("CYPHER 25 RETURN " + map).get(0).get(0);
        return PropertyType.read(value);
    }

    private static boolean isEqual(DatabaseClient client, String cypher, Object parameter) {
        Record row = client.run("CYPHER 25 UNWIND [{v: $v}] AS row RETURN row.v = " + cypher, "v", parameter)
                .get(0);
        return row.get(0).asBoolean();
    }

    @Test
    void storeFormatThatCannotHoldAVectorIsReportedAsIncompatible() {
        Neo4jServer server = SERVERS.get(Neo4jRelease.V2026_08);
        assumeTrue(server != null, Neo4jRelease.V2026_08.whyNotAvailable());
        try (Neo4jConnection connection = Neo4jConnection.open(Neo4jSettings.from(settings(server)))) {
            assertThatThrownBy(() -> connection.command("writing", "CREATE (n {v: $v})", Map.of("v", new UUID(1, 2))))
                    .isInstanceOfSatisfying(
                            BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE))
                    .hasMessageContaining("UUID");
        }
    }
}
