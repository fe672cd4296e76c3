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
import org.neo4j.driver.Transaction;

/** Several transactions at work at once: which is run again, which is missed, and which is waited for. */
@Timeout(120)
class ParallelExportTest {

    private static final String NODE = "(n:" + TestDatabase.LABEL + " {name: $name})";
    private static final int IN_A_BATCH = 5_000;

    @BeforeEach
    void twoNodes() {
        TestDatabase.wipe();
        TestDatabase.run("UNWIND ['A', 'B'] AS name CREATE (:" + TestDatabase.LABEL + " {name: name, count: 0})");
    }

    private interface Way {
        void run(Connection connection, Connection.TransactionWork<Void> work) throws IOException;
    }

    private static <T> FutureTask<T> begin(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread thread = new Thread(task, "side-by-side");
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    private static void count(Transaction transaction, String name) {
        transaction
                .run("MATCH " + NODE + " SET n.count = n.count + 1", Map.of("name", name))
                .consume();
    }

    /** Two transactions each of which holds a node that the other wants: the server must take one back. Gives what failed. */
    private static List<Throwable> deadlock(Connection connection, Way way, AtomicInteger tries) throws Exception {
        CyclicBarrier bothHoldOne = new CyclicBarrier(2);
        List<FutureTask<Void>> tasks = List.of(
                begin(() -> crossing(connection, way, tries, bothHoldOne, "A", "B")),
                begin(() -> crossing(connection, way, tries, bothHoldOne, "B", "A")));
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

    private static Void crossing(
            Connection connection, Way way, AtomicInteger tries, CyclicBarrier barrier, String first, String second)
            throws IOException {
        way.run(connection, transaction -> {
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
    void aTransactionThatLostADeadlockIsRunAgainAndCountsOnce() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        try (Connection connection = Connection.open(Neo4jSettings.from(TestDatabase.settings()))) {
            assertThat(deadlock(connection, (way, work) -> way.inWriteTransaction("counting", work), tries))
                    .isEmpty();
        }
        assertThat(tries).hasValue(3);
        assertThat(TestDatabase.number("MATCH (n {name: 'A'}) RETURN n.count")).isEqualTo(2);
        assertThat(TestDatabase.number("MATCH (n {name: 'B'}) RETURN n.count")).isEqualTo(2);
    }

    @Test
    void otherTransactionsAreNeverRunAgain() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        try (Connection connection = Connection.open(Neo4jSettings.from(TestDatabase.settings()))) {
            assertThat(deadlock(connection, (way, work) -> way.inTransaction("counting", work), tries))
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

    /** The server leaves one call without an answer, and answers another one all the time. */
    @Test
    void aCallThatIsNotAnsweredIsGivenUpAlsoBesideOneThatIs() throws Exception {
        Neo4jSettings impatient = Neo4jSettings.from(TestDatabase.settings()).withPatience(Duration.ofSeconds(3));
        try (Connection holder = Connection.open(Neo4jSettings.from(TestDatabase.settings()));
                Connection connection = Connection.open(impatient)) {
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
                        // Given up together with the other.
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
                assertThat(failure).hasMessageContaining("silent for 3 s").hasMessageContaining("counting");
                return null;
            });
        }
    }

    /** All relationships share their nodes, so that batches stand in each other's way as often as they can. */
    @Test
    void relationshipsAmongFewNodesAllArrive() throws Exception {
        TestDatabase.wipe();
        TestDatabase.run("UNWIND range(0, 39) AS i CREATE (:" + TestDatabase.LABEL + " {id: i})");
        TestDatabase.run("UNWIND range(1, 40000) AS i MATCH (a:" + TestDatabase.LABEL + " {id: i % 40}), (b:"
                + TestDatabase.LABEL + " {id: (i / 7) % 40}) CREATE (a)-[:R {x: i}]->(b)");
        Archive archive = Archive.of(TestDatabase.settings());
        TestDatabase.wipe();
        StoreSummary restored = archive.restore(TestDatabase.settings());
        assertThat(restored).isEqualTo(archive.summary());
        assertThat(Archive.of(TestDatabase.settings()).summary()).isEqualTo(archive.summary());
    }

    /** Whoever puts the former state back must not meet a batch that arrives after it. */
    @Test
    void aRestoreThatFailsEndsWhenItsLastBatchHasArrived() throws Exception {
        TestDatabase.wipe();
        TestDatabase.run(
                "UNWIND range(1, " + (3 * IN_A_BATCH - 1) + ") AS i CREATE (:" + TestDatabase.LABEL + " {id: i})");
        Archive archive = Archive.of(TestDatabase.settings());
        TestDatabase.wipe();
        try (TcpProxy wire = new TcpProxy("127.0.0.1", TestDatabase.SERVER.port())) {
            Settings slow = TestDatabase.settings("NEO4J_URL", "bolt://127.0.0.1:" + wire.port());
            IOException torn = new IOException("the archive cannot be read on");
            EntrySource source = Faults.source(archive.source(), archive.shelf().size() - 1, Trap.failing(torn));
            wire.pauseEachBlock(Duration.ofMillis(1));
            try (RestoreSession session = new Neo4jRestorer().open(slow)) {
                assertThatThrownBy(() -> session.restore(source, Progress.NONE)).isSameAs(torn);
                assertThat(TestDatabase.number("MATCH (n) RETURN count(n)")).isEqualTo(2 * IN_A_BATCH);
            }
        }
    }
}
