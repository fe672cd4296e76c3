package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes and relationships are created and deleted during backups. */
class ConcurrentWriterTest {

    private static final String LABEL = TestDatabase.LABEL;
    private static final int BACKUPS = 12;

    @BeforeEach
    void wipe() {
        TestDatabase.wipe();
        TestDatabase.run("UNWIND range(1, 6000) AS i CREATE (:" + LABEL + " {id: i, text: 'some text'})");
        TestDatabase.run("MATCH (n:" + LABEL + ") WITH collect(n) AS found UNWIND range(0, 5998) AS i"
                + " WITH found[i] AS a, found[i + 1] AS b CREATE (a)-[:RELATED {weight: 1.0}]->(b)");
    }

    /** For deleted records, Neo4j returns rows without labels, properties or type. None of them may be archived. */
    @ParameterizedTest
    @ValueSource(strings = {LABEL, "*"})
    void backupContainsOnlyCompleteRecords(String scope) throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<RuntimeException> failure = new AtomicReference<>();
        Thread writer = new Thread(() -> write(stop, failure), "writer");
        writer.start();
        try {
            for (int i = 0; i < BACKUPS; i++) {
                ExportedGraph archive = ExportedGraph.of(TestDatabase.settings("NEO4J_GRAPH_NAMESPACE", scope));
                assertThat(archive.lines().stream().filter(ConcurrentWriterTest::isBroken))
                        .isEmpty();
                assertThat(archive.read().contentDigest())
                        .isEqualTo(archive.summary().contentDigest());
            }
        } finally {
            stop.set(true);
            writer.join();
        }
        assertThat(failure.get()).isNull();
    }

    private static boolean isBroken(String line) {
        return line.startsWith("{\"node\"")
                        && !(line.contains("\"labels\":[\"" + LABEL + "\"]")
                                && line.contains("\"id\":")
                                && line.contains("\"text\":"))
                || line.startsWith("{\"relationship\"")
                        && !(line.startsWith("{\"relationship\":\"RELATED\"") && line.contains("\"weight\":1.0"));
    }

    private static void write(AtomicBoolean stop, AtomicReference<RuntimeException> failure) {
        try {
            for (int from = 1; !stop.get(); from = from % 5_700 + 300) {
                List<Long> ids = TestDatabase.run(
                                "MATCH (n:" + LABEL + ") WITH n SKIP $from LIMIT 300 DETACH DELETE n RETURN count(*)",
                                "from",
                                from)
                        .stream()
                        .map(row -> row.get(0).asLong())
                        .toList();
                TestDatabase.run(
                        "UNWIND range(1, $count) AS i CREATE (:" + LABEL + " {id: i, text: 'some text'})"
                                + "-[:RELATED {weight: 1.0}]->(:" + LABEL + " {id: -i, text: 'some text'})",
                        "count",
                        ids.get(0) / 2);
            }
        } catch (RuntimeException e) {
            failure.set(e);
        }
    }
}
