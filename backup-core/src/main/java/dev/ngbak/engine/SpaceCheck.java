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
     * compressed archive, whose size is not known in advance. An archive that is sent while it is being made always fits.
     *
     * @param bytes the size of the data before compression
     * @param operation what the archive is made for: a backup, or the safety archive of a restore
     */
    static Optional<BackupException> problem(long bytes, EngineContext context, Operation operation)
            throws IOException {
        if (!context.needsLocalSpace(operation)) {
            return Optional.empty();
        }
        long free = context.state().freeSpace();
        long least = context.settings().compression() == Compression.NONE ? bytes : bytes / MAX_COMPRESSION_RATIO;
        if (free >= least) {
            return Optional.empty();
        }
        return Optional.of(new BackupException(
                Kind.NO_SPACE,
                "The " + (operation == Operation.BACKUP ? "backup" : "safety archive of the present state")
                        + " needs at least " + Sizes.of(least) + " on the disk of BACKUP_DIR, where " + Sizes.of(free)
                        + " is free",
                "Free some space, or set BACKUP_DIR to a larger disk"));
    }
}
