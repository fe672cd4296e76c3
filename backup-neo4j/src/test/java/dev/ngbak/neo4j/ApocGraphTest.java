package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageRestorer.Rewriting;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.RecordDigester;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads the Cypher text of nano-graphrag's own backup tool, and writes it as a graph of ngbak. Needs no server. */
class ApocGraphTest {

    private static final String SCHEMA = """
            :begin
            CREATE FULLTEXT INDEX index_1 FOR ()-[rel:PAID_BY|RELATED]-() ON EACH [rel.`remark`,rel.`more`];
            CREATE RANGE INDEX FOR (n:L) ON (n.entity_type);
            CREATE RANGE INDEX FOR (n:PERSON) ON (n.name);
            CREATE CONSTRAINT constraint_1 FOR (node:L) REQUIRE (node.id) IS UNIQUE;
            :commit
            CALL db.awaitIndexes(300);
            """;

    private static final String NODES = """
            :begin
            UNWIND [{id:"A", properties:{text:"\\"q\\" \\\\u0041\\n\\t é🚀", levels:[4, -1], weight:1.0E10, on:true}}, {id:"B", properties:{}}] AS row
            CREATE (n:L{id: row.id}) SET n += row.properties SET n:PERSON:`odd ``label`;
            UNWIND [{id:"C", properties:{`odd name`:[], day:date('2025-10-06'), least:-Infinity}}] AS row
            CREATE (n:L{id: row.id}) SET n += row.properties;
            :commit
            """;

    private static final String RELATIONSHIPS = """
            :begin
            UNWIND [{start: {id:"A"}, end: {id:"B"}, properties:{weight:0.5}}, {start: {id:"C"}, end: {id:"C"}, properties:{}}] AS row
            MATCH (start:L{id: row.start.id})
            MATCH (end:L{id: row.end.id})
            CREATE (start)-[r:RELATED]->(end) SET r += row.properties;
            :commit
            """;

    /** The form without a unique key: two nodes have the same id, as they often have. */
    private static final String ARTIFICIAL = """
            :begin
            CREATE CONSTRAINT UNIQUE_IMPORT_NAME FOR (node:`UNIQUE IMPORT LABEL`) REQUIRE (node.`UNIQUE IMPORT ID`) IS UNIQUE;
            :commit
            :begin
            UNWIND [{_id:17, properties:{id:"A"}}, {_id:18, properties:{id:"A"}}] AS row
            CREATE (n:`UNIQUE IMPORT LABEL`{`UNIQUE IMPORT ID`: row._id}) SET n += row.properties SET n:L:UNKNOWN;
            :commit
            :begin
            UNWIND [{start: {_id:18}, end: {_id:17}, properties:{}}] AS row
            MATCH (start:`UNIQUE IMPORT LABEL`{`UNIQUE IMPORT ID`: row.start._id})
            MATCH (end:`UNIQUE IMPORT LABEL`{`UNIQUE IMPORT ID`: row.end._id})
            CREATE (start)-[r:RELATED]->(end) SET r += row.properties;
            :commit
            :begin
            MATCH (n:`UNIQUE IMPORT LABEL`)  WITH n LIMIT 20000 REMOVE n:`UNIQUE IMPORT LABEL` REMOVE n.`UNIQUE IMPORT ID`;
            :commit
            :begin
            DROP CONSTRAINT UNIQUE_IMPORT_NAME;
            :commit
            """;

    private final Neo4jRestorer restorer = new Neo4jRestorer();

    /** The only file of an archived store. */
    private record Single(String text, String form, Map<String, String> scope) implements EntrySource {

        static Single ofTool(String text) {
            return new Single(text, StoreInfo.OTHER_TOOL, Map.of());
        }

        @Override
        public StoreInfo archived() {
            return new StoreInfo("Neo4j", "unknown", form, scope, -1);
        }

        @Override
        public void forEach(Visitor visitor) throws IOException {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            String sha256 = HexFormat.of().formatHex(ContentDigest.sha256().digest(bytes));
            visitor.visit(
                    new Entry("neo4j", "graph/neo4j.dump", bytes.length, sha256), new ByteArrayInputStream(bytes));
        }
    }

    private static Settings settings(String label) {
        return Settings.of(Map.of("NEO4J_GRAPH_NAMESPACE", label));
    }

    private StoreSummary read(String text) throws IOException {
        RecordDigester records = RecordDigester.digesting();
        restorer.read(Single.ofTool(text), settings("L"), records, Progress.NONE);
        return records.summary();
    }

