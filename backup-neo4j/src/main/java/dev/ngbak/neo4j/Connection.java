package dev.ngbak.neo4j;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.neo4j.driver.AuthToken;
import org.neo4j.driver.AuthTokens;
import org.neo4j.driver.Bookmark;
import org.neo4j.driver.Config;
import org.neo4j.driver.Driver;
import org.neo4j.driver.GraphDatabase;
import org.neo4j.driver.Logging;
import org.neo4j.driver.NotificationConfig;
import org.neo4j.driver.Record;
import org.neo4j.driver.Result;
import org.neo4j.driver.Session;
import org.neo4j.driver.SessionConfig;
import org.neo4j.driver.Transaction;
import org.neo4j.driver.exceptions.Neo4jException;
import org.neo4j.driver.exceptions.TransientException;

/**
 * A database that answers. What the driver throws is translated here and nowhere else. Every session asks for the member
 * that writes, also for reading: others may lag behind, and a marker that lags would lie.
 */
final class Connection implements AutoCloseable {

    /** How many records wait in memory while they are read. More is not faster, and each may be large. */
    private static final int FETCH_SIZE = 1_000;

    private static final int CONNECT_SECONDS = 15;
    /** How often a transaction may lose to another before something else must be wrong. */
    private static final int DEADLOCKS = 100;

    private static final String DEADLOCK = "Neo.TransientError.Transaction.DeadlockDetected";

    private final Neo4jSettings settings;
    private final Driver driver;
    private final Translation translation;
    private final ScheduledExecutorService watch;
    private volatile boolean aborted;
    private volatile boolean silent;
    /** When each thread that waits for Neo4j began to. One that is answered must not hide another that is not. */
    private final Map<Thread, Long> waitingSince = new ConcurrentHashMap<>();

    private String version = "unknown";
    private String edition = "unknown";

