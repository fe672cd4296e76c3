package dev.ngbak.qdrant;

import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.support.DaemonThreads;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Hands over the live records in a second thread while snapshots are made and transferred, because a snapshot cannot be
 * decoded. The records are those of the snapshots only if nothing was written between the start and the end.
 */
final class ConcurrentReading implements AutoCloseable {

    private final QdrantCollections collections;
    private final RecordHandler records;
    private final ChangeMarker start;
    private final Map<String, Long> firstCounts = new LinkedHashMap<>();
    private final FutureTask<Void> task;
    private final Thread thread;

    /**
     * Starts to read if the server has a change marker. Without one, nothing could prove that the records are those of
     * the snapshots.
     */
    ConcurrentReading(QdrantCollections collections, RecordHandler records, ProgressMeter meter) {
        this.collections = collections;
        this.records = records;
        this.start = marker();
        this.task = new FutureTask<>(() -> {
            if (start.value() != null) {
                new QdrantRecords(
                                records,
                                meter,
                                Tenant.EVERY,
                                collections.nodes().isCluster())
                        .addAll(collections);
            }
            return null;
        });
        this.thread = DaemonThreads.named("qdrant-records").newThread(task);
        thread.start();
    }

    private ChangeMarker marker() {
        return new QdrantMarker(collections).read();
    }

    /** Remembers the number of points of a collection. Call it before the snapshot. */
    void count(String collection) {
        firstCounts.put(collection, collections.count(collection));
    }

    /**
     * Waits for the reading. Marks the records as opaque if they may differ from the snapshots.
     *
     * @return the number of points in each snapshot for which it is certain
     */
    StoreCounts finish() throws IOException {
        if (start.until(marker()) == Comparison.UNCHANGED) {
            await();
            if (start.until(marker()) == Comparison.UNCHANGED) {
                return new StoreCounts(firstCounts);
            }
        }
        close();
        StoreCounts certain = certainCounts();
        records.markOpaque(certain);
        return certain;
    }

    private StoreCounts certainCounts() {
        Map<String, Long> certain = new LinkedHashMap<>();
        if (start.until(marker()) == Comparison.CHANGED) {
            records.warn("Something was written to Qdrant during its snapshots, so the number of points in them is not"
                    + " known.");
            return new StoreCounts(certain);
        }
        firstCounts.forEach((name, count) -> {
            if (collections.find(name).isPresent() && collections.count(name) == count) {
                certain.put(name, count);
            }
        });
        return new StoreCounts(certain);
    }

    private void await() throws IOException {
        try {
            task.get();
        } catch (InterruptedException e) {
            throw QdrantErrors.interrupted(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            if (e.getCause() instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /** Stops the reading, and waits until it hands over no more records. */
    @Override
    public void close() {
        boolean isInterrupted = false;
        while (thread.isAlive()) {
            thread.interrupt();
            try {
                thread.join();
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
