package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.Summaries;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prints the times for a graph of 150,000 nodes and 320,000 relationships, and for a plain read. Run it with a small heap. */
@Tag("full")
class ScaleTest {

    private static final int NODES = Integer.getInteger("ngbak.nodes", 150_000);
    private static final int RELATIONSHIPS = NODES / 15 * 32;
    private static final String NODE = "(n:" + TestDatabase.LABEL + ")";

    @TempDir
    Path folder;

    @Test
    void largeGraphNeedsOnlyASmallHeap() throws Exception {
        TestDatabase.wipe();
        seed();
        Path file = folder.resolve("neo4j.dump");
        Runtime.getRuntime().gc();
        print("heap of at most " + (Runtime.getRuntime().maxMemory() >> 20) + " MiB");
        for (int i = 0; i < 2; i++) {
            timed(
                    "plain read",
                    () -> TestDatabase.scan("MATCH " + NODE + " RETURN id(n), labels(n), properties(n)")
                            + TestDatabase.scan("MATCH (n:" + TestDatabase.LABEL + ")-[r]->(m:" + TestDatabase.LABEL
                                    + ") RETURN id(n), id(m), type(r), properties(r)"));
        }
        StoreInfo info;
        StoreSummary summary;
        try (ExportSession session = new Neo4jExporter().open(TestDatabase.settings())) {
            info = session.info();
            summary = timed("export", () -> {
                try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
                    return Summaries.export(session, (name, suffix, contents) -> contents.writeTo(out), Progress.NONE);
                }
            });
        }
        print(Files.size(file) / 1_000_000 + " MB in the dump");
        assertThat(timed(
                        "read", () -> Summaries.read(new Neo4jRestorer(), source(info, file), TestDatabase.settings())))
                .isEqualTo(summary);
        try (RestoreSession session = new Neo4jRestorer().open(TestDatabase.settings())) {
            assertThat(timed("restore over it", () -> Summaries.restore(session, source(info, file), Progress.NONE)))
                    .isEqualTo(summary);
        }
        try (ExportSession session = new Neo4jExporter().open(TestDatabase.settings())) {
            assertThat(timed("digest", () -> Summaries.read(session, Progress.NONE)))
                    .isEqualTo(summary);
            assertThat(timed("counts", session::counts)).isEqualTo(summary.counts());
        }
        TestDatabase.wipe();
    }

    private static void seed() {
        String text = "A description of some length, as a model writes it. ".repeat(6);
        TestDatabase.run("CREATE CONSTRAINT FOR " + NODE + " REQUIRE n.id IS UNIQUE");
        TestDatabase.run("CREATE INDEX FOR " + NODE + " ON (n.entity_type)");
        TestDatabase.run(
                "UNWIND range(1, $nodes) AS i CALL { WITH i CREATE (n:" + TestDatabase.LABEL
                        + ":PERSON {id: 'E' + i, entity_type: 'PERSON', description: $text + i,"
                        + " source_id: 'chunk-' + i, has_vector: false, communityIds: [i, i % 9000]}) }"
                        + " IN TRANSACTIONS OF 5000 ROWS",
                "nodes",
                NODES,
                "text",
                text);
        TestDatabase.run(
                "UNWIND range(1, $relationships) AS i CALL { WITH i MATCH (a:" + TestDatabase.LABEL
                        + " {id: 'E' + (1 + i % $nodes)}), (b:" + TestDatabase.LABEL
                        + " {id: 'E' + (1 + (i * 7919) % $nodes)})"
                        + " CREATE (a)-[:RELATED {weight: i * 1.0, description: $text, source_id: 'chunk', order: 1}]->(b)"
                        + " } IN TRANSACTIONS OF 5000 ROWS",
                "relationships",
                RELATIONSHIPS,
                "nodes",
                NODES,
                "text",
                text.substring(0, 100));
    }

    private static EntrySource source(StoreInfo info, Path file) {
        return new EntrySource() {
            @Override
            public StoreInfo archived() {
                return info;
            }

            @Override
            public void forEach(Visitor visitor) throws IOException {
                try (InputStream in = Files.newInputStream(file)) {
                    visitor.visit(new Entry("neo4j", "graph/neo4j.dump", Files.size(file), ""), in);
                }
            }
        };
    }

    private static <T> T timed(String what, Callable<T> work) throws Exception {
        long start = System.nanoTime();
        T result = work.call();
        double seconds = (System.nanoTime() - start) / 1e9;
        print(String.format(
                Locale.ROOT, "%-16s %6.1f s %8.0f records/s", what, seconds, (NODES + RELATIONSHIPS) / seconds));
        return result;
    }

    private static void print(String text) {
        System.out.println("Scale: " + text);
    }
}
