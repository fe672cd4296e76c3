package dev.ngbak.neo4j;

import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.neo4j.driver.Transaction;
import org.neo4j.driver.Value;

/** The graph in scope as nodes and relationships for a visitor: all of it, or the nodes that are asked for. */
final class Shown implements Lookup {

    private static final String ID = "id";

    /** Where LightRAG keeps what is {@link #ID} elsewhere. */
    private static final String ENTITY_ID = "entity_id";

    private final Connection connection;
    private final Scope scope;

    Shown(Connection connection, Scope scope) {
        this.connection = connection;
        this.scope = scope;
    }

    /** What is read from a file, numbered as there. */
    static DumpReader.Receiver receiver(RecordVisitor visitor, Meter meter) {
        return new DumpReader.Receiver() {
            @Override
            public void expect(long records) {
                meter.expect(records);
            }

            @Override
            public void node(long number, List<String> labels, Map<String, Object> properties, int size)
                    throws IOException {
                Shown.node(visitor, number, labels, properties);
                meter.passed(size);
            }

            @Override
            public void relationship(String type, long from, long to, Map<String, Object> properties, int size)
                    throws IOException {
                visitor.relationship(from, to, type, shown(properties));
                meter.passed(size);
            }
        };
    }

    private static void node(RecordVisitor visitor, long number, List<String> labels, Map<String, Object> properties)
            throws IOException {
        visitor.node(number, properties.get(ID) instanceof String id ? id : null, labels, shown(properties));
    }

    private static Map<String, Object> shown(Map<String, Object> properties) {
        Map<String, Object> shown = new LinkedHashMap<>(properties);
        shown.values().removeIf(value -> value instanceof String text && text.length() > RecordVisitor.MAX_LENGTH);
        return shown;
    }

    /** Shows all, the relationships between nodes in scope and others too. */
    void all(RecordVisitor visitor, Meter meter) throws IOException {
        connection.inTransaction("reading the graph", transaction -> {
            nodes(transaction, "", Map.of(), visitor, meter);
            relationships(transaction, scope.relationships(), visitor, meter);
            if (!scope.isWhole()) {
                relationships(
                        transaction,
                        "MATCH " + scope.node("a") + "-[r]->(b) WHERE NOT " + scope.holds("b"),
                        visitor,
                        meter);
                relationships(
                        transaction,
                        "MATCH (a)-[r]->" + scope.node("b") + " WHERE NOT " + scope.holds("a"),
                        visitor,
                        meter);
            }
            return null;
        });
        meter.tell();
    }

    private void nodes(
            Transaction transaction, String where, Map<String, Object> parameters, RecordVisitor visitor, Meter meter)
            throws IOException {
        ExistingRows.readNodes(connection, transaction, scope, where, parameters, row -> {
            Map<String, Object> properties = row.get(2).asMap();
            node(visitor, row.get(0).asLong(), row.get(1).asList(Value::asString), properties);
            meter.passed(size(properties));
        });
    }

    private void relationships(Transaction transaction, String match, RecordVisitor visitor, Meter meter)
            throws IOException {
        ExistingRows.readRelationships(connection, transaction, match, row -> {
            Map<String, Object> properties = row.get(4).asMap();
            visitor.relationship(
                    row.get(1).asLong(), row.get(2).asLong(), row.get(3).asString(), shown(properties));
            meter.passed(size(properties));
        });
    }

    /** About how much was read, for the steps of the progress. */
    private static int size(Map<String, Object> properties) {
        int size = 0;
        for (Object value : properties.values()) {
            size += value instanceof String text ? text.length() : Long.BYTES;
        }
        return size;
    }

    @Override
    public void nodes(Collection<String> ids, RecordVisitor visitor) throws IOException {
        connection.inTransaction("looking for nodes", transaction -> {
            nodes(
                    transaction,
                    " WHERE (n." + ID + " IN $ids OR n." + ENTITY_ID + " IN $ids)",
                    Map.of("ids", List.copyOf(ids)),
                    visitor,
                    new Meter(Progress.NONE, connection::aborted));
            return null;
        });
    }
}
