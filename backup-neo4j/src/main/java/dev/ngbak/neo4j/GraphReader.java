package dev.ngbak.neo4j;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.RecordNames;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.support.MappedTable;
import dev.ngbak.spi.support.TempFiles;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.neo4j.driver.Record;
import org.neo4j.driver.Value;

/** Reads the graph in scope from a database. */
final class GraphReader {

    /** Far above any id of a Neo4j database. Without a limit, one huge id would make the table of node numbers huge. */
    private static final long MAX_NODE_ID = 1L << 40;

    private final Neo4jSettings settings;
    private final Neo4jConnection connection;
    private final GraphScope scope;
    private final RecordNames names;

    GraphReader(Neo4jSettings settings, Neo4jConnection connection) {
        this.settings = settings;
        this.connection = connection;
        this.scope = settings.scope();
        this.names = GraphLayout.of(settings.source()).names();
    }

    StoreCounts counts() {
        return Neo4jRecords.counts(
                countNodes(),
                countRelationships(),
                names.communityIds().map(this::countCommunities).orElse(0L));
    }

    private long countCommunities(String levels) {
        return connection.number("MATCH " + scope.node("n") + " WITH n." + Cypher.quote(levels)
                + " AS levels WHERE levels IS :: LIST<INTEGER> RETURN count(DISTINCT levels[-1])");
    }

    long countNodes() {
        return connection.number("MATCH " + scope.node("n") + " RETURN count(n)");
    }

    private long countRelationships() {
        return connection.number(scope.relationships() + " RETURN count(r)");
    }

    /**
     * Hands over the whole graph in scope for an archive.
     *
     * @throws BackupException {@code INCOMPATIBLE} if an archive cannot contain the schema
     */
    void archive(Neo4jRecords records) throws IOException {
        Schema schema = Schema.read(connection, scope);
        schema.backupProblem().ifPresent(problem -> {
            throw problem;
        });
        read(records, schema);
    }

    /** Hands over the whole graph in scope. Leaves out schema that an archive cannot contain. */
    void read(Neo4jRecords records) throws IOException {
        read(records, Schema.read(connection, scope));
    }

    private void read(Neo4jRecords records, Schema schema) throws IOException {
        connection.checkAborted();
        schema.warnings().forEach(records::warn);
        records.expect(countNodes() + countRelationships());
        for (SchemaObject object : schema.inScope()) {
            records.requirements().add(object, connection.server());
            records.schema(object);
        }
        try (NodeNumbers numbers = new NodeNumbers(TempFiles.of(settings.source()))) {
            connection.inTransaction("reading the graph", transaction -> {
                readNodes(transaction, "", Map.of(), row -> {
                    records.node(numbers.add(row.get(0)), labels(row), PropertyType.read(row.get(2)));
                });
                readRelationships(transaction, numbers, records);
                if (records.wantsCrossingRelationships()) {
                    readCrossingRelationships(transaction, numbers, records);
                }
                return null;
            });
        }
        long crossing = scope.countCrossingRelationships(connection);
        if (crossing > 0) {
            records.warn(crossing + " relationships between nodes in scope (" + scope.displayName()
                    + ") and other nodes are not in the backup. A restore cannot bring them back.");
        }
        records.finish();
    }

    private void readRelationships(Statements transaction, NodeNumbers numbers, Neo4jRecords records)
            throws IOException {
        AtomicLong dangling = new AtomicLong();
        readRelationships(transaction, scope.relationships(), row -> {
            long from = numbers.get(row.get(1));
            long to = numbers.get(row.get(2));
            if (from < 0 || to < 0) {
                dangling.incrementAndGet();
            } else {
                records.relationship(row.get(3).asString(), from, to, PropertyType.read(row.get(4)));
            }
        });
        if (dangling.get() > 0) {
            records.warn(dangling
                    + " relationships were left out because their nodes were created or deleted during the backup.");
        }
    }

    private void readCrossingRelationships(Statements transaction, NodeNumbers numbers, Neo4jRecords records)
            throws IOException {
        for (String query : scope.crossingRelationships()) {
            readRelationships(transaction, query, row -> {
                long from = numbers.get(row.get(1));
                long to = numbers.get(row.get(2));
                records.crossingRelationship(row.get(3).asString(), from, to, PropertyType.read(row.get(4)));
            });
        }
    }

    /** Shows every node in scope that has one of these ids. */
    void findNodes(Collection<String> ids, RecordVisitor visitor) throws IOException {
        String hasId = names.nodeIds().stream()
                .map(property -> "n." + Cypher.quote(property) + " IN $ids")
                .collect(Collectors.joining(" OR ", " WHERE (", ")"));
        connection.inTransaction("finding nodes", transaction -> {
            readNodes(transaction, hasId, Map.of("ids", List.copyOf(ids)), row -> {
                long number = row.get(0).asLong();
                Neo4jRecords.show(visitor, names, number, labels(row), PropertyType.read(row.get(2)));
            });
            return null;
        });
    }

    /** Hands over nodes that exist, each as a row of its id, labels and properties. */
    private void readNodes(
            Statements transaction, String where, Map<String, Object> parameters, Neo4jConnection.RowReader reader)
            throws IOException {
        String columns = " RETURN id(n), labels(n), properties(n)";
        String byId = "MATCH " + scope.node("n") + " WHERE id(n) IN $ids" + columns;
        ExistingRows rows = ExistingRows.nodes(
                scope, ids -> transaction.run(byId, Map.of("ids", ids)).list(), reader);
        connection.forEach(transaction.run("MATCH " + scope.node("n") + where + columns, parameters), rows);
        rows.rereadSuspects();
    }

    /**
     * Hands over relationships that exist, each as a row of its id, the ids of its start and end node, type and properties.
     *
     * @param match the query without its RETURN clause
     */
    private void readRelationships(Statements transaction, String match, Neo4jConnection.RowReader reader)
            throws IOException {
        String columns = " RETURN id(r), id(a), id(b), type(r), properties(r)";
        String byId = "MATCH (a)-[r]->(b) WHERE id(r) IN $ids" + columns;
        ExistingRows rows = ExistingRows.relationships(
                ids -> transaction.run(byId, Map.of("ids", ids)).list(), reader);
        connection.forEach(transaction.run(match + columns), rows);
        rows.rereadSuspects();
    }

    private static List<String> labels(Record node) {
        return node.get(1).asList(Value::asString);
    }

    /** Numbers nodes in the order in which they are read. The table maps Neo4j's id to the number plus one. */
    private static final class NodeNumbers implements AutoCloseable {

        private final MappedTable numbers;
        private long size;

        NodeNumbers(TempFiles files) throws IOException {
            numbers = new MappedTable(files, Long.BYTES);
        }

        long add(Value nodeId) throws IOException {
            numbers.putLong(checked(nodeId.asLong()), size + 1);
            return size++;
        }

        /** Returns the number of a node, or a distinct negative number if the node was not added. */
        long get(Value nodeId) throws IOException {
            long id = checked(nodeId.asLong());
            long entry = numbers.getLong(id);
            return entry > 0 ? entry - 1 : -1 - id;
        }

        private static long checked(long id) {
            if (id < 0 || id > MAX_NODE_ID) {
                throw new BackupException(
                        Kind.INCOMPATIBLE,
                        "The database uses node ids that this version of ngbak does not support (" + id + ")",
                        "Use a newer version of ngbak");
            }
            return id;
        }

        @Override
        public void close() throws IOException {
            numbers.close();
        }
    }
}
