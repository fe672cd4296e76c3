package dev.ngbak.server;

import java.util.concurrent.Semaphore;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Keeps threads free for the health probes, whatever clients do that send or take their bytes slowly. All other requests
 * are answered with 503 while too many of them hold a thread.
 */
final class ThreadBudget extends Handler.Wrapper {

    /** The size of the pool. Jetty needs a few threads for itself: one for each selector, and some that it holds ready. */
    static final int THREADS = 224;

    private static final int API = 144;
    /** Requests that need no key; apart, so that strangers cannot use up the threads of the API. */
    private static final int OTHERS = 32;

    private final String prefix;
    private final Semaphore api = new Semaphore(API);
    private final Semaphore others = new Semaphore(OTHERS);

    /** @param prefix of the API's paths */
    ThreadBudget(String prefix) {
        this.prefix = prefix + "/";
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        String path = Request.getPathInContext(request);
        if (path.startsWith("/health/")) {
            return super.handle(request, response, callback);
        }
        Semaphore places = path.startsWith(prefix) ? api : others;
        if (!places.tryAcquire()) {
            Response.writeError(request, response, callback, 503);
            return true;
        }
        try {
            return super.handle(request, response, callback);
        } finally {
            places.release();
        }
    }
}
