package dev.ngbak.spi;

import java.util.concurrent.CancellationException;

/**
 * Receives the progress of a session, and tells it when the job is cancelled. A session calls it at least once for every 1,000
 * records or few MiB.
 */
public interface Progress {

    /** Ignores progress, and is never cancelled. */
    Progress NONE = new Progress() {
        @Override
        public void expect(long total, String unit) {}

        @Override
        public void advance(long amount) {}
    };

    /**
     * Sets the total, if it is known. May be called again with a larger total.
     *
     * @param total 0 or more
     * @param unit the plural that users see: {@code bytes}, {@code records}, {@code keys}
     */
    void expect(long total, String unit);

    /**
     * Adds to what is done.
     *
     * @param amount 0 or more; 0 only checks for a cancellation
     * @throws CancellationException if the job is cancelled; let it pass
     */
    void advance(long amount);
}
