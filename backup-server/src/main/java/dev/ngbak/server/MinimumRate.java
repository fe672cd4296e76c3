package dev.ngbak.server;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The least speed of a transfer. A client that sends or takes a byte now and then would hold a thread for as long as it
 * likes; Jetty ends only those that do nothing at all for 30 s.
 */
final class MinimumRate {

    static final long BYTES_PER_SECOND = 1 << 10;
    static final long WINDOW_SECONDS = 30;

    private final LongSupplier nanos;
    private long since;
    private long bytes;

    MinimumRate() {
        this(System::nanoTime);
    }

    /** @param nanos the clock */
    MinimumRate(LongSupplier nanos) {
        this.nanos = nanos;
        this.since = nanos.getAsLong();
    }

    /**
     * Notes that so many bytes were transferred.
     *
     * @throws Problem 408 where they were too few for the time
     */
    void moved(long more) {
        bytes += more;
        long passed = nanos.getAsLong() - since;
        if (passed < TimeUnit.SECONDS.toNanos(WINDOW_SECONDS)) {
            return;
        }
        if (bytes < BYTES_PER_SECOND * TimeUnit.NANOSECONDS.toSeconds(passed)) {
            throw new ProblemException(
                    408,
                    "The transfer was stopped, since for " + WINDOW_SECONDS + " s it was slower than "
                            + BYTES_PER_SECOND + " bytes a second",
                    "Try again over a faster connection");
        }
        since += passed;
        bytes = 0;
    }

    /** Returns the body of a request, which throws {@link ProblemException} where it comes too slowly. */
    static InputStream of(InputStream body) {
        MinimumRate pace = new MinimumRate();
        return new FilterInputStream(body) {
            @Override
            public int read() throws IOException {
                int value = in.read();
                pace.moved(1);
                return value;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                int n = in.read(buffer, offset, length);
                if (n > 0) {
                    pace.moved(n);
                }
                return n;
            }
        };
    }
}
