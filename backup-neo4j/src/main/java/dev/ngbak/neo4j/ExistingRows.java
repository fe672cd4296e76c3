package dev.ngbak.neo4j;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.neo4j.driver.Record;
import org.neo4j.driver.Transaction;
import org.neo4j.driver.Value;

/**
 * Reads nodes and relationships and leaves out those that others delete meanwhile. Neo4j finds a node first and reads its
 * labels and properties later, so the row of a deleted node comes with empty labels and properties, and that of a deleted
 * relationship without properties or without a type. Nodes without labels and records without properties may exist all
 * the same. So each such row is read again by its id, which a deleted one does not survive.
 */
final class ExistingRows implements Connection.RowReader {

    /** How many doubtful rows are read again at once. */
    static final int BATCH = 1_000;

    private final Predicate<Record> whole;
    private final Predicate<Record> exists;
    private final Again again;
    private final Connection.RowReader reader;
    private final List<Long> doubtful = new ArrayList<>();

    /** Reads rows again by their ids, in any order, without those that are gone. */
    @FunctionalInterface
    interface Again {
        List<Record> read(List<Long> ids) throws IOException;
    }

    private ExistingRows(Predicate<Record> whole, Predicate<Record> exists, Again again, Connection.RowReader reader) {
        this.whole = whole;
        this.exists = exists;
        this.again = again;
        this.reader = reader;
    }

    /** Takes rows of an id, labels and properties. */
    static ExistingRows nodes(Scope scope, Again again, Connection.RowReader reader) {
        Predicate<Record> exists =
                row -> !row.get(1).isNull() && scope.includes(row.get(1).asList(Value::asString));
        return new ExistingRows(
                row -> exists.test(row) && !row.get(1).isEmpty() && isFull(row.get(2)), exists, again, reader);
    }

    /** Takes rows of an id, the ids of the start and the end node, a type and properties. */
    static ExistingRows relationships(Again again, Connection.RowReader reader) {
        Predicate<Record> exists = row -> !row.get(3).isNull();
        return new ExistingRows(row -> exists.test(row) && isFull(row.get(4)), exists, again, reader);
    }

    private static boolean isFull(Value properties) {
        return !properties.isNull() && !properties.isEmpty();
    }

    /** Hands over the existing nodes {@code n} that a pattern matches, each as its id, labels and properties. */
    static void readNodes(
            Connection connection,
            Transaction transaction,
            Scope scope,
            String where,
            Map<String, Object> parameters,
            Connection.RowReader reader)
            throws IOException {
        String returned = " RETURN id(n), labels(n), properties(n)";
        String again = "MATCH " + scope.node("n") + " WHERE id(n) IN $ids" + returned;
        ExistingRows rows = nodes(scope, ids -> connection.rows(again, Map.of("ids", ids)), reader);
        connection.forEach(transaction.run("MATCH " + scope.node("n") + where + returned, parameters), rows);
        rows.readDoubtful();
    }

    /**
     * Hands over the existing relationships {@code r} from {@code a} to {@code b} that a command matches, each as its id,
     * the ids of its nodes, its type and its properties.
     */
    static void readRelationships(
            Connection connection, Transaction transaction, String match, Connection.RowReader reader)
            throws IOException {
        String returned = " RETURN id(r), id(a), id(b), type(r), properties(r)";
        String again = "MATCH (a)-[r]->(b) WHERE id(r) IN $ids" + returned;
        ExistingRows rows = relationships(ids -> connection.rows(again, Map.of("ids", ids)), reader);
        connection.forEach(transaction.run(match + returned), rows);
        rows.readDoubtful();
    }

    @Override
    public void read(Record row) throws IOException {
        if (whole.test(row)) {
            reader.read(row);
            return;
        }
        doubtful.add(row.get(0).asLong());
        if (doubtful.size() == BATCH) {
            readDoubtful();
        }
    }

    /** Reads again what is still in doubt. To be called after the last row. */
    void readDoubtful() throws IOException {
        if (!doubtful.isEmpty()) {
            for (Record row : again.read(doubtful)) {
                if (exists.test(row)) {
                    reader.read(row);
                }
            }
            doubtful.clear();
        }
    }
}
