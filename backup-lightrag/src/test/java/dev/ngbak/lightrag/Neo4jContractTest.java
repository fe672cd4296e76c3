package dev.ngbak.lightrag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.neo4j.Neo4jExporter;
import dev.ngbak.neo4j.Neo4jRestorer;
import dev.ngbak.neo4jserver.Neo4jServer;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StorageRestorer.Rewriting;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.testkit.AwkwardValues;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.StorageContract;
import dev.ngbak.testkit.Summaries;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.neo4j.driver.AuthTokens;
import org.neo4j.driver.Driver;
import org.neo4j.driver.GraphDatabase;
import org.neo4j.driver.Record;
import org.neo4j.driver.Session;
import org.neo4j.driver.Values;

/** The contract for one workspace in a database with others, with LightRAG's schema. */
class Neo4jContractTest implements StorageContract {

    private static final Neo4jServer SERVER = Neo4jServer.shared();

    private static Driver driver;

    @BeforeAll
    static void connect() {
        driver = GraphDatabase.driver(SERVER.url(), AuthTokens.basic(SERVER.username(), SERVER.password()));
    }

    @AfterAll
    static void disconnect() {
        driver.close();
    }

    @BeforeEach
    void wipe() {
        run("MATCH (n) DETACH DELETE n");
        for (Record index : run("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name")) {
            run("DROP INDEX `" + index.get(0).asString() + "`");
        }
    }

    private static List<Record> run(String cypher, Object... parameters) {
        try (Session session = driver.session()) {
            return session.run(cypher, Values.parameters(parameters)).list();
        }
    }

    @Override
    public StorageExporter exporter() {
        return new Neo4jExporter();
    }

    @Override
    public StorageRestorer restorer() {
        return new Neo4jRestorer();
    }

    @Override
    public Settings settings() {
        return settings("ws");
    }

    private static Settings settings(String workspace) {
        return Settings.of(Map.of(
                "GRAPHRAG_SYSTEM",
                "lightrag",
                "WORKSPACE",
                workspace,
                "NEO4J_URL",
                SERVER.url(),
                "NEO4J_PASSWORD",
                SERVER.password()));
    }

    @Override
    public Settings deadSettings() {
        return settings().with("NEO4J_URL", "bolt://127.0.0.1:1");
    }

    @Override
    public String deadSetting() {
        return "NEO4J_URL";
    }

    @Override
    public boolean looksUp() {
        return true;
    }

    @Override
    public boolean replacesAtOnce() {
        return false;
    }

    @Override
    public int many() {
        return 300;
    }

    @Override
    public void fill(int records, long seed) {
        run("MATCH (n:ws) DETACH DELETE n");
        run("DROP INDEX entity_id_fulltext_idx_ws IF EXISTS");
        if (records > 0) {
            fill("ws", records, seed);
        }
    }

