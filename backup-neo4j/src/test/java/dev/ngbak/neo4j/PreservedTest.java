package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.neo4j.driver.Record;
import org.neo4j.driver.Values;

/** Values of every type survive a backup and a restore. Checks the table docs/preserved-neo4j.md. */
class PreservedTest {

    private static final Path TABLE = Path.of("..", "docs", "preserved-neo4j.md");

    /** A type, and values of it in Cypher. */
    private record Kind(String type, String... values) {}

    private static final List<Kind> KINDS = List.of(
            new Kind(
                    "INTEGER",
                    "0",
                    "-1",
                    "9007199254740993",
                    "9223372036854775807",
                    "toInteger('-9223372036854775808')"),
            new Kind(
                    "FLOAT",
                    "0.1",
                    "-0.0",
                    "1.0",
                    "4.9E-324",
                    "1.7976931348623157E308",
                    "9007199254740992.0",
                    "0.0 / 0.0",
                    "1.0 / 0.0",
                    "-1.0 / 0.0"),
            new Kind("BOOLEAN", "true", "false"),
            new Kind(
                    "STRING",
                    "''",
                    "'0'",
                    "'null'",
                    "'a\\nb\\tc\\r\\u0001\\u007f'",
                    "'\"quoted\" \\\\u0041 \\\\ `'",
                    "'é e\\u0301 \\u05e9\\u05dc 😀 \\u2028 \\ufeff'",
                    "reduce(t = 'x', i IN range(1, 12) | t + t)"),
            new Kind("byte array", "$bytes", "$noBytes"),
            new Kind(
                    "DATE",
                    "date('2020-02-29')",
                    "date('-0001-01-01')",
                    "date('+999999999-12-31')",
                    "date('-999999999-01-01')"),
            new Kind("LOCAL TIME", "localtime('00:00')", "localtime('23:59:59.999999999')"),
            new Kind("ZONED TIME", "time('12:00Z')", "time('12:00:00.000000001+18:00')", "time('12:00-01:30')"),
            new Kind(
                    "LOCAL DATETIME",
                    "localdatetime('1969-12-31T23:59:59.999999999')",
                    "localdatetime('-0044-03-15T12:00:00')"),
            new Kind(
                    "ZONED DATETIME with an offset",
                    "datetime('2020-01-01T00:00Z')",
                    "datetime('1883-11-18T12:00:00.5-05:30')"),
            new Kind(
                    "ZONED DATETIME with a zone",
                    "datetime('2020-10-25T02:30:00+02:00[Europe/Paris]')",
                    "datetime('2020-10-25T02:30:00+01:00[Europe/Paris]')",
                    "datetime({year: 2021, timezone: 'UTC'})",
                    "datetime({year: 1800, timezone: 'Europe/Amsterdam'})"),
            new Kind(
                    "DURATION",
                    "duration({months: 14, days: -3, seconds: 5, nanoseconds: 7})",
                    "duration({seconds: -1, nanoseconds: 1})",
                    "duration('P0D')"),
            new Kind(
                    "POINT (srid 7203, 4326, 9157, 4979)",
                    "point({x: 1.5, y: -0.0})",
                    "point({longitude: 12.5, latitude: -89.9})",
                    "point({x: 1e300, y: 2.0, z: 3.0})",
                    "point({longitude: -180.0, latitude: 0.1, height: 8848.86})"),
            new Kind(
                    "LIST",
                    "[]",
                    "[1, -2, 9007199254740993]",
                    "[1.0, 0.0 / 0.0, -0.0]",
                    "['', 'b', 'b']",
                    "[true, false]",
                    "[date('2020-01-01'), date('2020-01-02')]",
                    "[localtime('10:00')]",
                    "[time('10:00+01:00')]",
                    "[localdatetime('2020-01-01T10:00')]",
                    "[datetime('2020-01-01T10:00Z'), datetime('2020-01-01T10:00+01:00[Europe/Paris]')]",
                    "[duration('P1M'), duration('P1D')]",
                    "[point({x: 1, y: 2}), point({x: 3, y: 4})]"));

