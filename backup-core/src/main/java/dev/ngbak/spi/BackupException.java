package dev.ngbak.spi;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A failure that a user can act on: what went wrong and where, what it means for the data, and what to do. No part contains a
 * secret or a class name.
 *
 * <p>A plugin translates its driver's exceptions into this one where it calls the driver, and leaves the effect to the
 * engine, which knows what else has changed. The engine treats any other exception from a plugin as a defect of the plugin.
 */
public final class BackupException extends RuntimeException {

    /** The sort of failure. The command line turns it into an exit code, the server into a status. */
    public enum Kind {
        /** A defect of this program or of a plugin. */
        INTERNAL,
        /** A setting, an option or a request that cannot be used. */
        INVALID,
        /** An archive with this id exists. */
        ALREADY_EXISTS,
        /** An archive that the repository keeps until a date, and refuses to delete before. */
        LOCKED,
        /** A damaged, incomplete or hostile archive. */
        CORRUPT,
        /** No archive has this id or path. */
        NOT_FOUND,
        /** Another job holds the lock. */
        BUSY,
        /** A store does not answer. */
        UNREACHABLE,
        /** A version, schema, content or target that does not match. */
        INCOMPATIBLE,
        /** The stores kept changing, and the settings require a backup without changes. */
        SOURCE_CHANGED,
        /** The reference check found errors, and the settings require a backup without any. */
        BROKEN_REFERENCES,
        /** A confirmation is missing or was declined. */
        UNCONFIRMED,
        /** Too little disk space or memory. */
        NO_SPACE,
        /** The restore failed or was cancelled, and all stores hold their previous data. */
        ROLLED_BACK,
        /** The restore failed after it had begun to replace data, and the stores do not hold their previous data. */
        ROLLBACK_FAILED,
        /** Cancelled before anything was changed. */
        CANCELLED
    }

    /** What a failure means for the data. */
    public enum Effect {
        NOTHING_CHANGED("Nothing was changed"),
        NO_ARCHIVE("No archive was made"),
        ARCHIVE_UNKNOWN("It is unknown whether an archive was made"),
        ROLLED_BACK("All stores were rolled back to their previous data"),
        PARTIAL("THE DATA IS NOT AS BEFORE");

        private final String sentence;

        Effect(String sentence) {
            this.sentence = sentence;
        }

        /** Returns a sentence without a full stop. */
        public String sentence() {
            return sentence;
        }
    }

    private static final long serialVersionUID = 2;

    private final Kind kind;
    private final String problem;
    private final String remedy;
    private final @Nullable Effect effect;
    private final @Nullable Role role;

    public BackupException(Kind kind, String problem, String remedy) {
        this(kind, problem, remedy, null);
    }

    public BackupException(Kind kind, String problem, String remedy, @Nullable Throwable cause) {
        this(kind, null, problem, null, remedy, cause);
    }

    private BackupException(
            Kind kind,
            @Nullable Role role,
            String problem,
            @Nullable Effect effect,
            String remedy,
            @Nullable Throwable cause) {
        super(joined(problem, effect, remedy), cause);
        this.kind = Objects.requireNonNull(kind);
        this.role = role;
        this.problem = problem;
        this.effect = effect;
        this.remedy = remedy;
    }

    private static String joined(String problem, @Nullable Effect effect, String remedy) {
        String meaning = effect == null ? problem : problem + ". " + effect.sentence();
        return remedy.isEmpty() ? meaning : meaning + ". " + remedy;
    }

    /** Returns this failure with its effect; unchanged if it has one already. */
    public BackupException withEffect(Effect newEffect) {
        return effect != null ? this : copy(kind, role, newEffect);
    }

    /** Returns this failure as that of one store; unchanged if it names a store already. */
    public BackupException withRole(Role newRole) {
        return role != null ? this : copy(kind, newRole, effect);
    }

    private BackupException copy(Kind newKind, @Nullable Role newRole, @Nullable Effect newEffect) {
        BackupException copy = new BackupException(newKind, newRole, problem, newEffect, remedy, getCause());
        copy.setStackTrace(getStackTrace());
        for (Throwable suppressed : getSuppressed()) {
            copy.addSuppressed(suppressed);
        }
        return copy;
    }

    public Kind kind() {
        return kind;
    }

    /** Returns the store that failed, if the failure is that of one store. */
    public Optional<Role> role() {
        return Optional.ofNullable(role);
    }

    /** Returns what went wrong and where: one or more sentences without a full stop at the end. */
    public String problem() {
        return problem;
    }

    /** Returns what the failure means for the data, if that is known. */
    public Optional<Effect> effect() {
        return Optional.ofNullable(effect);
    }

    /** Returns the problem and its effect: sentences without a full stop at the end. */
    public String detail() {
        return joined(problem, effect, "");
    }

    /** Returns what to do: one or more sentences without a full stop at the end, or an empty text. */
    public String remedy() {
        return remedy;
    }
}
