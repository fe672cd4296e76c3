package dev.ngbak.neo4j;

import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.support.DaemonThreads;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.neo4j.driver.AuthToken;
import org.neo4j.driver.AuthTokens;
import org.neo4j.driver.Bookmark;
import org.neo4j.driver.BookmarkManager;
import org.neo4j.driver.BookmarkManagerConfig;
import org.neo4j.driver.BookmarkManagers;
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
 * An open connection to one database. All work with the driver runs inside its methods, which translate the driver's
 * exceptions. All sessions, even those that only read, use the cluster member that accepts writes: other members may
 * lag behind, and a change marker from them would be wrong. Thread-safe.
 */
final class Neo4jConnection implements AutoCloseable {

    /** The number of records that the driver buffers during a read. More is not faster, and records may be large. */
    private static final int FETCH_SIZE = 1_000;

    private static final int CONNECT_SECONDS = 15;
    private static final int MAX_DEADLOCK_ATTEMPTS = 100;
    private static final String DEADLOCK = "Neo.TransientError.Transaction.DeadlockDetected";

    private final Neo4jSettings settings;
    private final String userAgent;

    /** What was seen or written so far. A member of a cluster that lags behind waits until it has all of it. */
    private final BookmarkManager bookmarks =
            BookmarkManagers.defaultManager(BookmarkManagerConfig.builder().build());

    private volatile Driver driver;
    private final Neo4jErrors errors;
    private final ScheduledExecutorService watchdog;
    private volatile boolean aborted;
    private volatile boolean timedOut;
    /**
     * The time at which each waiting thread began to wait: one entry per thread, so that an answered call does not hide
     * a hung one.
     */
    private final Map<Thread, Long> waitingSince = new ConcurrentHashMap<>();

    /** The database of all sessions. Empty for the default database, until it is chosen. */
    private String database;

    private ServerVersion server = ServerVersion.UNKNOWN;

