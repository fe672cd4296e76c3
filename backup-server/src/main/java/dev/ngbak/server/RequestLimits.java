package dev.ngbak.server;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.Semaphore;

/** Limits how many requests of each kind are processed at the same time. */
final class RequestLimits {

    private final Map<RequestKind, Semaphore> permits = new EnumMap<>(RequestKind.class);

    RequestLimits() {
        for (RequestKind kind : RequestKind.values()) {
            permits.put(kind, new Semaphore(kind.limit()));
        }
    }

    /** One request in progress. The caller closes it. */
    interface Permit extends AutoCloseable {
        @Override
        void close();
    }

    /** @throws ProblemException 503 if the limit of this kind is reached */
    Permit acquire(RequestKind kind) {
        Semaphore semaphore = permits.get(kind);
        if (!semaphore.tryAcquire()) {
            throw ProblemException.busy(
                    switch (kind) {
                        case EVENTS -> "Too many clients follow jobs";
                        case DOWNLOAD -> "Too many downloads are in progress";
                        case QUICK, RESTORE, JSON, SESSION -> "Too many requests of this kind are in progress";
                    });
        }
        return semaphore::release;
    }
}
