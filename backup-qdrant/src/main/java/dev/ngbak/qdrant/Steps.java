package dev.ngbak.qdrant;

import dev.ngbak.spi.Progress;

/** Tells a job's progress: in points, or in bytes where snapshots travel. */
final class Steps {

    private static final long STEP_BYTES = 1 << 20;
    private static final long STEP_POINTS = 500;

    private final Progress progress;
    private final boolean inBytes;
    private long expected;
    private long pending;

    Steps(Progress progress, Form form) {
        this.progress = progress;
        this.inBytes = form == Form.SNAPSHOT;
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
        expected += Math.max(0, amount);
        progress.expect(expected, inBytes ? "bytes" : "points");
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
            progress.advance(amount);
        }
    }
}