    /** Two thirds nodes, some with a label of their type as earlier releases set it, and one third relationships. */
    private static void fill(String label, int records, long seed) {
        run("CREATE INDEX IF NOT EXISTS FOR (n:" + label + ") ON (n.entity_id)");
        run("CREATE FULLTEXT INDEX entity_id_fulltext_idx_" + label + " IF NOT EXISTS FOR (n:" + label
                + ") ON EACH [n.entity_id] OPTIONS {indexConfig: {`fulltext.analyzer`: 'cjk',"
                + " `fulltext.eventually_consistent`: true}}");
        Random random = new Random(seed);
        int relationships = records / 3;
        int nodes = records - relationships;
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            rows.add(Map.of(
                    "entity_id",
                    i + AwkwardValues.anyText(random),
                    "entity_type",
                    "person",
                    "created_at",
                    1_796_036_829L + i,
                    "description",
                    AwkwardValues.anyText(random)));
        }
        run("UNWIND $rows AS row CREATE (n:" + label + ") SET n = row", "rows", rows);
        run("MATCH (n:" + label + ") WHERE n.created_at % 3 = 0 SET n:Person");
        run(
                "MATCH (n:" + label + ") WITH n ORDER BY n.created_at WITH collect(n) AS nodes"
                        + " UNWIND range(0, $count - 1) AS i WITH i, nodes[i] AS a, nodes[(i * 7) % size(nodes)] AS b"
                        + " CREATE (a)-[:DIRECTED {weight: 1.0 * i}]->(b)",
                "count",
                relationships);
    }

    @Override
    public void change() {
        run("MATCH (n:ws) WITH n LIMIT 1 SET n.created_at = n.created_at + 1");
    }

    @Override
    public Object contents() {
        return List.of(graph("n:ws"), schema("[\"ws\"]", true));
    }

    @Override
    public void fillForeign() {
        fill("ws_2", 12, 5);
        fill("w", 6, 6);
        fill("base", 6, 7);
    }

    @Override
    public Object foreign() {
        return List.of(graph("NOT n:ws"), schema("[\"ws\"]", false));
    }

    private static List<String> graph(String condition) {
        List<String> graph = new ArrayList<>();
        run("MATCH (n) WHERE " + condition + " RETURN labels(n), properties(n)")
                .forEach(row -> graph.add(row.get(0).asList().stream().sorted().toList() + " "
                        + new TreeMap<>(row.get(1).asMap())));
        run("MATCH (n)-[r]->(m) WHERE " + condition + " RETURN n.entity_id, type(r), r.weight, m.entity_id")
                .forEach(row -> graph.add(row.values().toString()));
        return graph.stream().sorted().toList();
    }

    private static List<String> schema(String labels, boolean equal) {
        return run("SHOW INDEXES YIELD type, labelsOrTypes, properties, options WHERE type <> 'LOOKUP'").stream()
                .filter(row -> row.get("labelsOrTypes").toString().equals(labels) == equal)
                .map(Record::toString)
                .sorted()
                .toList();
    }

    @Test
    void nameOfTheFulltextIndexComesBackBecauseLightRagQueriesItByName() throws Exception {
        fill(30, 1);
        try (ExportSession session = exporter().open(settings())) {
            InMemoryEntries entries = new InMemoryEntries("graph/");
            Summaries.export(session, entries, Progress.NONE);
            wipe();
            try (RestoreSession restore = restorer().open(settings())) {
                Summaries.restore(restore, entries.source(session.info()), Progress.NONE);
            }
        }

        assertThat(run("SHOW INDEXES YIELD name, type WHERE type = 'FULLTEXT'"))
                .singleElement()
                .satisfies(row -> assertThat(row.get("name").asString()).isEqualTo("entity_id_fulltext_idx_ws"));
    }

    @Test
    void defaultDatabaseIsFoundWhereLightRagCannotCreateItsOwn() throws Exception {
        try (ExportSession session = exporter().open(settings())) {
            assertThat(session.info().scope())
                    .containsEntry("NEO4J_DATABASE", "neo4j")
                    .containsEntry("NEO4J_GRAPH_NAMESPACE", "ws");
        }
    }

    @Test
    void archiveOfAnotherWorkspaceIsRefused() throws Exception {
        try (ExportSession session = exporter().open(settings("ws_2"));
                RestoreSession restore = restorer().open(settings())) {
            assertThat(restore.problems(session.info(), 10))
                    .singleElement()
                    .satisfies(problem -> assertThat(problem)
                            .hasMessageContainingAll("\"ws_2\"", "WORKSPACE or NEO4J_WORKSPACE selects \"ws\""));
        }
    }

    @Test
    void missingWorkspaceIsNotTakenForAnEmptyOne() throws Exception {
        fillForeign();
        try (ExportSession session = exporter().open(settings())) {
            assertThat(session.scopeProblem().orElseThrow())
                    .hasMessageContainingAll("\"ws_2\"", "WORKSPACE or NEO4J_WORKSPACE");
        }
    }

    @Test
    void workspaceIsCopiedWithLabelsAndTheNameOfItsIndex() throws Exception {
        fill(30, 1);
        fillForeign();
        Object original = contents();
        Object foreign = foreign();

        Rewritten.copy(exporter(), restorer(), settings(), settings("7-copy"));

        assertThat(graph("n:`7-copy`"))
                .isEqualTo(graph("n:ws").stream()
                        .map(line -> line.replaceFirst("\\bws\\]", "7-copy]")
                                .replace("[Person, 7-copy]", "[7-copy, Person]"))
                        .sorted()
                        .toList())
                .hasSize(30);
        assertThat(run("SHOW INDEXES YIELD name, type, labelsOrTypes, options WHERE labelsOrTypes = ['7-copy']"))
                .hasSize(2)
                .anySatisfy(row -> {
                    assertThat(row.get("name").asString()).isEqualTo("entity_id_fulltext_idx_ws_7_copy");
                    assertThat(row.get("options").toString()).contains("cjk");
                });
        assertThat(contents()).isEqualTo(original);
        run("MATCH (n:`7-copy`) DETACH DELETE n");
        run("DROP INDEX entity_id_fulltext_idx_ws_7_copy");
        run("SHOW INDEXES YIELD name, labelsOrTypes WHERE labelsOrTypes = ['7-copy'] RETURN name")
                .forEach(row -> run("DROP INDEX `" + row.get(0).asString() + "`"));
        assertThat(foreign()).isEqualTo(foreign);
    }

    @Test
    void unnamedWorkspaceIsCopiedFromItsLabelAndBack() throws Exception {
        fill("base", 6, 7);
        List<String> unnamed = graph("n:base");

        Rewritten.copy(exporter(), restorer(), settings(""), settings("named"));
        run("MATCH (n:base) DETACH DELETE n");
        Rewritten.copy(exporter(), restorer(), settings("named"), settings(""));

        assertThat(graph("n:base")).isEqualTo(unnamed);
        assertThat(run("SHOW INDEXES YIELD name WHERE name STARTS WITH 'entity_id_fulltext_idx_' RETURN name"))
                .extracting(row -> row.get(0).asString())
                .containsExactlyInAnyOrder("entity_id_fulltext_idx_base", "entity_id_fulltext_idx_named");
    }

    @Test
    void wholeDatabaseAndNativeDumpCannotBeRenamed() {
        for (StoreInfo archived : List.of(
                new StoreInfo("Neo4j", "5", "neo4j-jsonl/1", Map.of("NEO4J_GRAPH_NAMESPACE", "*"), -1),
                new StoreInfo("Neo4j", "5", "neo4j-admin/1", Map.of("NEO4J_GRAPH_NAMESPACE", "*"), -1))) {
            assertThat(restorer().isRewritten(archived, new Rewriting(settings(), Map.of())))
                    .isTrue();
            assertThatThrownBy(() -> Rewritten.of(
                            restorer(), new InMemoryEntries("graph/").source(archived), settings(), Map.of()))
                    .isInstanceOf(BackupException.class)
                    .hasMessageContainingAll(archived.form(), "cannot be renamed", "NEO4J_BACKUP_MODE=bolt");
        }
    }
}
