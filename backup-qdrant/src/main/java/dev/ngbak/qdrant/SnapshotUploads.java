package dev.ngbak.qdrant;

import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/**
 * Restores snapshots one after the other by multipart uploads. The end of each request is held back until the archive has
 * verified the file, so the server never applies a damaged snapshot. Buffers a few blocks in memory.
 */
final class SnapshotUploads implements AutoCloseable {

    private static final int BLOCK_BYTES = 1 << 18;
    private static final int PIPE_BYTES = 4 * BLOCK_BYTES;

    private final QdrantCollections collections;
    private final QdrantHttp http;
    private final ProgressMeter meter;
    private final RecordHandler records;
    private Upload pending;

    /** @param records receives warnings */
    SnapshotUploads(QdrantCollections collections, RecordHandler records, ProgressMeter meter) {
        this.collections = collections;
        this.http = collections.http();
        this.records = records;
        this.meter = meter;
    }

    /** Applies the previous snapshot, and sends the next one except for the end of the request. */
    void send(EntrySource.Entry entry, InputStream content) throws IOException {
        applyPending();
        meter.expect(entry.size());
        pending = new Upload(entry.name(), entry.size());
        pending.send(content, entry.size());
        meter.flush();
    }

    /**
     * Replaces the collection with the uploaded snapshot, if one is pending. Recovering a snapshot over a collection keeps
     * the parameters and indexes of the collection, and fails if they differ, so the collection is deleted first, unless
     * the server has refused the upload already.
     */
    void applyPending() {
        if (pending == null) {
            return;
        }
        boolean hasFailed = true;
        try (Upload upload = pending) {
            if (!upload.call.isDone() && collections.all().contains(upload.collection)) {
                collections.delete(upload.collection);
            }
            upload.finish();
            hasFailed = false;
        } catch (BrokenConnectionException e) {
            throw http.connectionLost(e);
        } finally {
            new Snapshots(http)
                    .deleteUpload(pending.collection, pending.file, hasFailed)
                    .ifPresent(records::warn);
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

    /** A request whose body is written through a pipe. Its last bytes are written only by {@link #finish}. */
    private final class Upload implements AutoCloseable {
        private final String collection;
        private final String file = "ngbak-" + UUID.randomUUID() + SnapshotFiles.SUFFIX;
        private final PipedOutputStream out;
        private final byte[] footer;
        private final CompletableFuture<HttpResponse<String>> call;
        private volatile boolean isTimedOut;

        Upload(String collection, long size) throws IOException {
            this.collection = collection;
            String boundary = "ngbak-" + UUID.randomUUID();
            byte[] header = ("--" + boundary + "\r\nContent-Disposition: form-data; name=\"snapshot\"; filename=\"" + file
                            + "\"\r\nContent-Type: application/octet-stream\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
            this.footer = ("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII);
            PipedInputStream in = new PipedInputStream(PIPE_BYTES);
            this.out = new PipedOutputStream(in);
            this.call = http.upload(
                    path() + "?priority=snapshot&wait=true",
                    "multipart/form-data; boundary=" + boundary,
                    BodyPublishers.fromPublisher(
                            BodyPublishers.ofInputStream(() -> in), header.length + size + footer.length));
            // Ends a blocked write when the server answers early or the call is cancelled.
            call.whenComplete((response, failure) -> closeQuietly(in));
            write(header, header.length);
        }

        private String path() {
            return QdrantHttp.path(collection) + "/snapshots/upload";
        }

        /** Sends the content. Stops early if the server has answered; {@link #finish} handles the answer. */
        void send(InputStream content, long size) throws IOException {
            byte[] block = new byte[BLOCK_BYTES];
            for (long remaining = size; remaining > 0; ) {
                int length = content.readNBytes(block, 0, (int) Math.min(block.length, remaining));
                if (length == 0) {
                    throw QdrantErrors.corrupt("A snapshot in the archive is shorter than its manifest says");
                }
                write(block, length);
                if (call.isDone()) {
                    return;
                }
                remaining -= length;
                meter.bytes(length);
            }
        }

        private void write(byte[] block, int length) {
            Future<?> alarm = http.afterIdleTimeout(() -> {
                isTimedOut = true;
                call.cancel(true);
            });
            try {
                out.write(block, 0, length);
                out.flush();
            } catch (InterruptedIOException e) {
                Thread.currentThread().interrupt();
                throw new CancellationException("interrupted while sending a snapshot");
            } catch (IOException e) {
                if (isTimedOut) {
                    throw http.connectionLost(
                            new BrokenConnectionException("the server does not accept more of the snapshot", e));
                }
                http.checkAborted();
                // The call has ended, and its answer or failure gives the reason.
            } finally {
                alarm.cancel(false);
            }
        }

        /** Sends the end of the request, and waits for the server to recover the snapshot. */
        void finish() throws BrokenConnectionException {
            write(footer, footer.length);
            closeQuietly(out);
            QdrantHttp.Reply reply = http.awaitOperation(call);
            if (!reply.isSuccess()) {
                throw http.errors().refused(reply, "POST", path());
            }
        }

        /** Abandons the request if it is not finished. */
        @Override
        public void close() {
            call.cancel(true);
            closeQuietly(out);
        }
    }

    private static void closeQuietly(Closeable pipe) {
        try {
            pipe.close();
        } catch (IOException e) {
            // The other end is closed.
        }
    }
}
