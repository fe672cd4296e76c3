package dev.ngbak.server;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Enforces a minimum rate of one transfer. A client that transfers a byte now and then would otherwise hold a thread as long
 * as it likes, since Jetty closes only connections that are completely idle.
 */
final class MinimumRate {

    static final long BYTES_PER_SECOND = 1 << 10;
    static final long WINDOW_SECONDS = 30;

    private final LongSupplier nanoTime;
    private long windowStart;
    private long bytes;

    MinimumRate() {
        this(System::nanoTime);
    }

    /** @param nanoTime the clock */
    MinimumRate(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.windowStart = nanoTime.getAsLong();
    }

    /**
     * Notes that bytes were transferred.
     *
     * @throws ProblemException 408 if the rate in the last window was too low
     */
    void transferred(long more) {
        bytes += more;
        long elapsed = nanoTime.getAsLong() - windowStart;
        if (elapsed < TimeUnit.SECONDS.toNanos(WINDOW_SECONDS)) {
            return;
        }
        if (bytes < BYTES_PER_SECOND * TimeUnit.NANOSECONDS.toSeconds(elapsed)) {
            throw new ProblemException(
                    408,
                    "The transfer was stopped because it was slower than " + BYTES_PER_SECOND + " bytes a second for "
                            + WINDOW_SECONDS + " s",
                    "Try again over a faster connection");
        }
        windowStart += elapsed;
        bytes = 0;
    }
}
