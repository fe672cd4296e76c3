package dev.ngbak.spi;

import java.util.concurrent.CancellationException;

/**
 * Receives the progress of a session, and stops the session by an exception when the job is cancelled. Called from the
 * session's thread, at least once for every 1,000 records or few MiB.
 */
public interface Progress {

    /** Reports nothing and is never cancelled. */
    Progress NONE = new Progress() {
        @Override
        public void expect(long total, String unit) {}

        @Override
        public void advance(long amount) {}
    };

    /**
     * Sets the expected total, if it is known. May be called again when the total grows.
     *
     * @param total 0 or more
     * @param unit the plural that users see: {@code bytes}, {@code records}, {@code keys}
     */
    void expect(long total, String unit);

    /**
     * Adds to the completed amount.
     *
     * @param amount 0 or more; 0 only checks for a cancellation
     * @throws CancellationException if the job was cancelled; do not catch it
     */
    void advance(long amount);
}