    private String rewrite(String text, String label, RecordDigester written) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        EntrySink sink = (name, suffix, contents) -> {
            assertThat(name + suffix).isEqualTo("neo4j.dump");
            contents.writeTo(file);
        };
        StoreInfo info = restorer.rewrite(
                Single.ofTool(text), new Rewriting(settings(label), Map.of()), sink, written, Progress.NONE);
        assertThat(info.form()).isEqualTo(DumpWriter.FORM);
        assertThat(info.scope()).isEqualTo(Map.of("NEO4J_GRAPH_NAMESPACE", label));
        return file.toString(StandardCharsets.UTF_8);
    }

    @Test
    void rewrittenGraphHasTheRecordsOfTheText() throws IOException {
        RecordDigester written = RecordDigester.digesting();

        String graph = rewrite(SCHEMA + NODES + RELATIONSHIPS, "L", written);

        assertThat(graph.lines().skip(1).toList())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .startsWith("{\"index\":\"RANGE\",\"name\":\"index_")
                                .endsWith("\"of\":\"nodes\",\"tokens\":[\"L\"],\"properties\":[\"entity_type\"]}"),
                        line -> assertThat(line)
                                .isEqualTo("{\"constraint\":\"UNIQUENESS\",\"name\":\"constraint_1\",\"of\":\"nodes\","
                                        + "\"tokens\":[\"L\"],\"properties\":[\"id\"]}"),
                        line -> assertThat(line)
                                .isEqualTo("{\"node\":0,\"labels\":[\"L\",\"PERSON\",\"odd `label\"],\"properties\":"
                                        + "{\"id\":\"A\",\"text\":\"\\\"q\\\" \\\\u0041\\n\\t é\\uD83D\\uDE80\",\"levels\":[4,-1],"
                                        + "\"weight\":1.0E10,\"on\":true}}"),
                        line -> assertThat(line).contains("{\"node\":1,", "{\"id\":\"B\"}"),
                        line -> assertThat(line)
                                .isEqualTo(
                                        "{\"node\":2,\"labels\":[\"L\"],\"properties\":{\"id\":\"C\",\"odd name\":[],"
                                                + "\"day\":{\"date\":\"2025-10-06\"},\"least\":{\"float\":\"-Infinity\"}}}"),
                        line -> assertThat(line)
                                .isEqualTo("{\"relationship\":\"RELATED\",\"from\":0,\"to\":1,\"properties\":"
                                        + "{\"weight\":0.5}}"),
                        line -> assertThat(line).contains("\"from\":2,\"to\":2"),
                        line -> assertThat(line).contains("{\"schema\":2,\"nodes\":3,\"relationships\":2}"));
        RecordDigester back = RecordDigester.digesting();
        restorer.read(
                new Single(graph, DumpWriter.FORM, Map.of("NEO4J_GRAPH_NAMESPACE", "L")),
                settings("L"),
                back,
                Progress.NONE);
        assertThat(back.summary()).isEqualTo(written.summary());
        StoreSummary original = read(SCHEMA + NODES + RELATIONSHIPS);
        assertThat(original.contentDigest()).isEqualTo(written.summary().contentDigest());
        assertThat(original.warnings().get(0))
                .contains("relationship fulltext index \"index_1\", node range index \"index_")
                .doesNotContain("constraint_1");
    }

    @Test
    void nodesWithoutAUniqueKeyAreToldApart() throws IOException {
        String graph = rewrite(ARTIFICIAL, "L", RecordDigester.digesting());

        assertThat(graph)
                .contains(
                        "{\"node\":0,\"labels\":[\"L\",\"UNKNOWN\"],\"properties\":{\"id\":\"A\"}}",
                        "{\"node\":1,\"labels\":[\"L\",\"UNKNOWN\"],\"properties\":{\"id\":\"A\"}}",
                        "\"from\":1,\"to\":0",
                        "{\"schema\":0,\"nodes\":2,\"relationships\":1}")
                .doesNotContain("UNIQUE IMPORT");
    }

    @Test
    void emptyTextIsAnEmptyGraph() throws IOException {
        assertThat(read("").counts().counts()).containsEntry("entities", 0L).containsEntry("relationships", 0L);
        assertThat(rewrite("", "L", RecordDigester.digesting())).contains("\"nodes\":0");
    }

    @Test
    void manyNodesAreFoundByTheirKeys() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 5_000; i++) {
            text.append("UNWIND [{id:\"N").append(i).append("\", properties:{}}] AS row\n");
            text.append("CREATE (n:L{id: row.id}) SET n += row.properties;\n");
        }
        for (int i = 0; i < 5_000; i++) {
            text.append("UNWIND [{start: {id:\"N")
                    .append(i)
                    .append("\"}, end: {id:\"N")
                    .append(4_999 - i);
            text.append(
                    "\"}, properties:{}}] AS row\nMATCH (start:L{id: row.start.id})\nMATCH (end:L{id: row.end.id})\n");
            text.append("CREATE (start)-[r:T]->(end) SET r += row.properties;\n");
        }

        List<String> relationships = rewrite(text.toString(), "L", RecordDigester.digesting())
                .lines()
                .filter(line -> line.startsWith("{\"relationship"))
                .toList();

        assertThat(relationships).hasSize(5_000);
        for (int i = 0; i < 5_000; i++) {
            assertThat(relationships.get(i)).contains("\"from\":" + i + ",\"to\":" + (4_999 - i) + ",");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Another", "*"})
    void graphOfAnotherLabelIsRefused(String label) {
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> rewrite(NODES, label, RecordDigester.digesting()))
                .satisfies(e -> {
                    assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
                    assertThat(e.problem()).contains("have the label \"L\"");
                    assertThat(e.remedy()).contains("Set NEO4J_GRAPH_NAMESPACE");
                });
    }

    /** Each text replaces a part of the valid one. The place is that of the first character that is not accepted. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                ":begin | MATCH (n) DETACH DELETE n; | line 1, column 1",
                ":begin | CALL apoc.load.json('http://x/'); | line 1, column 1",
                ":begin | LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row; | line 1, column 1",
                "UNWIND [{id:\"A\" | UNWIND [{id:\"A\" + apoc.x() | line 9, column 16",
                "text:\"\\\"q | text:\"\\x | line 9, column",
                "on:true | on:randomUUID() | line 9, column",
                "on:true | on:{a:1} | line 9, column",
                "on:true | on:[[1]] | line 9, column",
                "on:true | on:99999999999999999999 | line 9, column",
                "on:true | on:point('x') | line 9, column",
                "on:true | text:true | line 9, column",
                "SET n:PERSON | SET n.x = 1 | line 10, column 49",
                "{id: row.id}) SET n += row.properties; | {id: row.name}) SET n += row.properties; | line 12, column",
                "{id: row.id}) SET n += row.properties; | {x: row.x}) SET n += row.properties; | line 13, column 1",
                "MATCH (start:L{id: row.start.id}) | MATCH (start) | line 16, column 13",
                "CREATE (start)-[r:RELATED]->(end) | MERGE (start)-[r:RELATED]->(end) | line 18, column 1",
                "start: {id:\"A\"} | start: {id:\"Z\"} | line 19, column 1",
                "{id:\"B\", properties:{}} | {id:\"A\", properties:{}} | line 19, column 1",
                "IS UNIQUE; | IS UNIQUE OPTIONS {}; | line 5, column",
                "CREATE RANGE INDEX FOR | CREATE INDEX x; DROP DATABASE neo4j FOR | line 3, column",
            })
    void textThatApocDoesNotWriteIsRefusedWithItsPlace(String valid, String other, String place) {
        String text = SCHEMA + NODES + RELATIONSHIPS;
        assertThat(text).contains(valid);

        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> read(text.replace(valid, other)))
                .satisfies(e -> {
                    assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
                    assertThat(e.problem()).contains(place, "never executes it");
                });
    }

    @Test
    void truncatedTextIsRefusedWithItsPlace() throws IOException {
        String text = NODES + RELATIONSHIPS;
        for (int length = 1; length < text.length(); length++) {
            String truncated = text.substring(0, length);
            if (truncated.endsWith(";\n") || truncated.endsWith("begin\n") || truncated.endsWith("commit\n")) {
                read(truncated); // The text does not say how many statements there are. Its checksum tells.
                continue;
            }
            assertThatExceptionOfType(BackupException.class)
                    .isThrownBy(() -> read(truncated))
                    .satisfies(e -> assertThat(e.problem()).contains("cannot be read at line"));
        }
    }

    @Test
    void valuesThatWouldFillTheMemoryAreRefused() {
        String text = "UNWIND [{id:\"" + "x".repeat(ApocText.MAX_STATEMENT) + "\", properties:{}}] AS row\n";
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> read(text))
                .satisfies(e -> assertThat(e.problem()).contains("in a statement with more than"));
        for (String endless : List.of(
                "UNWIND [{`" + "x".repeat(ApocText.MAX_STATEMENT),
                "UNWIND [{id:1, properties:{}}] AS row\nCREATE (n:L{id: row.id}) SET n += row.properties SET n:A"
                        + ":A".repeat(ApocText.MAX_STATEMENT / 34))) {
            assertThatExceptionOfType(BackupException.class).isThrownBy(() -> read(endless));
        }
        String list = "UNWIND [" + "{id:1, properties:{}}, ".repeat(1_001) + "{id:1, properties:{}}] AS row\n";
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> read(list))
                .satisfies(e -> assertThat(e.problem()).contains("in a list of more than 1000 elements"));
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> read("UNWIND [{id:" + "[".repeat(100_000)))
                .satisfies(e -> assertThat(e.problem()).contains("line 1, column 14"));
    }
}
