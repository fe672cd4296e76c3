package dev.ngbak.engine;

import dev.ngbak.spi.Role;
import java.util.Objects;
import java.util.Set;

/**
 * Options of a restore.
 *
 * @param roles the stores to restore; empty for all stores in the archive
 * @param countsOnly whether to prove by counts instead of content digests
 * @param safetyArchive whether to save the present state first; without a safety archive, a restore that fails cannot be
 *     rolled back, only finished or run again
 * @param compareContents whether the plan compares content digests, for which it reads all live records, or only counts
 * @param target where the restore goes
 */
public record RestoreOptions(
        Set<Role> roles, boolean countsOnly, boolean safetyArchive, boolean compareContents, RestoreTarget target) {

    /** All stores, proved by content digest where there is one, with a safety archive. */
    public static final RestoreOptions DEFAULT = new RestoreOptions(Set.of(), false, true);

    /** Creates options whose plan compares counts only. */
    public RestoreOptions(Set<Role> roles, boolean countsOnly, boolean safetyArchive) {
        this(roles, countsOnly, safetyArchive, false, RestoreTarget.SAME);
    }

    /** Returns the same options with another target. */
    public RestoreOptions to(RestoreTarget other) {
        return new RestoreOptions(roles, countsOnly, safetyArchive, compareContents, other);
    }

    /** Returns the same options with a plan that compares contents. */
    public RestoreOptions comparingContents() {
        return new RestoreOptions(roles, countsOnly, safetyArchive, true, target);
    }

    public RestoreOptions {
        roles = Set.copyOf(Objects.requireNonNull(roles, "roles"));
        Objects.requireNonNull(target, "target");
    }
}
