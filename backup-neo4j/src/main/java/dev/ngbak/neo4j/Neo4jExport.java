package dev.ngbak.neo4j;

import dev.ngbak.neo4j.admin.MaintenanceWindow;
import dev.ngbak.neo4j.admin.NativeDump;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the graph in scope over Bolt, or dumps the whole database with neo4j-admin. */
final class Neo4jExport implements ExportSession {

    static final String PRODUCT = "Neo4j";
    private static final int MAX_LABELS_IN_MESSAGE = 10;

    private final Neo4jSettings settings;
    private final GraphScope scope;
    private final MaintenanceWindow window;
    private final StoreInfo info;
    private Map<String, String> requirements = Map.of();
    private volatile Neo4jConnection connection;

    private Neo4jExport(Neo4jSettings settings, MaintenanceWindow window, Neo4jConnection connection) {
        this.settings = settings;
        this.scope = settings.scope();
        this.window = window;
        this.connection = connection;
        this.info = info(settings, connection);
    }

    static Neo4jExport open(Neo4jSettings settings) {
        MaintenanceWindow window = settings.maintenanceWindow();
        window.recoverInterrupted();
        Neo4jConnection connection = Neo4jConnection.open(settings);
        try {
            return new Neo4jExport(settings, window, connection);
        } catch (RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    static StoreInfo info(Neo4jSettings settings, Neo4jConnection connection) {
        Map<String, String> scope = new LinkedHashMap<>();
        scope.put(Neo4jSettings.DATABASE.name(), connection.database());
        scope.put(Neo4jSettings.NAMESPACE.name(), settings.scope().namespace());
        if (settings.dumpsNatively()) {
            scope.put(NativeDump.STORE_FORMAT, storeFormat(connection));
        }
        String form = settings.dumpsNatively() ? NativeDump.FORM : DumpWriter.FORM;
        return new StoreInfo(PRODUCT, connection.version(), form, scope, -1);
    }

    /** Returns the format in which the server stores the database, or an empty text if it does not show it. */
    static String storeFormat(Neo4jConnection connection) {
        return connection.rows("SHOW DATABASES YIELD name, store").stream()
                .filter(row -> row.get("name").asString().equals(connection.database()))
                .map(row -> row.get("store").asString(""))
                .findFirst()
                .orElse("");
    }

    /** After an export, the scope includes what the exported graph needs of a server. */
    @Override
    public StoreInfo info() {
        Map<String, String> scope = new LinkedHashMap<>(info.scope());
        scope.putAll(requirements);
        return new StoreInfo(info.product(), info.version(), info.form(), scope, info.bytes());
    }

    private GraphReader reader() {
        return new GraphReader(settings, connection);
    }

    @Override
    public StoreCounts counts() {
        return reader().counts();
    }

    /** Returns a problem if the label is probably wrong, or if an archive cannot contain the schema. */
    @Override
    public Optional<BackupException> scopeProblem() {
        return labelProblem()
                .or(() -> settings.dumpsNatively()
                        ? Optional.empty()
                        : Schema.read(connection, scope).backupProblem());
    }

    /** Returns a problem if no node has the label, but the database contains nodes. */
    private Optional<BackupException> labelProblem() {
        if (scope.isWholeDatabase()
                || reader().countNodes() > 0
                || connection.number("MATCH (n) RETURN count(n)") == 0) {
            return Optional.empty();
        }
        List<String> labels = connection
                .rows("CALL db.labels() YIELD label RETURN label ORDER BY label LIMIT " + MAX_LABELS_IN_MESSAGE)
                .stream()
                .map(row -> SafeText.quoted(row.get(0).asString()))
                .toList();
        return Optional.of(new BackupException(
                Kind.INVALID,
                "The database " + SafeText.quoted(connection.database()) + " contains no node in scope ("
                        + scope.displayName() + "), but it contains nodes "
                        + (labels.isEmpty() ? "without a label" : "with the labels " + String.join(", ", labels)),
                settings.scopeSetting().equals(Neo4jSettings.NAMESPACE.name())
                        ? "Set " + settings.scopeSetting()
                                + " to the label that all nodes of the graph have, or to * for the whole database"
                        : "Correct " + settings.scopeSetting() + ", or " + Neo4jSettings.DATABASE.name()));
    }

    @Override
    public ChangeMarker marker() {
        return connection.marker();
    }

    @Override
    public void export(EntrySink sink, RecordHandler records, Progress progress) throws IOException {
        if (settings.dumpsNatively()) {
            exportDump(sink, records, progress);
        } else {
            ProgressMeter meter = ProgressMeter.ofRecords(progress, Neo4jRecords.UNIT, connection::checkAborted);
            sink.put(GraphEntry.NAME, GraphEntry.SUFFIX, out -> {
                DumpWriter writer = new DumpWriter(out, connection.version(), scope);
                try (Neo4jRecords graph = new Neo4jRecords(records, settings.source(), meter, writer)) {
                    reader().archive(graph);
                    requirements = graph.requirements().scope();
                }
                writer.finish();
            });
        }
    }

    /**
     * Dumps the database while Neo4j is stopped. Reads the records over Bolt first. They are those of the dump only if
     * nothing was written until Neo4j was up again.
     */
    private void exportDump(EntrySink sink, RecordHandler records, Progress progress) throws IOException {
        ProgressMeter meter = ProgressMeter.ofBytes(progress, window::checkAborted);
        window.checkCommand();
        ChangeMarker before = connection.marker();
        requirements = read(records, meter);
        connection.close();
        window.dump(sink, GraphEntry.NAME, GraphEntry.SUFFIX, meter);
        connection = Neo4jConnection.open(settings);
        meter.check();
        if (before.until(connection.marker()) != Comparison.UNCHANGED) {
            records.markOpaque(StoreCounts.NONE);
            records.warn("Something was written to Neo4j between the reading of its records and its restart after"
                    + " the dump, so the number of records in the dump is unknown.");
        }
    }

    @Override
    public void read(RecordHandler records, Progress progress) throws IOException {
        read(records, ProgressMeter.ofRecords(progress, Neo4jRecords.UNIT, connection::checkAborted));
    }

    /** Returns what the graph needs of a server, for the scope of a manifest. */
    private Map<String, String> read(RecordHandler handler, ProgressMeter meter) throws IOException {
        try (Neo4jRecords records = new Neo4jRecords(handler, settings.source(), meter, GraphReceiver.NONE)) {
            reader().read(records);
            return records.requirements().scope();
        }
    }

    @Override
    public Optional<Lookup> lookup() {
        Lookup.NodeLookup nodes = (ids, visitor) -> reader().findNodes(ids, visitor);
        return Optional.of(nodes);
    }

    @Override
    public void abort() {
        window.abort();
        connection.abort();
    }

    @Override
    public void close() {
        connection.close();
    }
}