    private Neo4jConnection(Neo4jSettings settings, String userAgent) {
        this.settings = settings;
        this.userAgent = userAgent;
        this.driver = newDriver();
        this.database = settings.databases().size() == 1 ? settings.databases().get(0) : DatabaseChoice.HOME;
        this.errors = new Neo4jErrors(settings);
        this.watchdog = Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("ngbak-neo4j-watchdog"));
        long interval = Math.max(1, settings.idleTimeout().toMillis() / 10);
        watchdog.scheduleWithFixedDelay(this::closeIfIdle, interval, interval, TimeUnit.MILLISECONDS);
    }

    static Neo4jConnection open(Neo4jSettings settings) {
        return open(settings, "ngbak");
    }

    /** @param userAgent the name under which the server lists the connection */
    static Neo4jConnection open(Neo4jSettings settings, String userAgent) {
        Neo4jConnection connection = new Neo4jConnection(settings, userAgent);
        try {
            connection.run("connecting", () -> {
                connection.driver.verifyConnectivity();
                connection.readVersion();
                connection.chooseDatabase();
                return null;
            });
            return connection;
        } catch (RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private Driver newDriver() {
        AuthToken token = settings.password()
                .map(password -> AuthTokens.basic(settings.username(), password.reveal()))
                .orElse(AuthTokens.none());
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
            throw Neo4jErrors.invalidUrl(settings, e);
        }
    }

    /** Runs the only statement that names no version of Cypher, because it finds out what the server understands. */
    private void readVersion() {
        try (Session session = session()) {
            for (Record row : session.run("CALL dbms.components() YIELD name, versions, edition")
                    .list()) {
                if (row.get("name").asString().equals("Neo4j Kernel")) {
                    server = new ServerVersion(
                            row.get("versions").get(0).asString(),
                            row.get("edition").asString());
                }
            }
        }
    }

    private void chooseDatabase() {
        if (settings.databases().size() > 1) {
            List<DatabaseChoice.Present> present;
            try (Session session = session()) {
                present = session.run(server.withCypherVersion("SHOW DATABASES YIELD name, home"))
                        .list(row -> new DatabaseChoice.Present(
                                row.get("name").asString(), row.get("home").asBoolean(false)));
            }
            String count = server.withCypherVersion("MATCH " + settings.scope().node("n") + " RETURN count(n)");
            database = DatabaseChoice.choose(settings.databases(), present, other -> {
                try (Session session = driver.session(SessionConfig.forDatabase(other))) {
                    return session.run(count).single().get(0).asLong();
                }
            });
        }
    }

    /** Returns the name of the database that this connection works on. */
    String database() {
        return database;
    }

    ServerVersion server() {
        return server;
    }

    String version() {
        return server.text();
    }

    boolean isCommunity() {
        return server.isCommunity();
    }

    /** Work that calls the driver. */
    interface Work<T, X extends Exception> {
        T run() throws X;
    }

    /** Work within a transaction. */
    interface TransactionWork<T, X extends Exception> {
        T run(Statements transaction) throws X;
    }

    /** Takes rows, one at a time. */
    interface RowReader {
        void read(Record row) throws IOException;
    }

    /**
     * Does work and translates the driver's exceptions. Other exceptions pass unchanged.
     *
     * @param action what the work does, as messages name it: "reading the graph"
     */
    private <T, X extends Exception> T run(String action, Work<T, X> work) throws X {
        waitingSince.put(Thread.currentThread(), System.nanoTime());
        try {
            return work.run();
        } catch (Neo4jException e) {
            throw aborted ? aborted(e) : timedOut ? errors.idleTimeout(e, action) : errors.translate(e, action);
        } catch (IllegalStateException e) {
            // The driver throws this once it is closed.
            throw aborted ? aborted(e) : timedOut ? errors.idleTimeout(e, action) : e;
        } finally {
            waitingSince.remove(Thread.currentThread());
        }
    }

    /** Hands over rows. The time that the reader takes does not count as time without an answer. */
    void forEach(Result rows, RowReader reader) throws IOException {
        while (rows.hasNext()) {
            Record row = rows.next();
            waitingSince.remove(Thread.currentThread());
            reader.read(row);
            waitingSince.put(Thread.currentThread(), System.nanoTime());
        }
    }

    /** Closes the driver if a call has waited too long. The driver itself would wait forever. */
    private void closeIfIdle() {
        long now = System.nanoTime();
        long limit = settings.idleTimeout().toNanos();
        if (waitingSince.values().stream().anyMatch(since -> now - since > limit)) {
            timedOut = true;
            driver.closeAsync();
        }
    }

    private static CancellationException aborted(RuntimeException cause) {
        CancellationException e = new CancellationException("the work on Neo4j was aborted");
        e.initCause(cause);
        return e;
    }

    /** Runs a transaction once. If a commit is cut off, its outcome is unknown, so it is never retried. */
    <T, X extends Exception> T inTransaction(String action, TransactionWork<T, X> work) throws X {
        return run(action, () -> once(work));
    }

    /**
     * Runs a transaction that competes with others for locks. Retries it only after a deadlock, because then the server has
     * rolled it back. After any other failure its outcome is unknown.
     */
    <T, X extends Exception> T inWriteTransaction(String action, TransactionWork<T, X> work) throws X {
        return run(action, () -> {
            for (int attempt = 1; ; attempt++) {
                try {
                    return once(work);
                } catch (TransientException e) {
                    if (!DEADLOCK.equals(e.code()) || attempt == MAX_DEADLOCK_ATTEMPTS) {
                        throw e;
                    }
                    waitingSince.put(Thread.currentThread(), System.nanoTime());
                }
            }
        });
    }

    private <T, X extends Exception> T once(TransactionWork<T, X> work) throws X {
        try (Session session = session();
                Transaction transaction = session.beginTransaction()) {
            T result = work.run(new Statements(transaction, server));
            transaction.commit();
            return result;
        }
    }

    /** Returns the rows of a query with a small result. */
    List<Record> rows(String cypher) {
        return rows(cypher, Map.of());
    }

    /** Returns the rows of a query with a small result. */
    List<Record> rows(String cypher, Map<String, Object> parameters) {
        return inTransaction(
                "running a query",
                transaction -> transaction.run(cypher, parameters).list());
    }

    /** Returns the number in the first column of the first row. */
    long number(String cypher) {
        return rows(cypher).get(0).get(0).asLong();
    }

    /** Runs a command that needs a transaction of its own, such as one that changes the schema. */
    void command(String action, String cypher, Map<String, Object> parameters) {
        inTransaction(action, transaction -> transaction.run(cypher, parameters).consume());
    }

    /**
     * Returns the bookmark of a transaction that wrote nothing. A bookmark contains the number of the last transaction that
     * the database committed, so two equal ones mean that nothing was written in between. The member that led the cluster
     * before may not have that transaction yet, so this asks again which one leads.
     */
    ChangeMarker marker() {
        return run("reading a bookmark", () -> {
            if (settings.isRouted()) {
                reconnect();
            }
            try (Session session = session()) {
                try (Transaction transaction = session.beginTransaction()) {
                    new Statements(transaction, server).run("RETURN 1").consume();
                    transaction.commit();
                }
                String bookmark = session.lastBookmarks().stream()
                        .map(Bookmark::value)
                        .sorted()
                        .collect(Collectors.joining(" "));
                return bookmark.isEmpty() ? ChangeMarker.UNKNOWN : new ChangeMarker(bookmark);
            }
        });
    }

    /** Forgets the routing table. No other call may be running. */
    private void reconnect() {
        Driver former = driver;
        driver = newDriver();
        former.close();
        if (aborted) {
            driver.closeAsync();
        }
    }

    /** Returns a session that sees everything that the earlier sessions of this connection saw or wrote. */
    private Session session() {
        SessionConfig.Builder config = SessionConfig.builder().withBookmarkManager(bookmarks);
        if (!database.equals(DatabaseChoice.HOME)) {
            config.withDatabase(database);
        }
        return driver.session(config.build());
    }

    /** @throws CancellationException after {@link #abort} */
    void checkAborted() {
        if (aborted) {
            throw new CancellationException("the work on Neo4j was aborted");
        }
    }

    /** Makes calls in other threads fail with a {@link CancellationException}. */
    void abort() {
        aborted = true;
        driver.closeAsync();
    }

    @Override
    public void close() {
        watchdog.shutdown();
        try {
            driver.close();
        } catch (Neo4jException e) {
            // The server did not answer the goodbye. Nothing depends on it.
            driver.closeAsync();
        }
    }
}