    private Connection(Neo4jSettings settings, Driver driver) {
        this.settings = settings;
        this.driver = driver;
        this.translation = new Translation(settings);
        this.watch = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "ngbak-neo4j-watch");
            thread.setDaemon(true);
            return thread;
        });
        long pause = Math.max(1, settings.patience().toMillis() / 10);
        watch.scheduleWithFixedDelay(this::endSilence, pause, pause, TimeUnit.MILLISECONDS);
    }

    static Connection open(Neo4jSettings settings) {
        return open(settings, "ngbak");
    }

    /** @param userAgent the name under which the server lists the connection */
    static Connection open(Neo4jSettings settings, String userAgent) {
        Connection connection = new Connection(settings, driver(settings, userAgent));
        try {
            connection.run("connecting to it", () -> {
                connection.driver.verifyConnectivity();
                connection.look();
                return null;
            });
            return connection;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private static Driver driver(Neo4jSettings settings, String userAgent) {
        AuthToken token = settings.password() == null
                ? AuthTokens.none()
                : AuthTokens.basic(settings.username(), settings.password().reveal());
        Config config = Config.builder()
                .withUserAgent(userAgent)
                .withConnectionTimeout(CONNECT_SECONDS, TimeUnit.SECONDS)
                .withConnectionAcquisitionTimeout(2 * CONNECT_SECONDS, TimeUnit.SECONDS)
                .withMaxConnectionPoolSize(4)
                .withFetchSize(FETCH_SIZE)
                .withTelemetryDisabled(true)
                .withNotificationConfig(NotificationConfig.disableAllConfig())
                .withLogging(Logging.none())
                .build();
        try {
            return GraphDatabase.driver(settings.url(), token, config);
        } catch (RuntimeException e) {
            throw new BackupException(
                    Kind.INVALID,
                    Neo4jSettings.URL + " is \"" + Texts.shown(settings.shownUrl()) + "\"",
                    "It must be an address such as neo4j://localhost:7687, bolt://host:7687 or neo4j+s://host",
                    e);
        }
    }

    private void look() {
        try (Session session = session()) {
            for (Record row : session.run("CALL dbms.components() YIELD name, versions, edition")
                    .list()) {
                if (row.get("name").asString().equals("Neo4j Kernel")) {
                    version = row.get("versions").get(0).asString();
                    edition = row.get("edition").asString();
                }
            }
        }
    }

    String version() {
        return version;
    }

    boolean isCommunity() {
        return edition.equals("community");
    }

    /** Work that calls the driver, and may throw what is none of its business. */
    interface Work<T> {
        T run() throws IOException;
    }

    /** Work on rows that are read one after the other. */
    interface RowReader {
        void read(Record row) throws IOException;
    }

    /** Does work whose driver's exceptions become those of this program. What others throw passes. */
    <T> T run(String doing, Work<T> work) throws IOException {
        waitingSince.put(Thread.currentThread(), System.nanoTime());
        try {
            return work.run();
        } catch (UnsupportedValue e) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The graph has a value of a type that this version of ngbak cannot carry (" + e.getMessage()
                            + "). Nothing was written",
                    "Use a newer version of ngbak, or remove such values",
                    e);
        } catch (Neo4jException e) {
            throw aborted ? stopped(e) : silent ? translation.silence(e, doing) : translation.of(e, doing);
        } catch (IllegalStateException e) {
            // What the driver throws once it was closed.
            throw aborted ? stopped(e) : silent ? translation.silence(e, doing) : e;
        } finally {
            waitingSince.remove(Thread.currentThread());
        }
    }

    /** Hands over rows. The time that their reader takes is not the server's. */
    void forEach(Result rows, RowReader reader) throws IOException {
        while (rows.hasNext()) {
            Record row = rows.next();
            waitingSince.remove(Thread.currentThread());
            reader.read(row);
            waitingSince.put(Thread.currentThread(), System.nanoTime());
        }
    }

    /** Gives up a server that has been silent for longer than any of its work takes; the driver itself would wait for ever. */
    private void endSilence() {
        long now = System.nanoTime();
        if (waitingSince.values().stream()
                .anyMatch(since -> now - since > settings.patience().toNanos())) {
            silent = true;
            driver.closeAsync();
        }
    }

    private static CancellationException stopped(RuntimeException cause) {
        CancellationException stop = new CancellationException("the work on Neo4j was told to stop");
        stop.initCause(cause);
        return stop;
    }

    /** A transaction that is never tried again: of a commit that was cut off, nobody knows whether it was done. */
    <T> T inTransaction(String doing, TransactionWork<T> work) throws IOException {
        return run(doing, () -> once(work));
    }

    /**
     * A transaction beside others that write. One that the server itself took back, since two waited for each other, is
     * run again: of that one the outcome is known. No other is.
     */
    <T> T inWriteTransaction(String doing, TransactionWork<T> work) throws IOException {
        return run(doing, () -> {
            for (int tries = 1; ; tries++) {
                try {
                    return once(work);
                } catch (TransientException e) {
                    if (!DEADLOCK.equals(e.code()) || tries == DEADLOCKS) {
                        throw e;
                    }
                    waitingSince.put(Thread.currentThread(), System.nanoTime());
                }
            }
        });
    }

    private <T> T once(TransactionWork<T> work) throws IOException {
        try (Session session = session();
                Transaction transaction = session.beginTransaction()) {
            T result = work.run(transaction);
            transaction.commit();
            return result;
        }
    }

    /** Work within a transaction. */
    interface TransactionWork<T> {
        T run(Transaction transaction) throws IOException;
    }

    /** Reads a few rows. */
    List<Record> rows(String cypher) throws IOException {
        return rows(cypher, Map.of());
    }

    List<Record> rows(String cypher, Map<String, Object> parameters) throws IOException {
        return inTransaction(
                "reading from it",
                transaction -> transaction.run(cypher, parameters).list());
    }

    /** Runs a command on the schema, or another that must have a transaction of its own. */
    void command(String doing, String cypher, Map<String, Object> parameters) throws IOException {
        inTransaction(doing, transaction -> transaction.run(cypher, parameters).consume());
    }

    /**
     * The place in the database's history: the bookmark of a transaction that wrote nothing. It holds the number of the
     * last transaction before it, whatever that one changed.
     */
    Optional<String> bookmark() throws IOException {
        return run("asking it for a bookmark", () -> {
            try (Session session = session()) {
                try (Transaction transaction = session.beginTransaction()) {
                    transaction.run("RETURN 1").consume();
                    transaction.commit();
                }
                String text = session.lastBookmarks().stream()
                        .map(Bookmark::value)
                        .sorted()
                        .collect(Collectors.joining(" "));
                return text.isEmpty() ? Optional.empty() : Optional.of(text);
            }
        });
    }

    private Session session() {
        return driver.session(
                SessionConfig.builder().withDatabase(settings.database()).build());
    }

    boolean aborted() {
        return aborted;
    }

    void abort() {
        aborted = true;
        driver.closeAsync();
    }

    @Override
    public void close() {
        watch.shutdown();
        try {
            driver.close();
        } catch (Neo4jException e) {
            // Whatever it could not end in an orderly way ends with the connection.
            driver.closeAsync();
        }
    }
}
