package dev.ngbak.neo4j;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.DaemonThreads;
import dev.ngbak.spi.support.MappedTable;
import dev.ngbak.spi.support.TempFiles;
import dev.ngbak.spi.support.Utf8;
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
import java.util.function.Consumer;
import org.neo4j.driver.Record;

/**
 * Writes an archived graph into the database: deletes the scope, then loads nodes, relationships and schema. Each batch is
 * one transaction. Relationships find their nodes by the ids that the server assigned, so nodes need no temporary property.
 *
 * <p>While the server works on {@value #WRITERS} batches, the next one is read from the archive. Two batches of relationships
 * that share nodes may deadlock. The server then rolls one of them back, and it is written again.
 */
final class GraphLoader implements GraphReceiver, AutoCloseable {

    /** More writers would use more cores of the server and more memory here. */
    private static final int WRITERS = 2;

    private static final int MAX_BATCH_RECORDS = 5_000;
    private static final long MAX_BATCH_BYTES = 4 << 20;
    private static final int NODES_PER_DELETE = 2_000;

    private final Neo4jConnection connection;
    private final GraphScope scope;
    private final Consumer<String> warnings;
    private final SchemaWriter schemaWriter;
    private final List<SchemaObject> schema = new ArrayList<>();
    private final MappedTable nodeIds;
    private final ExecutorService writers =
            Executors.newFixedThreadPool(WRITERS, DaemonThreads.named("ngbak-neo4j-write"));
    /** The batches that are being written, oldest first. */
    private final Deque<Future<List<Record>>> pending = new ArrayDeque<>();

    /** The rows of the next batch, by the command that creates them. */
    private Map<String, List<List<Object>>> batch = new LinkedHashMap<>();

    private int batchRecords;
    private long batchBytes;
    private boolean cleared;
    private boolean loadingRelationships;

    GraphLoader(Neo4jSettings settings, Neo4jConnection connection, Consumer<String> warnings) throws IOException {
        this.connection = connection;
        this.scope = settings.scope();
        this.warnings = warnings;
        this.schemaWriter = new SchemaWriter(connection, scope, warnings);
        this.nodeIds = new MappedTable(TempFiles.of(settings.source()), Long.BYTES);
    }

    @Override
    public void schema(SchemaObject object) {
        schema.add(object);
    }

    @Override
    public void node(long number, List<String> labels, Map<String, Object> properties) throws IOException {
        clearScope();
        List<String> sorted = labels.stream().sorted(Utf8.BYTE_ORDER).distinct().toList();
        add(
                "UNWIND $rows AS row CREATE (n" + Cypher.labels(sorted) + ") SET n = row[1] RETURN row[0], id(n)",
                List.of(number, properties),
                properties);
    }

    @Override
    public void relationship(String type, long from, long to, Map<String, Object> properties) throws IOException {
        clearScope();
        if (!loadingRelationships) {
            flush();
            awaitAll();
            loadingRelationships = true;
        }
        add(
                "UNWIND $rows AS row MATCH (a) WHERE id(a) = row[0] MATCH (b) WHERE id(b) = row[1] CREATE (a)-[r:"
                        + Cypher.quote(type) + "]->(b) SET r = row[2]",
                List.of(nodeIds.getLong(from), nodeIds.getLong(to), properties),
                properties);
    }

    private void add(String cypher, List<Object> row, Map<String, Object> properties) throws IOException {
        batch.computeIfAbsent(cypher, key -> new ArrayList<>()).add(row);
        batchRecords++;
        batchBytes += Neo4jRecords.approximateSize(properties);
        if (batchRecords >= MAX_BATCH_RECORDS || batchBytes >= MAX_BATCH_BYTES) {
            flush();
        }
    }

    /** Hands the batch to a writer, after waiting for a free one. */
    private void flush() throws IOException {
        if (batch.isEmpty()) {
            return;
        }
        if (pending.size() == WRITERS) {
            awaitOldest();
        }
        Map<String, List<List<Object>>> full = batch;
        boolean relationships = loadingRelationships;
        pending.add(writers.submit(() -> write(full, relationships)));
        batch = new LinkedHashMap<>();
        batchRecords = 0;
        batchBytes = 0;
    }

    private List<Record> write(Map<String, List<List<Object>>> full, boolean relationships) {
        return connection.inWriteTransaction("writing a batch", transaction -> {
            List<Record> rows = new ArrayList<>();
            for (var group : full.entrySet()) {
                var result = transaction.run(group.getKey(), Map.of("rows", group.getValue()));
                rows.addAll(result.list());
                var counters = result.consume().counters();
                int created = relationships ? counters.relationshipsCreated() : counters.nodesCreated();
                int expected = group.getValue().size();
                if (created != expected) {
                    throw new BackupException(
                            Kind.UNREACHABLE,
                            "Neo4j created " + created + " of " + expected
                                    + (relationships ? " relationships" : " nodes")
                                    + ", because another client deletes nodes in scope",
                            "Stop the programs that write to the graph, and run the restore again");
                }
            }
            return rows;
        });
    }

    private void awaitAll() throws IOException {
        while (!pending.isEmpty()) {
            awaitOldest();
        }
    }

    /** Waits until the oldest pending batch is written, and records the ids of its nodes. */
    private void awaitOldest() throws IOException {
        try {
            for (Record row : pending.element().get()) {
                nodeIds.putLong(row.get(0).asLong(), row.get(1).asLong());
            }
            pending.remove();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            CancellationException cancelled = new CancellationException("interrupted while Neo4j wrote a batch");
            cancelled.initCause(e);
            throw cancelled;
        }
    }

    /**
     * Deletes the data in scope, once. If the server does not support the archived schema, throws before it deletes
     * anything.
     */
    private void clearScope() {
        if (cleared) {
            return;
        }
        cleared = true;
        schemaWriter.checkSupported(schema);
        long crossing = scope.countCrossingRelationships(connection);
        if (crossing > 0) {
            warnings.accept(crossing + " relationships between nodes in scope (" + scope.displayName()
                    + ") and other nodes were removed together with the nodes that were replaced.");
        }
        schemaWriter.drop();
        String delete =
                "MATCH " + scope.node("n") + " WITH n LIMIT " + NODES_PER_DELETE + " DETACH DELETE n RETURN count(*)";
        long deleted = 1;
        while (deleted > 0) {
            connection.checkAborted();
            deleted = connection
                    .inWriteTransaction(
                            "deleting the scope",
                            transaction -> transaction.run(delete).single())
                    .get(0)
                    .asLong();
        }
    }

    /** Writes the last batch and then the schema, because indexes are built faster on existing data. */
    void finish() throws IOException {
        clearScope();
        flush();
        awaitAll();
        connection.checkAborted();
        schemaWriter.create(schema);
    }

    /** Waits for pending batches, so that none is written after a rollback has begun. */
    @Override
    public void close() throws IOException {
        writers.shutdown();
        boolean interrupted = false;
        while (!pending.isEmpty()) {
            try {
                pending.element().get();
                pending.remove();
            } catch (ExecutionException e) {
                // The restore has already failed with the first failure.
                pending.remove();
            } catch (InterruptedException e) {
                interrupted = true;
                connection.abort();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        nodeIds.close();
    }
}
