package dev.ngbak.spi;

import java.util.Objects;

/**
 * A failure that a person can act on. The problem says what happened, where, and what it means for the data; the remedy
 * says what to do and names the setting. Neither holds a secret or a class name.
 *
 * <p>Plugins translate their driver's exceptions into this one where they call the driver. Anything else that comes out
 * of a plugin is treated as a defect of the plugin.
 */
public final class BackupException extends RuntimeException {

    /** What sort of failure it is; faces turn it into an exit code or a status. */
    public enum Kind {
        /** A defect, of this program or of a plugin. */
        INTERNAL,
        /** A setting, an option or a request that cannot be used. */
        INVALID,
        /** The backup id exists already. */
        ALREADY_EXISTS,
        /** An archive that is damaged, incomplete or hostile. */
        CORRUPT,
        /** No such archive. */
        NOT_FOUND,
        /** Another job holds the archive folder. */
        BUSY,
        /** A store does not answer. */
        UNREACHABLE,
        /** Version, schema, content or target that does not fit. */
        INCOMPATIBLE,
        /** The stores kept changing, and the settings ask for a backup without changes. */
        SOURCE_CHANGED,
        /** A confirmation is missing or was declined. */
        UNCONFIRMED,
        /** Not enough room. */
        NO_SPACE,
        /** The restore failed or was cancelled, and all stores are as before. */
        ROLLED_BACK,
        /** The restore failed after it had begun to replace data, and the stores are not as before. */
        ROLLBACK_FAILED,
        /** Cancelled before anything was changed. */
        CANCELLED
    }

    private static final long serialVersionUID = 1;

    private final Kind kind;
    private final String problem;
    private final String remedy;

    public BackupException(Kind kind, String problem, String remedy) {
        this(kind, problem, remedy, null);
    }

    public BackupException(Kind kind, String problem, String remedy, Throwable cause) {
        super(remedy.isEmpty() ? problem : problem + ". " + remedy, cause);
        this.kind = Objects.requireNonNull(kind);
        this.problem = problem;
        this.remedy = remedy;
    }

    public Kind kind() {
        return kind;
    }

    /** What happened, where, and what it means for the data. One or more sentences without a full stop at the end. */
    public String problem() {
        return problem;
    }

    /** What to do about it; empty where there is nothing to do. */
    public String remedy() {
        return remedy;
    }
}
