package dev.ngbak.qdrant;

import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.IOException;
import java.io.InputStream;

/**
 * Restores snapshots one after the other. Each takes effect only after the archive has verified the file: the end of its
 * upload is sent when the next snapshot is visited, or at the end.
 */
final class SnapshotUploads implements AutoCloseable {

    private final QdrantHttp http;
    private final CollectionWriter collections;
    private final RecordHandler records;
    private final ProgressMeter meter;
    private SnapshotUpload pending;
    private String pendingCollection;

    /** @param records receives warnings */
    SnapshotUploads(QdrantHttp http, CollectionWriter collections, RecordHandler records, ProgressMeter meter) {
        this.http = http;
        this.collections = collections;
        this.records = records;
        this.meter = meter;
    }

    /** Applies the previous snapshot, and sends the next one except for the end of the request. */
    void send(EntrySource.Entry entry, InputStream content) throws IOException {
        applyPending();
        meter.expect(entry.size());
        pendingCollection = entry.name();
        pending = new SnapshotUpload(http, QdrantHttp.path(pendingCollection), entry.size());
        pending.send(content, meter);
        meter.flush();
    }

    /**
     * Replaces the collection with the uploaded snapshot, if one is pending. Deletes the collection first, unless the
     * server has already refused the upload: recovering a snapshot over a collection would keep the parameters and
     * indexes of the collection, and fail if they differ.
     */
    void applyPending() {
        if (pending == null) {
            return;
        }
        String collection = pendingCollection;
        boolean hasFailed = true;
        try (SnapshotUpload upload = pending) {
            if (!upload.isDone()) {
                collections.delete(collection);
            }
            upload.finish();
            hasFailed = false;
        } catch (BrokenConnectionException e) {
            throw http.connectionLost(e);
        } finally {
            Snapshots.deleteUpload(http, collection, pending.file(), hasFailed).ifPresent(records::warn);
            pending = null;
        }
    }

    @Override
    public void close() {
        if (pending != null) {
            pending.close();
            pending = null;
        }
    }
}
