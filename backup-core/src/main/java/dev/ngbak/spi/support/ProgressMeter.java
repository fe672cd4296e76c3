package dev.ngbak.spi.support;

import dev.ngbak.spi.Progress;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reports progress in steps, so that a plugin can call it for every record or block. Checks for an abort with each step.
 * Thread-safe.
 */
public final class ProgressMeter {

    private static final long RECORDS_PER_STEP = 500;
    private static final long BYTES_PER_STEP = 1 << 20;

    private final Progress progress;
    private final String unit;
    private final boolean inBytes;
    private final Runnable abortCheck;
    private final AtomicLong expected;
    private long pending;
    private long pendingBytes;

    private ProgressMeter(Progress progress, String unit, boolean inBytes, Runnable abortCheck, AtomicLong expected) {
        this.progress = progress;
        this.unit = unit;
        this.inBytes = inBytes;
        this.abortCheck = abortCheck;
        this.expected = expected;
    }

    /**
     * Returns a meter that counts records.
     *
     * @param unit the plural that users see: {@code keys}, {@code points}
     * @param abortCheck throws if the session was aborted
     */
    public static ProgressMeter ofRecords(Progress progress, String unit, Runnable abortCheck) {
        return new ProgressMeter(progress, unit, false, abortCheck, new AtomicLong());
    }

    /** Returns a meter that counts bytes. */
    public static ProgressMeter ofBytes(Progress progress, Runnable abortCheck) {
        return new ProgressMeter(progress, "bytes", true, abortCheck, new AtomicLong());
    }

    /** Returns a meter for another thread, which adds to the same total and the same progress in steps of its own. */
    public ProgressMeter forOtherThread() {
        return new ProgressMeter(progress, unit, inBytes, abortCheck, expected);
    }

    /** Returns whether this meter counts bytes, not records. */
    public boolean isInBytes() {
        return inBytes;
    }

    /** Adds to the total, in the meter's unit. */
    public void expect(long more) {
        synchronized (expected) {
            progress.expect(expected.addAndGet(Math.max(0, more)), unit);
        }
    }

    /** Counts one record. A meter of bytes counts its size instead. */
    public synchronized void record(long bytes) {
        pending += inBytes ? bytes : 1;
        pendingBytes += bytes;
        if (pendingBytes >= BYTES_PER_STEP || (!inBytes && pending >= RECORDS_PER_STEP)) {
            flush();
        }
    }

    /** Counts bytes. A meter of records ignores them, except that it checks for an abort. */
    public synchronized void bytes(long bytes) {
        pending += inBytes ? bytes : 0;
        pendingBytes += bytes;
        if (pendingBytes >= BYTES_PER_STEP) {
            flush();
        }
    }

    /** Throws if the session was aborted. */
    public void check() {
        abortCheck.run();
    }

    /** Reports the remaining progress. Call it after the last record. */
    public synchronized void flush() {
        check();
        long amount = pending;
        pending = 0;
        pendingBytes = 0;
        synchronized (expected) {
            progress.advance(amount);
        }
    }
}
