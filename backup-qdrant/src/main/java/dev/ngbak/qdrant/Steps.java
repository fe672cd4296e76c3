package dev.ngbak.qdrant;

import dev.ngbak.spi.Progress;
import java.util.concurrent.atomic.AtomicLong;

/** Tells a job's progress: in points, or in bytes where snapshots travel. For one thread; others have {@link #beside}. */
final class Steps {

    private static final long STEP_BYTES = 1 << 20;
    private static final long STEP_POINTS = 500;

    private final Progress progress;
    private final boolean inBytes;
    private final AtomicLong expected;
    private long pending;

    Steps(Progress progress, Form form) {
        this(progress, form == Form.SNAPSHOT, new AtomicLong());
    }

    private Steps(Progress progress, boolean inBytes, AtomicLong expected) {
        this.progress = progress;
        this.inBytes = inBytes;
        this.expected = expected;
    }

    /** Steps of another thread towards the same end. */
    Steps beside() {
        return new Steps(progress, inBytes, expected);
    }

    void expectBytes(long bytes) {
        if (inBytes) {
            expect(bytes);
        }
    }

    void expectPoints(long points) {
        if (!inBytes) {
            expect(points);
        }
    }

    private void expect(long amount) {
        synchronized (expected) {
            progress.expect(expected.addAndGet(Math.max(0, amount)), inBytes ? "bytes" : "points");
        }
    }

    void bytes(long bytes) {
        if (inBytes) {
            add(bytes, STEP_BYTES);
        }
    }

    void point(Point point) {
        if (inBytes) {
            add(point.weight(), STEP_BYTES);
        } else {
            add(1, STEP_POINTS);
        }
    }

    private void add(long amount, long step) {
        pending += amount;
        if (pending >= step) {
            tell();
        }
    }

    /** Tells what is not told yet. */
    void tell() {
        long amount = pending;
        pending = 0;
        if (amount > 0) {
            synchronized (expected) {
                progress.advance(amount);
            }
        }
    }
}
