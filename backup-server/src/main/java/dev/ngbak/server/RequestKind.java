package dev.ngbak.server;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * A kind of request that may hold its thread for long, because its client is slow or because an archive is read for it.
 * Each has a limit, and together they are far fewer than the threads, so that the rest of the API is always answered.
 */
enum RequestKind {
    /** Requests that are answered at once. */
    QUICK(Integer.MAX_VALUE),
    /** Requests that bring an archive, or wait for a check of one. */
    RESTORE(40),
    /** Requests that bring a small JSON body; apart, so that slow uploads do not keep a backup from beginning. */
    JSON(16),
    /** The same for a body that anybody may send, without the key. */
    SESSION(8),
    DOWNLOAD(32),
    EVENTS(24);

    private final int limit;

    RequestKind(int limit) {
        this.limit = limit;
    }

    /** The requests of one server that are under way. */
    static final class Traffic {
        private final Map<RequestKind, Semaphore> free = new EnumMap<>(RequestKind.class);

        Traffic() {
            for (RequestKind lane : values()) {
                free.put(lane, new Semaphore(lane.limit));
            }
        }

        /**
         * Takes a place, which the caller gives back by closing it.
         *
         * @throws Problem 503 where none is free
         */
        Place enter(RequestKind lane) {
            Semaphore places = free.get(lane);
            if (!places.tryAcquire()) {
                throw ProblemException.busy(
                        switch (lane) {
                            case EVENTS -> "Too many clients listen to jobs";
                            case DOWNLOAD -> "Too many downloads are under way";
                            default -> "Too many requests of this kind are under way";
                        });
            }
            return places::release;
        }
    }

    /** One request under way. */
    interface Place extends AutoCloseable {
        @Override
        void close();
    }
}
