package dev.ngbak.spi;

import java.util.concurrent.CancellationException;

/**
 * How a session says how far it is, and how it learns that it was cancelled. Called from the session's thread, at least
 * once for every 1,000 records or few MiB.
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
     * Says what is to be done, where that is known; may be called again when more is found.
     *
     * @param total the whole amount, 0 or more
     * @param unit what is counted, as a person would say it: {@code bytes}, {@code records}, {@code keys}
     */
    void expect(long total, String unit);

    /**
     * Says that so much more is done.
     *
     * @param amount 0 or more; 0 only checks for a cancellation
     * @throws CancellationException once the job is cancelled; let it pass
     */
    void advance(long amount);
}
