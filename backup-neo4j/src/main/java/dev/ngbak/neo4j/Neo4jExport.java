package dev.ngbak.neo4j;

import dev.ngbak.neo4j.Neo4jSettings.Mode;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.neo4j.driver.Transaction;
import org.neo4j.driver.Value;

/** Reads the graph in scope. */
final class Neo4jExport implements ExportSession {

    static final String PRODUCT = "Neo4j";
    static final String FILE = "neo4j";

    /** The member of the scope that names kinds of constraints which only Enterprise holds. */
    static final String REQUIRES = "requires";

    static final String SUFFIX = ".dump";

    /** Community's ids end far below; a higher one is none that a table could be kept by. */
    private static final long HIGHEST_ID = 1L << 40;

    private final Neo4jSettings settings;
    private final Scope scope;
    private final Connection connection;
    private final StoreInfo info;

    private Neo4jExport(Neo4jSettings settings, Connection connection) throws IOException {
        this.settings = settings;
        this.scope = settings.scope();
        this.connection = connection;
        this.info = info(settings, connection);
    }

    /** Takes over the connection, and closes it if this fails. */
    static Neo4jExport over(Neo4jSettings settings, Connection connection) throws IOException {
        try {
            return new Neo4jExport(settings, connection);
        } catch (IOException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    static StoreInfo info(Neo4jSettings settings, Connection connection) throws IOException {
        Map<String, String> scope = new LinkedHashMap<>();
        scope.put(Neo4jSettings.DATABASE, settings.database());
        scope.put(Neo4jSettings.NAMESPACE, settings.scope().namespace());
        String requires = connection.isCommunity()
                ? ""
                : Schema.read(connection, settings.scope()).needingEnterprise();
        if (!requires.isEmpty()) {
            scope.put(REQUIRES, requires);
        }
        boolean admin = settings.mode() == Mode.ADMIN;
        if (admin) {
            scope.put(NativeDump.STORE_FORMAT, storeFormat(settings, connection));
        }
        return new StoreInfo(PRODUCT, connection.version(), admin ? NativeDump.FORM : DumpWriter.FORM, scope, -1);
    }

    private static String storeFormat(Neo4jSettings settings, Connection connection) throws IOException {
        return connection.rows("SHOW DATABASES YIELD name, store").stream()
                .filter(row -> row.get("name").asString().equals(settings.database()))
                .map(row -> row.get("store").asString(""))
                .findFirst()
                .orElse("");
    }

    @Override
    public StoreInfo info() {
        return info;
    }

    @Override
    public StoreCounts counts() throws IOException {
        return GraphTally.counts(
                number("MATCH " + scope.node("n") + " RETURN count(n)"),
                number(scope.relationships() + " RETURN count(r)"),
                number("MATCH " + scope.node("n") + " WITH n.`" + GraphTally.COMMUNITY_IDS
                        + "` AS levels WHERE levels IS :: LIST<INTEGER> RETURN count(DISTINCT levels[-1])"));
    }

    private long number(String cypher) throws IOException {
        return connection.rows(cypher).get(0).get(0).asLong();
    }

    /** A label that finds nothing where there is something is a wrong setting, and not an empty system. */
    @Override
    public BackupException scopeProblem() throws IOException {
        if (scope.isWhole()
                || number("MATCH " + scope.node("n") + " RETURN count(n)") > 0
                || number("MATCH (n) RETURN count(n)") == 0) {
            return null;
        }
        List<String> labels =
                connection.rows("CALL db.labels() YIELD label RETURN label ORDER BY label LIMIT 10").stream()
                        .map(row -> "\"" + Texts.shown(row.get(0).asString()) + "\"")
                        .toList();
        return new BackupException(
                Kind.INVALID,
                "The database \"" + Texts.shown(settings.database()) + "\" has no node in scope, which is "
                        + scope.shown() + ", but it is not empty: it has nodes "
                        + (labels.isEmpty() ? "without a label" : "with the labels " + String.join(", ", labels)),
                "Set NEO4J_GRAPH_NAMESPACE to the label that all nodes of the graph have, or to * for the whole"
                        + " database");
    }

    @Override
    public ChangeMarker marker() throws IOException {
        return connection.bookmark().map(ChangeMarker::new).orElse(ChangeMarker.UNKNOWN);
    }

    @Override
    public StoreSummary export(EntrySink sink, Progress progress) throws IOException {
        try (GraphTally tally = new GraphTally()) {
            Meter meter = new Meter(progress, connection::aborted);
            sink.put(FILE, SUFFIX, out -> pass(tally, new DumpWriter(out), meter));
            return tally.summary();
        }
    }

    @Override
    public StoreSummary digest(Progress progress) throws IOException {
        return digest(new Meter(progress, connection::aborted));
    }

    StoreSummary digest(Meter meter) throws IOException {
        try (GraphTally tally = new GraphTally()) {
            pass(tally, null, meter);
            return tally.summary();
        }
    }

    @Override
    public boolean visit(RecordVisitor visitor, Progress progress) throws IOException {
        Meter meter = new Meter(progress, connection::aborted);
        meter.check();
        new Shown(connection, scope).all(visitor, meter);
        return true;
    }

    @Override
    public Lookup lookup() {
        return new Shown(connection, scope);
    }

    private void pass(GraphTally tally, DumpWriter writer, Meter meter) throws IOException {
        meter.check();
        Schema schema = Schema.read(connection, scope);
        schema.warnings().forEach(tally::warn);
        StoreCounts counts = counts();
        long nodes = counts.counts().get(GraphTally.ENTITIES);
        long relationships = counts.counts().get(GraphTally.RELATIONSHIPS);
        meter.expect(nodes + relationships);
        if (writer != null) {
            writer.header(connection.version(), scope, nodes, relationships);
        }
        for (SchemaObject object : schema.inScope()) {
            tally.schema(object);
            if (writer != null) {
                writer.schema(object);
            }
        }
        try (MappedTable numbers = new MappedTable(Long.BYTES)) {
            connection.inTransaction("reading the graph", transaction -> {
                nodes(transaction, tally, writer, meter, numbers);
                relationships(transaction, tally, writer, meter, numbers);
                return null;
            });
        }
        meter.tell();
        if (writer != null) {
            writer.end(tally);
        }
    }

    /** Nodes get numbers in the order in which they come; the table leads from Neo4j's own ids to these. */
    private void nodes(Transaction transaction, GraphTally tally, DumpWriter writer, Meter meter, MappedTable numbers)
            throws IOException {
        ExistingRows.readNodes(connection, transaction, scope, "", Map.of(), row -> {
            long number = tally.entities();
            numbers.putLong(id(row.get(0)), number + 1);
            List<String> labels = row.get(1).asList(Value::asString);
            Map<String, Object> properties = row.get(2).asMap();
            int size = tally.node(labels, properties);
            if (writer != null) {
                writer.node(number, labels, properties);
            }
            meter.passed(size);
        });
    }

    private void relationships(
            Transaction transaction, GraphTally tally, DumpWriter writer, Meter meter, MappedTable numbers)
            throws IOException {
        long[] dangling = {0};
        ExistingRows.readRelationships(connection, transaction, scope.relationships(), row -> {
            long from = numbers.getLong(id(row.get(1))) - 1;
            long to = numbers.getLong(id(row.get(2))) - 1;
            if (Math.min(from, to) < 0) {
                dangling[0]++;
                return;
            }
            String type = row.get(3).asString();
            Map<String, Object> properties = row.get(4).asMap();
            int size = tally.relationship(type, from, to, properties);
            if (writer != null) {
                writer.relationship(type, from, to, properties);
            }
            meter.passed(size);
        });
        if (dangling[0] > 0) {
            tally.warn(dangling[0]
                    + " relationships were left out, since their nodes were created or deleted while the graph was"
                    + " read.");
        }
        long leaving = scope.isWhole() ? 0 : leaving(transaction);
        if (leaving > 0) {
            tally.warn(leaving + " relationships between nodes in scope (" + scope.shown()
                    + ") and others are not in the backup; a restore cannot bring them back.");
        }
    }

    private long leaving(Transaction transaction) {
        return transaction.run(scope.leavingCount()).single().get(0).asLong();
    }

    private static long id(Value value) {
        long id = value.asLong();
        if (id < 0 || id > HIGHEST_ID) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The database gives its nodes ids that this version of ngbak cannot work with (" + id + ")",
                    "Use a newer version of ngbak");
        }
        return id;
    }

    @Override
    public void abort() {
        connection.abort();
    }

    @Override
    public void close() {
        connection.close();
    }
}
