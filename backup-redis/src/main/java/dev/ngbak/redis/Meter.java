package dev.ngbak.redis;

import dev.ngbak.spi.Progress;

/** Tells a job's progress in steps of 500 keys or about 1 MiB, and ends the job once it was aborted. */
final class Meter {

    private static final int KEYS = 500;
    private static final long BYTES = 1 << 20;

    private final Progress progress;
    private final String unit;
    private final Runnable check;
    private long expected;
    private long keys;
    private long bytes;

    /** @param check throws once the job was aborted */
    Meter(Progress progress, String unit, Runnable check) {
        this.progress = progress;
        this.unit = unit;
        this.check = check;
    }

    void expect(long more) {
        expected += more;
        progress.expect(expected, unit);
    }

    void passed(long size) {
        keys++;
        bytes += size;
        if (keys >= KEYS || bytes >= BYTES) {
            tell();
        }
    }

    /** Tells what is not told yet. */
    void tell() {
        check.run();
        long amount = keys;
        keys = 0;
        bytes = 0;
        if (amount > 0) {
            progress.advance(amount);
        }
    }
}
