package dev.ngbak.server;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/**
 * Reads some of the rest of a body whose request has already been answered. If a connection is closed while bytes arrive, it
 * is reset, and many clients then do not read the answer.
 */
final class RequestDrain {

    private static final long MAX_DRAIN_BYTES = 16L << 20;
    private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final int MAX_CLIENTS = 8;
    private static final Semaphore PERMITS = new Semaphore(MAX_CLIENTS);

    private RequestDrain() {}

    /** Reads what arrives within a moment, for a few clients at a time. */
    static void drain(HttpServletRequest request) throws IOException {
        boolean hasBody = request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
        if (!hasBody || !PERMITS.tryAcquire()) {
            return;
        }
        try {
            // The servlet stream cannot detect the end of a body without blocking. Jetty's own request can.
            Request body = ServletContextRequest.getServletContextRequest(request);
            long drained = 0;
            long start = System.nanoTime();
            while (drained < MAX_DRAIN_BYTES && System.nanoTime() - start < MAX_NANOS) {
                Content.Chunk chunk = body.read();
                if (chunk == null) {
                    TimeUnit.MILLISECONDS.sleep(5);
                    continue;
                }
                drained += chunk.remaining();
                chunk.release();
                if (chunk.isLast() || Content.Chunk.isFailure(chunk)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            PERMITS.release();
        }
    }
}
