package dev.ngbak.qdrant;

import dev.ngbak.spi.BackupException;
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
 * A multipart upload of one snapshot. {@link #finish} sends the last bytes of the request, so the server does not use
 * the file before that. The body is written through a pipe, so only a few blocks are in memory.
 */
final class SnapshotUpload implements AutoCloseable {

    private static final int BLOCK_BYTES = 1 << 18;
    private static final int PIPE_BYTES = 4 * BLOCK_BYTES;

    private final QdrantHttp http;
    private final String file = "ngbak-" + UUID.randomUUID() + SnapshotFiles.SUFFIX;
    private final long size;
    private final PipedOutputStream body;
    private final byte[] footer;
    private final CompletableFuture<HttpResponse<String>> call;
    private volatile boolean isTimedOut;

    /**
     * Starts the request.
     *
     * @param path that of the collection or shard which the snapshot replaces
     */
    SnapshotUpload(QdrantHttp http, String path, long size) throws IOException {
        this.http = http;
        this.size = size;
        String boundary = "ngbak-" + UUID.randomUUID();
        byte[] header = ("--" + boundary + "\r\nContent-Disposition: form-data; name=\"snapshot\"; filename=\"" + file
                        + "\"\r\nContent-Type: application/octet-stream\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        this.footer = ("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII);
        PipedInputStream pipe = new PipedInputStream(PIPE_BYTES);
        this.body = new PipedOutputStream(pipe);
        this.call = http.upload(
                path + "/snapshots/upload?priority=snapshot&wait=true",
                "multipart/form-data; boundary=" + boundary,
                BodyPublishers.fromPublisher(
                        BodyPublishers.ofInputStream(() -> pipe), header.length + size + footer.length));
        // Ends a blocked write when the server answers early or the call is cancelled.
        call.whenComplete((response, failure) -> closeQuietly(pipe));
        write(header, header.length);
    }

    /** Returns the name under which the server keeps the file. */
    String file() {
        return file;
    }

    /** Returns whether the server has answered or the call has failed, before or after the end of the request. */
    boolean isDone() {
        return call.isDone();
    }

    /** Sends the content. Stops early if the call is done; {@link #finish} handles the answer. */
    void send(InputStream content, ProgressMeter meter) throws IOException {
        byte[] block = new byte[BLOCK_BYTES];
        for (long remaining = size; remaining > 0 && !isDone(); ) {
            int length = content.readNBytes(block, 0, (int) Math.min(block.length, remaining));
            if (length == 0) {
                throw QdrantErrors.corrupt("A snapshot in the archive is shorter than its manifest says");
            }
            write(block, length);
            remaining -= length;
            meter.bytes(length);
        }
        http.checkAborted();
    }

    private void write(byte[] block, int length) {
        Future<?> alarm = http.afterIdleTimeout(() -> {
            isTimedOut = true;
            call.cancel(true);
        });
        try {
            body.write(block, 0, length);
            body.flush();
        } catch (InterruptedIOException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while sending a snapshot");
        } catch (IOException e) {
            // The call is done, and the pipe is closed.
        } finally {
            alarm.cancel(false);
        }
        if (isTimedOut) {
            throw http.connectionLost(
                    new BrokenConnectionException("the server does not accept more of the snapshot", null));
        }
    }

    /** Sends the end of the request, and waits for the server to recover the snapshot. */
    void finish() throws BrokenConnectionException {
        write(footer, footer.length);
        closeQuietly(body);
        http.requireSuccess(http.awaitOperation(call));
    }

    /** Returns the error for a broken connection to the server of this upload. */
    BackupException connectionLost(BrokenConnectionException e) {
        return http.connectionLost(e);
    }

    /** Abandons the request if it is not finished. */
    @Override
    public void close() {
        call.cancel(true);
        closeQuietly(body);
    }

    private static void closeQuietly(Closeable pipe) {
        try {
            pipe.close();
        } catch (IOException e) {
            // The other end is closed.
        }
    }
}
