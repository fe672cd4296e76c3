package dev.ngbak.engine;

import dev.ngbak.archive.Compression;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.util.Optional;

/** Checks whether an archive can fit on the disk. */
final class SpaceCheck {

    /** An upper bound: no data that ngbak archives compresses better. */
    private static final int MAX_COMPRESSION_RATIO = 50;

    private SpaceCheck() {}

    /**
     * Returns a problem if an archive certainly does not fit. At its peak, a backup needs little more than the
     * compressed archive, whose size is not known in advance.
     *
     * @param bytes the size of the data before compression
     * @param what the archive as the message names it
     */
    static Optional<BackupException> problem(long bytes, EngineContext context, String what) throws IOException {
        long free = context.state().freeSpace();
        long least = context.settings().compression() == Compression.NONE ? bytes : bytes / MAX_COMPRESSION_RATIO;
        if (free >= least) {
            return Optional.empty();
        }
        return Optional.of(new BackupException(
                Kind.NO_SPACE,
                "The " + what + " needs at least " + Sizes.of(least) + " on the disk of BACKUP_DIR, where "
                        + Sizes.of(free) + " is free",
                "Free some space, or set BACKUP_DIR to a larger disk"));
    }
}
