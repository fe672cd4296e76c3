package dev.ngbak.engine;

import dev.ngbak.spi.Role;
import java.util.Objects;
import java.util.Set;

/**
 * What of an archive to restore, and how to prove it.
 *
 * @param roles the stores to restore; empty for all that are in the archive
 * @param countsOnly prove by counts instead of content digests
 * @param safetyArchive save what is there first, so that there is a way back; without it, a restore that fails or is cut
 *     off can only be finished, or run again
 * @param compareContents read the live stores whole for the plan, and compare their content digests with the archive's;
 *     otherwise the plan compares counts only
 */
public record RestoreOptions(Set<Role> roles, boolean countsOnly, boolean safetyArchive, boolean compareContents) {

    /** All stores, proved by content digest wherever there is one, with a way back. */
    public static final RestoreOptions DEFAULT = new RestoreOptions(Set.of(), false, true);

    /** Creates options whose plan compares counts only. */
    public RestoreOptions(Set<Role> roles, boolean countsOnly, boolean safetyArchive) {
        this(roles, countsOnly, safetyArchive, false);
    }

    /** Returns the same options with a plan that compares contents. */
    public RestoreOptions comparingContents() {
        return new RestoreOptions(roles, countsOnly, safetyArchive, true);
    }

    public RestoreOptions {
        roles = Set.copyOf(Objects.requireNonNull(roles, "roles"));
    }
}
