package dev.ngbak.server;

import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/**
 * The rest of a body whose request has been answered already. A connection that is closed while bytes are coming in is
 * reset, and then many clients do not read the answer; so some of the rest is taken, for a moment and for a few clients at
 * a time.
 */
final class RequestDrain {

    private static final long MOST = 16L << 20;
    private static final long NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final int CLIENTS = 8;
    private static final Semaphore TURNS = new Semaphore(CLIENTS);

    private RequestDrain() {}

    /** Reads what comes at once, and never waits for a client longer than a moment. */
    static void drain(HttpServletRequest request) throws IOException {
        boolean hasBody = request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
        if (!hasBody || !TURNS.tryAcquire()) {
            return;
        }
        try {
            ServletInputStream body = request.getInputStream();
            byte[] buffer = new byte[16 << 10];
            long taken = 0;
            long start = System.nanoTime();
            // The stream cannot tell the end of a body without waiting for it; Jetty's own request can.
            Request jetty = ServletContextRequest.getServletContextRequest(request);
            while (taken < MOST && System.nanoTime() - start < NANOS) {
                if (body.available() > 0) {
                    taken += Math.max(0, body.read(buffer));
                    continue;
                }
                Content.Chunk chunk = jetty.read();
                if (chunk == null) {
                    TimeUnit.MILLISECONDS.sleep(5);
                    continue;
                }
                taken += chunk.remaining();
                chunk.release();
                if (chunk.isLast() || Content.Chunk.isFailure(chunk)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            TURNS.release();
        }
    }
}
