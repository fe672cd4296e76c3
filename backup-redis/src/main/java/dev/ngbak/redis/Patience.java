package dev.ngbak.redis;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Limits how long something is tried again, such as while a cluster elects another master. */
final class Patience {

    /** A cluster needs about as long to elect another master, if it has the default settings. */
    static final Duration DEFAULT = Duration.ofSeconds(20);

    private static final Duration PAUSE = Duration.ofMillis(100);

    private final long end;

    Patience(Duration limit) {
        this.end = System.nanoTime() + limit.toNanos();
    }

    /** Waits a moment. Returns false, at once, if the time is up or the thread was interrupted. */
    boolean waitsAgain() {
        if (System.nanoTime() - end > 0 || Thread.currentThread().isInterrupted()) {
            return false;
        }
        LockSupport.parkNanos(PAUSE.toNanos());
        return true;
    }
}