    private static final Map<String, Object> NEWER_TYPES = newerTypes();

    private static Map<String, Object> newerTypes() {
        Map<String, Object> types = new LinkedHashMap<>();
        UUID uuid = UUID.fromString("01a22d8a-6372-7891-87cb-a0f0dec92b5c");
        types.put("VECTOR<INTEGER8>(3)", Values.vector(new byte[] {1, -2, 3}).asVector());
        types.put("VECTOR<INTEGER16>(3)", Values.vector(new short[] {1, -2, 3}).asVector());
        types.put("VECTOR<INTEGER32>(3)", Values.vector(new int[] {1, -2, 3}).asVector());
        types.put("VECTOR<INTEGER64>(3)", Values.vector(new long[] {1, -2, 3}).asVector());
        types.put("VECTOR<FLOAT32>(3)", Values.vector(new float[] {1, -2, 3}).asVector());
        types.put("VECTOR<FLOAT64>(3)", Values.vector(new double[] {1, -2, 3}).asVector());
        types.put("UUID", uuid);
        types.put("LIST of UUID", List.of(uuid));
        return types;
    }

    @BeforeEach
    void wipe() {
        TestDatabase.wipe();
    }

    @Test
    void valuesOfEveryTypeArePreserved() throws Exception {
        int n = 0;
        for (Kind kind : KINDS) {
            for (String value : kind.values()) {
                TestDatabase.run(
                        "CREATE (n:" + TestDatabase.LABEL + " {case: $case, value: " + value
                                + "})-[:RELATED {case: $case, value: " + value + "}]->(n)",
                        "case",
                        n++,
                        "bytes",
                        new byte[] {0, 1, -1, 127, -128},
                        "noBytes",
                        new byte[0]);
            }
        }
        Map<Long, String> before = values();
        ExportedGraph archive = ExportedGraph.of(TestDatabase.settings());
        TestDatabase.wipe();
        archive.restore(TestDatabase.settings());

        assertThat(values()).isEqualTo(before).hasSize(n);
        assertThat(ExportedGraph.of(TestDatabase.settings()).summary()).isEqualTo(archive.summary());
        assertThat(archive.read()).isEqualTo(archive.summary());
        String table = table(archive);
        assertThat(TABLE).content().isEqualTo(table);
    }

    private static Map<Long, String> values() {
        Map<Long, String> values = new TreeMap<>();
        for (Record row : TestDatabase.run("MATCH (n)-[r]->() WHERE r.case = n.case RETURN n.case, n.value, r.value,"
                + " CASE WHEN n.value IS :: ANY THEN valueType(n.value) + valueType(r.value) END")) {
            values.put(
                    row.get(0).asLong(),
                    DatabaseClient.text(row.get(1).asObject())
                            + DatabaseClient.text(row.get(2).asObject())
                            + row.get(3).asString(""));
        }
        return values;
    }

    private static String table(ExportedGraph archive) throws Exception {
        List<String> lines = archive.lines();
        StringBuilder table = new StringBuilder("""
                # What a backup of Neo4j preserves

                `PreservedTest` generates this page. It writes each value into a real Neo4j, backs it up, destroys it, restores it,
                and compares value, type and content digest, on nodes and on relationships. The last column shows the value in the
                archive.

                | Type | Value, in Cypher | In `graph/neo4j.dump` |
                |---|---|---|
                """);
        int n = 0;
        for (Kind kind : KINDS) {
            for (String value : kind.values()) {
                String line = line(lines, n++);
                String written = line.substring(line.indexOf("\"value\":") + 8, line.length() - 2)
                        .replace(",\"case\":" + (n - 1), "");
                table.append("| ")
                        .append(kind.type())
                        .append(" | `` ")
                        .append(cell(value))
                        .append(" `` | `` ");
                table.append(cell(written)).append(" `` |\n");
            }
        }
        table.append("""

                ## Vectors and UUIDs

                Only the Enterprise Edition and Aura store these, Neo4j from 2025.10 (vectors) and 2026.08 (UUIDs) on. They were not
                available to the tests. But the Community Edition of 2026.08 computes such values: `CompatibilityTest` receives them,
                writes and reads them as an archive does, sends them back, and the server finds them equal.

                | Type | Value, in Cypher | In `graph/neo4j.dump` |
                |---|---|---|
                """);
        for (var type : NEWER_TYPES.entrySet()) {
            table.append("| `` ").append(type.getKey()).append(" `` | `` ").append(cypher(type.getKey()));
            table.append(" `` | `` ")
                    .append(cell(ValueTypesTest.write(type.getValue())))
                    .append(" `` |\n");
        }
        if (System.getProperty("ngbak.write.tables") != null) {
            Files.writeString(TABLE, table);
        }
        return table.toString();
    }

