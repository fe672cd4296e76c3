package dev.ngbak.neo4j;

import dev.ngbak.spi.Progress;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** Tells a job's progress in steps of 1,000 records or 1 MiB, and ends the job once it was aborted. */
final class Meter {

    private static final int RECORDS = 1_000;
    private static final long BYTES = 1 << 20;

    private final Progress progress;
    private final BooleanSupplier aborted;
    private final boolean inBytes;
    private long records;
    private long bytes;

    Meter(Progress progress, BooleanSupplier aborted) {
        this(progress, aborted, false);
    }

    private Meter(Progress progress, BooleanSupplier aborted, boolean inBytes) {
        this.progress = progress;
        this.aborted = aborted;
        this.inBytes = inBytes;
    }

    /** One for work in which files pass whose records nobody sees. */
    static Meter ofBytes(Progress progress, BooleanSupplier aborted) {
        return new Meter(progress, aborted, true);
    }

    /** Says how many records there are. */
    void expect(long total) {
        if (!inBytes) {
            progress.expect(total, "records");
        }
    }

    /** Says how many bytes there are, to a meter of bytes. */
    void expectBytes(long total) {
        progress.expect(total, "bytes");
    }

    void passed(int size) {
        records++;
        bytes += size;
        if (records >= RECORDS || bytes >= BYTES) {
            tell();
        }
    }

    /** Tells what is not told yet. */
    void tell() {
        check();
        long amount = inBytes ? bytes : records;
        records = 0;
        bytes = 0;
        if (amount > 0) {
            progress.advance(amount);
        }
    }

    void check() {
        if (aborted.getAsBoolean()) {
            throw new CancellationException("the work on Neo4j was told to stop");
        }
    }
}
