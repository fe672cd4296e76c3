package dev.ngbak.server;

import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import java.util.Set;

/**
 * One method and path, and the handler that answers it.
 *
 * @param path relative to the API's prefix if it begins with a dot
 * @param kind the limit that its requests share
 * @param parameters the query parameters that it accepts
 */
record Route(HandlerType method, String path, RequestKind kind, Set<String> parameters, Handler handler) {

    Route(HandlerType method, String path, Handler handler) {
        this(method, path, RequestKind.QUICK, Set.of(), handler);
    }

    Route(HandlerType method, String path, RequestKind kind, Handler handler) {
        this(method, path, kind, Set.of(), handler);
    }

    /** Returns the whole path. */
    String pathBelow(String prefix) {
        return path.startsWith(".") ? prefix + path.substring(1) : path;
    }
}