    private static String cypher(String type) {
        return switch (type) {
            case "UUID" -> "uuid()";
            case "LIST of UUID" -> "[uuid()]";
            default -> "vector([1, -2, 3], 3, " + type.replaceAll(".*<|>.*", "") + ")";
        };
    }

    private static String line(List<String> lines, int number) {
        return lines.stream()
                .filter(line -> line.startsWith("{\"node\"")
                        && (line.contains("\"case\":" + number + ",") || line.contains("\"case\":" + number + "}")))
                .findFirst()
                .orElseThrow();
    }

    private static String cell(String text) {
        StringBuilder cell = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (c == '|') {
                cell.append("\\|");
            } else if (c < ' ' || c == 0x7f || c > 0x7e && !Character.isLetterOrDigit(c)) {
                cell.append(String.format("U+%04X", c));
            } else {
                cell.appendCodePoint(c);
            }
        });
        return cell.length() > 100 ? cell.substring(0, 100) + " …" : cell.toString();
    }

    @Test
    void namesWithAnyCharactersArePreserved() throws Exception {
        List<String> names = List.of(
                "back`quote",
                "``",
                "\\",
                "\\u0060",
                "\\\\u0060x",
                "a b",
                "Ünï 😀",
                "'\"",
                "1",
                "a:b|c",
                "$x",
                "line\nline");
        for (String name : names) {
            String quoted = Cypher.quote(name);
            TestDatabase.run(
                    "CREATE (n:" + TestDatabase.LABEL + ":" + quoted + ")-[r:" + quoted + "]->(:" + TestDatabase.LABEL
                            + ") SET n = $map, r = $map",
                    "map",
                    Map.of(name, 1L));
            assertThat(TestDatabase.run("MATCH (n:" + quoted + ")-[r]->() RETURN labels(n), type(r)")
                            .get(0)
                            .asMap())
                    .containsEntry("labels(n)", List.of(TestDatabase.LABEL, name))
                    .containsEntry("type(r)", name);
            TestDatabase.run("CREATE INDEX " + quoted + " FOR (n:" + quoted + ") ON (n." + quoted + ")");
        }
        List<String> before = TestDatabase.contents("true");
        List<String> schema = TestDatabase.schema();
        for (String scope : List.of(TestDatabase.LABEL, "*")) {
            ExportedGraph archive = ExportedGraph.of(TestDatabase.settings("NEO4J_GRAPH_NAMESPACE", scope));
            TestDatabase.run("MATCH (n) DETACH DELETE n");
            archive.restore(TestDatabase.settings("NEO4J_GRAPH_NAMESPACE", scope));
            assertThat(TestDatabase.contents("true")).isEqualTo(before);
            assertThat(TestDatabase.schema()).isEqualTo(schema);
        }
        ExportedGraph whole = ExportedGraph.of(TestDatabase.settings("NEO4J_GRAPH_NAMESPACE", "*"));
        TestDatabase.wipe();
        whole.restore(TestDatabase.settings("NEO4J_GRAPH_NAMESPACE", "*"));
        assertThat(TestDatabase.schema()).isEqualTo(schema);
        for (String scope : names) {
            ExportedGraph archive = ExportedGraph.of(TestDatabase.settings("NEO4J_GRAPH_NAMESPACE", scope.strip()));
            assertThat(archive.summary().counts().counts()).containsEntry("entities", 1L);
        }
    }

    @Test
    void wholeDatabaseIncludesNodesWithoutLabels() throws Exception {
        TestDatabase.run("CREATE (a)-[:SELF]->(a), (a)-[:SELF]->(a), (), (:B {id: 1}), (:B {id: 1})");
        List<String> before = TestDatabase.contents("true");
        ExportedGraph archive = ExportedGraph.of(TestDatabase.settings("NEO4J_GRAPH_NAMESPACE", "*"));
        TestDatabase.run("MATCH (n) DETACH DELETE n CREATE (:Other)");
        archive.restore(TestDatabase.settings("NEO4J_GRAPH_NAMESPACE", "*"));
        assertThat(TestDatabase.contents("true")).isEqualTo(before);
    }

    /** Like the fork writes it: duplicate nodes of type UNKNOWN, parallel relationships in both directions, no constraint. */
    @Test
    void graphOfTheForkIsRestoredAndForeignDataIsUnchanged() throws Exception {
        TestDatabase.run("UNWIND range(1, 300) AS i CREATE (:" + TestDatabase.LABEL
                + ":PERSON {id: 'E' + i, entity_type: 'PERSON', description: 'a<SEP>b', source_id: 'chunk-' + i,"
                + " has_vector: false, communityIds: [i, i % 30, i % 7]})");
        TestDatabase.run("UNWIND range(1, 240) AS i CREATE (:" + TestDatabase.LABEL
                + ":UNKNOWN {id: 'E' + i, entity_type: 'UNKNOWN', description: '', source_id: '', has_vector: false})");
        TestDatabase.run("UNWIND range(1, 250) AS i MATCH (a:" + TestDatabase.LABEL + " {id: 'E' + i}), (b:"
                + TestDatabase.LABEL + " {id: 'E' + (i + 1)}) CREATE (a)-[:RELATED {weight: 1.0, order: 1}]->(b),"
                + " (b)-[:RELATED {weight: 1, order: 1}]->(a), (a)-[:RELATED {weight: 1.0, order: 1}]->(b)");
        TestDatabase.run("CREATE (:" + TestDatabase.LABEL + " {id: 'ALONE'})");
        TestDatabase.run("UNWIND range(1, 50) AS i CREATE (:Foreign {id: 'E' + i})-[:RELATED {weight: i}]->(:Foreign)");
        TestDatabase.run("CREATE CONSTRAINT foreign_id FOR (n:Foreign) REQUIRE n.id IS UNIQUE");
        List<String> graph = TestDatabase.contents("n:" + TestDatabase.LABEL);
        List<String> foreign = TestDatabase.contents("n:Foreign");
        List<String> schema = TestDatabase.schema();
        ExportedGraph archive = ExportedGraph.of(TestDatabase.settings());
        assertThat(archive.summary().counts().counts())
                .containsEntry("entities", 541L)
                .containsEntry("relationships", (long) graph.size() - 541)
                .containsEntry("communities", 7L);

        TestDatabase.run("MATCH (n:" + TestDatabase.LABEL + ") DETACH DELETE n");
        TestDatabase.run("UNWIND range(1, 99) AS i CREATE (:" + TestDatabase.LABEL + " {id: i})");
        TestDatabase.run("CREATE CONSTRAINT wrong FOR (n:" + TestDatabase.LABEL + ") REQUIRE n.id IS UNIQUE");
        archive.restore(TestDatabase.settings());

        assertThat(TestDatabase.contents("n:" + TestDatabase.LABEL)).isEqualTo(graph);
        assertThat(TestDatabase.contents("n:Foreign")).isEqualTo(foreign);
        assertThat(TestDatabase.schema()).isEqualTo(schema);
        assertThat(ExportedGraph.of(TestDatabase.settings()).summary()).isEqualTo(archive.summary());
    }
}
