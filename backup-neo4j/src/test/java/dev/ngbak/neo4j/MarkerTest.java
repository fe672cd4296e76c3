package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.Summaries;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The change marker with and without a concurrent writer. */
class MarkerTest {

    private static final int RUNS = 40;

    @BeforeEach
    void wipe() {
        TestDatabase.wipe();
        TestDatabase.run("UNWIND range(1, 200) AS i CREATE (:" + TestDatabase.LABEL + " {id: i, n: 0})");
    }

    /** The writer counts its commits, so the test knows in which runs something was written. */
    @Test
    void markerChangesWithEveryWrite() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        AtomicLong commits = new AtomicLong();
        Thread writer = new Thread(
                () -> {
                    while (!stop.get()) {
                        TestDatabase.run("MATCH (n:" + TestDatabase.LABEL + " {id: 7}) SET n.n = n.n + 1");
                        commits.incrementAndGet();
                    }
                },
                "writer");
        writer.start();
        int runsWithWrites = 0;
        try (ExportSession session = new Neo4jExporter().open(TestDatabase.settings())) {
            for (int i = 0; i < RUNS; i++) {
                ChangeMarker before = session.marker();
                long first = commits.get();
                Summaries.export(session, new InMemoryEntries("graph/"), Progress.NONE);
                // The first counted commit may be older than the first marker, but the second is not.
                while (i % 10 == 0 && commits.get() < first + 2) {
                    Thread.onSpinWait();
                }
                boolean written = commits.get() >= first + 2;
                Comparison comparison = before.until(session.marker());
                if (written) {
                    runsWithWrites++;
                    assertThat(comparison).isEqualTo(Comparison.CHANGED);
                }
            }
        } finally {
            stop.set(true);
            writer.join();
        }
        assertThat(runsWithWrites).isGreaterThanOrEqualTo(RUNS / 10);
        assertThat(TestDatabase.number("MATCH (n {id: 7}) RETURN n.n")).isEqualTo(commits.get());
    }

    @Test
    void readsDoNotChangeTheMarker() throws Exception {
        try (ExportSession session = new Neo4jExporter().open(TestDatabase.settings())) {
            for (int i = 0; i < RUNS / 2; i++) {
                ChangeMarker before = session.marker();
                assertThat(Summaries.read(session, Progress.NONE).records()).isEqualTo(200);
                assertThat(session.counts().counts()).containsEntry("entities", 200L);
                assertThat(before.until(session.marker())).isEqualTo(Comparison.UNCHANGED);
            }
        }
    }
}
