package dev.ngbak.files;

import dev.ngbak.spi.Progress;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** Tells a job's progress in steps of about 1 MiB, and ends the job once it was aborted. */
final class Meter {

    private static final int STEP = 1 << 20;

    private final Progress progress;
    private final BooleanSupplier aborted;
    private long expected;
    private long pending;

    Meter(Progress progress, BooleanSupplier aborted) {
        this.progress = progress;
        this.aborted = aborted;
    }

    void expect(long bytes) {
        expected += bytes;
        progress.expect(expected, "bytes");
    }

    void passed(int bytes) {
        pending += bytes;
        if (pending >= STEP) {
            tell();
        }
    }

    /** Tells what is not told yet. */
    void tell() {
        check();
        long amount = pending;
        pending = 0;
        if (amount > 0) {
            progress.advance(amount);
        }
    }

    void check() {
        if (aborted.getAsBoolean()) {
            throw new CancellationException("the work on the files was told to stop");
        }
    }
}
