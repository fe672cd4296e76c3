package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.THROWABLE;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.Faults;
import dev.ngbak.testkit.Faults.Trap;
import dev.ngbak.testkit.Summaries;
import dev.ngbak.testkit.TcpProxy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Concurrent transactions: retries, timeouts, and waiting for the last batch. */
@Timeout(120)
class ParallelTransactionsTest {

    private static final String NODE = "(n:" + TestDatabase.LABEL + " {name: $name})";
    private static final int BATCH_SIZE = 5_000;

    @BeforeEach
    void twoNodes() {
        TestDatabase.wipe();
        TestDatabase.run("UNWIND ['A', 'B'] AS name CREATE (:" + TestDatabase.LABEL + " {name: name, count: 0})");
    }

    private interface Runner {
        void run(Neo4jConnection connection, Neo4jConnection.TransactionWork<Void, IOException> work)
                throws IOException;
    }

    private static <T> FutureTask<T> begin(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread thread = new Thread(task, "concurrent");
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    private static void count(Statements transaction, String name) {
        transaction
                .run("MATCH " + NODE + " SET n.count = n.count + 1", Map.of("name", name))
                .consume();
    }

    /** Runs two transactions that each lock a node the other needs, so that the server rolls one back. Returns the failures. */
    private static List<Throwable> deadlock(Neo4jConnection connection, Runner runner, AtomicInteger tries)
            throws Exception {
        CyclicBarrier bothHoldOne = new CyclicBarrier(2);
        List<FutureTask<Void>> tasks = List.of(
                begin(() -> lockBoth(connection, runner, tries, bothHoldOne, "A", "B")),
                begin(() -> lockBoth(connection, runner, tries, bothHoldOne, "B", "A")));
        List<Throwable> failures = new ArrayList<>();
        for (FutureTask<Void> task : tasks) {
            try {
                task.get();
            } catch (ExecutionException e) {
                failures.add(e.getCause());
            }
        }
        return failures;
    }

    private static Void lockBoth(
            Neo4jConnection connection,
            Runner runner,
            AtomicInteger tries,
            CyclicBarrier barrier,
            String first,
            String second)
            throws IOException {
        runner.run(connection, transaction -> {
            int number = tries.incrementAndGet();
            count(transaction, first);
            if (number <= 2) {
                try {
                    barrier.await();
                } catch (Exception e) {
                    throw new IOException(e);
                }
            }
            count(transaction, second);
            return null;
        });
        return null;
    }

    @Test
    void deadlockedWriteTransactionIsRetriedOnce() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        try (Neo4jConnection connection = Neo4jConnection.open(Neo4jSettings.from(TestDatabase.settings()))) {
            assertThat(deadlock(connection, (other, work) -> other.inWriteTransaction("counting", work), tries))
                    .isEmpty();
        }
        assertThat(tries).hasValue(3);
        assertThat(TestDatabase.number("MATCH (n {name: 'A'}) RETURN n.count")).isEqualTo(2);
        assertThat(TestDatabase.number("MATCH (n {name: 'B'}) RETURN n.count")).isEqualTo(2);
    }

    @Test
    void otherTransactionsAreNotRetried() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        try (Neo4jConnection connection = Neo4jConnection.open(Neo4jSettings.from(TestDatabase.settings()))) {
            assertThat(deadlock(connection, (other, work) -> other.inTransaction("counting", work), tries))
                    .singleElement()
                    .isInstanceOfSatisfying(
                            BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE))
                    .asInstanceOf(THROWABLE)
                    .hasMessageContaining("gave up while counting");
        }
        assertThat(tries).hasValue(2);
        assertThat(TestDatabase.number("MATCH (n {name: 'A'}) RETURN n.count")).isEqualTo(1);
        assertThat(TestDatabase.number("MATCH (n {name: 'B'}) RETURN n.count")).isEqualTo(1);
    }

    /** The server leaves one call without an answer but answers all others. */
    @Test
    void unansweredCallTimesOutWhileOthersAreAnswered() throws Exception {
        Neo4jSettings limited = Neo4jSettings.from(TestDatabase.settings()).withIdleTimeout(Duration.ofSeconds(3));
        try (Neo4jConnection holder = Neo4jConnection.open(Neo4jSettings.from(TestDatabase.settings()));
                Neo4jConnection connection = Neo4jConnection.open(limited)) {
            holder.inTransaction("holding a node", transaction -> {
                count(transaction, "A");
                FutureTask<Void> unanswered = begin(() -> connection.inTransaction("counting", other -> {
                    count(other, "A");
                    return null;
                }));
                while (!unanswered.isDone()) {
                    try {
                        connection.rows("RETURN 1");
                    } catch (BackupException e) {
                        // Closed together with the unanswered call.
                        break;
                    }
                }
                BackupException failure = catchThrowableOfType(BackupException.class, () -> {
                    try {
                        unanswered.get();
                    } catch (ExecutionException e) {
                        throw e.getCause();
                    }
                });
                assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
                assertThat(failure)
                        .hasMessageContaining("did not answer for 3 s")
                        .hasMessageContaining("counting");
                return null;
            });
        }
    }

    /** All relationships share their nodes, so batches deadlock as often as possible. */
    @Test
    void relationshipsBetweenFewNodesAreAllRestored() throws Exception {
        TestDatabase.wipe();
        TestDatabase.run("UNWIND range(0, 39) AS i CREATE (:" + TestDatabase.LABEL + " {id: i})");
        TestDatabase.run("UNWIND range(1, 40000) AS i MATCH (a:" + TestDatabase.LABEL + " {id: i % 40}), (b:"
                + TestDatabase.LABEL + " {id: (i / 7) % 40}) CREATE (a)-[:R {x: i}]->(b)");
        ExportedGraph archive = ExportedGraph.of(TestDatabase.settings());
        TestDatabase.wipe();
        StoreSummary restored = archive.restore(TestDatabase.settings());
        assertThat(restored).isEqualTo(archive.summary());
        assertThat(ExportedGraph.of(TestDatabase.settings()).summary()).isEqualTo(archive.summary());
    }

    /** A batch must not be written after a rollback has begun. */
    @Test
    void failedRestoreWaitsForItsLastBatch() throws Exception {
        TestDatabase.wipe();
        TestDatabase.run(
                "UNWIND range(1, " + (3 * BATCH_SIZE - 1) + ") AS i CREATE (:" + TestDatabase.LABEL + " {id: i})");
        ExportedGraph archive = ExportedGraph.of(TestDatabase.settings());
        TestDatabase.wipe();
        try (TcpProxy proxy = new TcpProxy("127.0.0.1", TestDatabase.SERVER.port())) {
            Settings slow = TestDatabase.settings("NEO4J_URL", "bolt://127.0.0.1:" + proxy.port());
            IOException torn = new IOException("the archive cannot be read on");
            EntrySource source =
                    Faults.source(archive.source(), archive.entries().size() - 1, Trap.failing(torn));
            proxy.pauseEachBlock(Duration.ofMillis(1));
            try (RestoreSession session = new Neo4jRestorer().open(slow)) {
                assertThatThrownBy(() -> Summaries.restore(session, source, Progress.NONE))
                        .isSameAs(torn);
                assertThat(TestDatabase.number("MATCH (n) RETURN count(n)")).isEqualTo(2 * BATCH_SIZE);
            }
        }
    }
}
