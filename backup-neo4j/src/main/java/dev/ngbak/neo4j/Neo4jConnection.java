package dev.ngbak.neo4j;

import dev.ngbak.spi.ChangeMarker;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import org.neo4j.driver.Bookmark;
import org.neo4j.driver.BookmarkManager;
import org.neo4j.driver.BookmarkManagerConfig;
import org.neo4j.driver.BookmarkManagers;
import org.neo4j.driver.Driver;
import org.neo4j.driver.Record;
import org.neo4j.driver.Result;
import org.neo4j.driver.Session;
import org.neo4j.driver.SessionConfig;
import org.neo4j.driver.Transaction;
import org.neo4j.driver.exceptions.Neo4jException;
import org.neo4j.driver.exceptions.SessionExpiredException;
import org.neo4j.driver.exceptions.TransientException;

/**
 * An open connection to one database. All work with the driver runs inside its methods, which translate the driver's
 * exceptions. All sessions, even those that only read, use the cluster member that accepts writes: other members may
 * lag behind, and a change marker from them would be wrong. Thread-safe.
 */
final class Neo4jConnection implements AutoCloseable {

    private static final int WRITER_POLL_MILLIS = 500;
    private static final int MAX_WRITER_ATTEMPTS = 60;
    private static final int MAX_DEADLOCK_ATTEMPTS = 100;
    private static final String DEADLOCK = "Neo.TransientError.Transaction.DeadlockDetected";

    private final Neo4jSettings settings;
    private final String userAgent;

    /** What was seen or written so far. A member of a cluster that lags behind waits until it has all of it. */
    private final BookmarkManager bookmarks =
            BookmarkManagers.defaultManager(BookmarkManagerConfig.builder().build());

    /**
     * The bookmarks of the last marker. A bookmark also contains those of other databases that were passed to its transaction,
     * such as that of {@code system} after SHOW DATABASES, so a marker is passed nothing but the last one.
     */
    private Set<Bookmark> markers = Set.of();

    private volatile Driver driver;
    private final Neo4jErrors errors;
    private final IdleWatch idle;
    private volatile boolean aborted;

    /** The database of all sessions. Empty for the default database, until it is chosen. */
    private String database;

    private ServerVersion server = ServerVersion.UNKNOWN;

    private Neo4jConnection(Neo4jSettings settings, String userAgent) {
        this.settings = settings;
        this.userAgent = userAgent;
        this.driver = Drivers.create(settings, userAgent);
        this.database = settings.databases().size() == 1 ? settings.databases().get(0) : DatabaseChoice.HOME;
        this.errors = new Neo4jErrors(settings);
        this.idle = new IdleWatch(settings.idleTimeout(), () -> driver.closeAsync());
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
                connection.awaitWriter();
                connection.chooseDatabase();
                return null;
            });
            return connection;
        } catch (RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    /** Reads the version. A cluster that has lost its leader elects another one within seconds, so this waits for it. */
    private void awaitWriter() {
        for (int attempt = 1; ; attempt++) {
            try {
                readVersion();
                return;
            } catch (SessionExpiredException e) {
                if (attempt == MAX_WRITER_ATTEMPTS) {
                    throw e;
                }
                pause();
            }
        }
    }

    private void pause() {
        checkAborted();
        try {
            Thread.sleep(WRITER_POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while Neo4j elected a leader");
        }
        idle.begin();
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
        idle.begin();
        try {
            return work.run();
        } catch (Neo4jException e) {
            throw aborted
                    ? aborted(e)
                    : idle.hasExpired() ? errors.idleTimeout(e, action) : errors.translate(e, action);
        } catch (IllegalStateException e) {
            // The driver throws this once it is closed.
            throw aborted ? aborted(e) : idle.hasExpired() ? errors.idleTimeout(e, action) : e;
        } finally {
            idle.end();
        }
    }

    /** Hands over rows. The time that the reader takes does not count as time without an answer. */
    void forEach(Result rows, RowReader reader) throws IOException {
        while (rows.hasNext()) {
            Record row = rows.next();
            idle.end();
            reader.read(row);
            idle.begin();
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
                    idle.begin();
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
            try (Session session =
                    driver.session(sessionConfig().withBookmarks(markers).build())) {
                try (Transaction transaction = session.beginTransaction()) {
                    new Statements(transaction, server).run("RETURN 1").consume();
                    transaction.commit();
                }
                Set<Bookmark> found = session.lastBookmarks();
                bookmarks.updateBookmarks(markers, found);
                markers = found;
                String bookmark = found.stream().map(Bookmark::value).sorted().collect(Collectors.joining(" "));
                return bookmark.isEmpty() ? ChangeMarker.UNKNOWN : new ChangeMarker(bookmark);
            }
        });
    }

    /** Forgets the routing table. No other call may be running. */
    private void reconnect() {
        Driver former = driver;
        driver = Drivers.create(settings, userAgent);
        former.close();
        if (aborted) {
            driver.closeAsync();
        }
    }

    /** Returns a session that sees everything that the earlier sessions of this connection saw or wrote. */
    private Session session() {
        return driver.session(sessionConfig().withBookmarkManager(bookmarks).build());
    }

    private SessionConfig.Builder sessionConfig() {
        SessionConfig.Builder config = SessionConfig.builder();
        return database.equals(DatabaseChoice.HOME) ? config : config.withDatabase(database);
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
        idle.close();
        try {
            driver.close();
        } catch (Neo4jException e) {
            // The server did not answer the goodbye. Nothing depends on it.
            driver.closeAsync();
        }
    }
}
