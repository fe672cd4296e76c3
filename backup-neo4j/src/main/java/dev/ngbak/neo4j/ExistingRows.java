package dev.ngbak.neo4j;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.neo4j.driver.Record;
import org.neo4j.driver.Value;

/**
 * Filters out nodes and relationships that are deleted while they are read. Neo4j finds a node first and reads its labels and
 * properties later, so the row of a deleted node has empty labels and properties, and that of a deleted relationship has no
 * properties or no type. But a node without labels, or a record without properties, may also exist. So each such row is read
 * a second time, by its id.
 */
final class ExistingRows implements Neo4jConnection.RowReader {

    /** The number of suspect rows that are read again at once. */
    static final int BATCH = 1_000;

    private final Predicate<Record> isComplete;
    private final Predicate<Record> exists;
    private final Reread reread;
    private final Neo4jConnection.RowReader reader;
    private final List<Long> suspects = new ArrayList<>();

    /** Reads rows by their ids, in any order. Rows that no longer exist are missing. */
    @FunctionalInterface
    interface Reread {
        List<Record> read(List<Long> ids);
    }

    private ExistingRows(
            Predicate<Record> isComplete, Predicate<Record> exists, Reread reread, Neo4jConnection.RowReader reader) {
        this.isComplete = isComplete;
        this.exists = exists;
        this.reread = reread;
        this.reader = reader;
    }

    /** Returns a filter for rows of an id, labels and properties. */
    static ExistingRows nodes(GraphScope scope, Reread reread, Neo4jConnection.RowReader reader) {
        Predicate<Record> exists =
                row -> !row.get(1).isNull() && scope.includes(row.get(1).asList(Value::asString));
        return new ExistingRows(
                row -> exists.test(row) && !row.get(1).isEmpty() && hasProperties(row.get(2)), exists, reread, reader);
    }

    /** Returns a filter for rows of an id, the ids of the start and end node, a type and properties. */
    static ExistingRows relationships(Reread reread, Neo4jConnection.RowReader reader) {
        Predicate<Record> exists = row -> !row.get(3).isNull();
        return new ExistingRows(row -> exists.test(row) && hasProperties(row.get(4)), exists, reread, reader);
    }

    private static boolean hasProperties(Value properties) {
        return !properties.isNull() && !properties.isEmpty();
    }

    @Override
    public void read(Record row) throws IOException {
        if (isComplete.test(row)) {
            reader.read(row);
            return;
        }
        suspects.add(row.get(0).asLong());
        if (suspects.size() == BATCH) {
            rereadSuspects();
        }
    }

    /** Reads the suspect rows again. Call it after the last row. */
    void rereadSuspects() throws IOException {
        if (!suspects.isEmpty()) {
            for (Record row : reread.read(suspects)) {
                if (exists.test(row)) {
                    reader.read(row);
                }
            }
            suspects.clear();
        }
    }
}
