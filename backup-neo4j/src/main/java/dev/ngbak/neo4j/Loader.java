package dev.ngbak.neo4j;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.neo4j.driver.Record;

/**
 * Puts what is read from an archive into the database: takes away what is in scope, then loads nodes, relationships and
 * schema. Each batch is one transaction. Nodes are found again by the ids that the server gave them, so nothing has to be
 * added to them and taken away afterwards. While the server works on {@value #WRITERS} batches, the next is read from the archive.
 * Relationships that share nodes may lock each other out; the server then takes one of the two batches back, and it is written again.
 */
final class Loader implements DumpReader.Receiver, AutoCloseable {

    /** More would want more of the server's cores, and of this program's memory. */
    private static final int WRITERS = 2;

    private static final int BATCH_RECORDS = 5_000;
    private static final long BATCH_BYTES = 4 << 20;
    private static final int DELETED_AT_ONCE = 2_000;

    private final Connection connection;
    private final Scope scope;
    private final GraphTally tally;
    private final Meter meter;
    private final MappedTable ids = new MappedTable(Long.BYTES);
    private final List<SchemaObject> schema = new ArrayList<>();
    private final ExecutorService writers = Executors.newFixedThreadPool(WRITERS, task -> {
        Thread thread = new Thread(task, "ngbak-neo4j-write");
        thread.setDaemon(true);
        return thread;
    });
    /** The batches on their way, oldest first. */
    private final Deque<Future<List<Record>>> written = new ArrayDeque<>();

    private Map<String, List<List<Object>>> batch = new LinkedHashMap<>();
    private boolean cleared;
    private boolean linking;
    private int batchRecords;
    private long batchBytes;

    Loader(Connection connection, Scope scope, GraphTally tally, Meter meter) throws IOException {
        this.connection = connection;
        this.scope = scope;
        this.tally = tally;
        this.meter = meter;
    }

    @Override
    public void expect(long records) {
        meter.expect(records);
    }

    @Override
    public void schema(SchemaObject object) {
        schema.add(object);
    }

    @Override
    public void node(long number, List<String> labels, Map<String, Object> properties, int size) throws IOException {
        clear();
        List<String> sorted = labels.stream().sorted(Texts.BY_BYTES).distinct().toList();
        add(
                "UNWIND $rows AS row CREATE (n" + Scope.labels(sorted) + ") SET n = row[1] RETURN row[0], id(n)",
                List.of(number, properties),
                size);
    }

    @Override
    public void relationship(String type, long from, long to, Map<String, Object> properties, int size)
            throws IOException {
        clear();
        if (!linking) {
            flush();
            awaitAll();
            linking = true;
        }
        add(
                "UNWIND $rows AS row MATCH (a) WHERE id(a) = row[0] MATCH (b) WHERE id(b) = row[1] CREATE (a)-[r:"
                        + Scope.quoted(type) + "]->(b) SET r = row[2]",
                List.of(ids.getLong(from), ids.getLong(to), properties),
                size);
    }

    private void add(String cypher, List<Object> row, int size) throws IOException {
        batch.computeIfAbsent(cypher, key -> new ArrayList<>()).add(row);
        batchRecords++;
        batchBytes += size;
        if (batchRecords >= BATCH_RECORDS || batchBytes >= BATCH_BYTES) {
            flush();
        }
        meter.passed(size);
    }

    /** Sends the batch on its way, once a writer is free. */
    private void flush() throws IOException {
        if (batch.isEmpty()) {
            return;
        }
        if (written.size() == WRITERS) {
            await();
        }
        Map<String, List<List<Object>>> sent = batch;
        boolean links = linking;
        written.add(writers.submit(() -> write(sent, links)));
        batch = new LinkedHashMap<>();
        batchRecords = 0;
        batchBytes = 0;
    }

    private List<Record> write(Map<String, List<List<Object>>> batch, boolean links) throws IOException {
        return connection.inWriteTransaction("writing a batch", transaction -> {
            List<Record> rows = new ArrayList<>();
            for (var group : batch.entrySet()) {
                var result = transaction.run(group.getKey(), Map.of("rows", group.getValue()));
                rows.addAll(result.list());
                var counters = result.consume().counters();
                int made = links ? counters.relationshipsCreated() : counters.nodesCreated();
                if (made != group.getValue().size()) {
                    throw new BackupException(
                            Kind.UNREACHABLE,
                            "Neo4j made " + made + " of " + group.getValue().size() + " "
                                    + (links ? "relationships" : "nodes")
                                    + ": something else deletes nodes in scope meanwhile",
                            "Stop what writes to the graph, and run the restore again");
                }
            }
            return rows;
        });
    }

    private void awaitAll() throws IOException {
        while (!written.isEmpty()) {
            await();
        }
    }

    /** Waits until the oldest batch that is on its way is written, and notes the ids of its nodes. */
    private void await() throws IOException {
        try {
            for (Record row : written.element().get()) {
                ids.putLong(row.get(0).asLong(), row.get(1).asLong());
            }
            written.remove();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            CancellationException stop = new CancellationException("interrupted while Neo4j wrote a batch");
            stop.initCause(e);
            throw stop;
        }
    }

    /** Takes away what is in scope, once all that is known of the archive's schema says that it fits. */
    private void clear() throws IOException {
        if (cleared) {
            return;
        }
        cleared = true;
        Neo4jRestore.checkServer(connection, schema);
        if (!scope.isWhole()) {
            long leaving = connection.rows(scope.leavingCount()).get(0).get(0).asLong();
            if (leaving > 0) {
                tally.warn(leaving + " relationships between nodes in scope (" + scope.shown()
                        + ") and others were removed together with the nodes that were replaced.");
            }
        }
        Schema.read(connection, scope).drop();
        String delete =
                "MATCH " + scope.node("n") + " WITH n LIMIT " + DELETED_AT_ONCE + " DETACH DELETE n RETURN count(*)";
        long deleted = 1;
        while (deleted > 0) {
            meter.check();
            deleted = connection
                    .inWriteTransaction(
                            "deleting what is in scope",
                            transaction -> transaction.run(delete).single())
                    .get(0)
                    .asLong();
        }
    }

    /** Writes the rest, and then the schema: indexes are built faster over what is there. */
    void finish() throws IOException {
        clear();
        flush();
        awaitAll();
        meter.check();
        Schema.read(connection, scope).create(schema, tally);
    }

    /** Whoever puts the former state back must not meet a batch that is still being written. */
    @Override
    public void close() throws IOException {
        writers.shutdown();
        boolean interrupted = false;
        while (!written.isEmpty()) {
            try {
                written.element().get();
                written.remove();
            } catch (ExecutionException e) {
                // The restore has failed already, and says why.
                written.remove();
            } catch (InterruptedException e) {
                interrupted = true;
                connection.abort();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        ids.close();
    }
}
