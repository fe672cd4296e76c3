package dev.ngbak.server;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.function.LongConsumer;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/**
 * A request whose body is watched as it arrives, whoever reads it: Jetty's multipart parser or a handler. A body that arrives
 * too slowly, or that its observer refuses, fails for its reader with an {@link IOException} whose cause is the {@link
 * ProblemException}.
 */
final class WatchedRequest extends Request.Wrapper {

    private final MinimumRate rate = new MinimumRate();
    private LongConsumer observer = received -> {};
    private long received;
    private IOException failure;

    WatchedRequest(Request request) {
        super(request);
    }

    static WatchedRequest of(HttpServletRequest request) {
        return Request.as(ServletContextRequest.getServletContextRequest(request), WatchedRequest.class);
    }

    /**
     * Sets the observer of the body.
     *
     * @param newObserver called with the number of bytes received so far; throws {@link ProblemException} to refuse the rest
     */
    void observe(LongConsumer newObserver) {
        observer = newObserver;
    }

    /** Returns the number of bytes of the body that were received. */
    long received() {
        return received;
    }

    @Override
    public Content.Chunk read() {
        if (failure != null) {
            return Content.Chunk.from(failure, true);
        }
        Content.Chunk chunk = super.read();
        if (chunk == null || Content.Chunk.isFailure(chunk)) {
            return chunk;
        }
        received += chunk.remaining();
        try {
            rate.transferred(chunk.remaining());
            observer.accept(received);
            return chunk;
        } catch (ProblemException e) {
            chunk.release();
            failure = new IOException(e);
            return Content.Chunk.from(failure, true);
        }
    }
}
