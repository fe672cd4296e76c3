package dev.ngbak.server;

import java.util.concurrent.Semaphore;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Keeps threads free for the health probes, however slowly clients send or receive. All other requests are answered with 503
 * while too many of them hold a thread.
 */
final class ThreadBudget extends Handler.Wrapper {

    /** The size of the pool. Jetty needs some threads itself: one for each selector, and a few in reserve. */
    static final int POOL_SIZE = 224;

    private static final int MAX_API = 144;
    /** Requests that need no key have their own limit, so that strangers cannot use up the threads of the API. */
    private static final int MAX_OTHER = 32;

    private final String prefix;
    private final Semaphore api = new Semaphore(MAX_API);
    private final Semaphore other = new Semaphore(MAX_OTHER);

    /** @param prefix the prefix of the API's paths, without a slash at the end */
    ThreadBudget(String prefix) {
        this.prefix = prefix + "/";
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        String path = Request.getPathInContext(request);
        if (path.startsWith("/health/")) {
            return super.handle(request, response, callback);
        }
        Semaphore permits = path.startsWith(prefix) ? api : other;
        if (!permits.tryAcquire()) {
            Response.writeError(request, response, callback, 503);
            return true;
        }
        try {
            return super.handle(request, response, callback);
        } finally {
            permits.release();
        }
    }
}
