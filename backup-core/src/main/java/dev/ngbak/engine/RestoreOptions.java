package dev.ngbak.engine;

import dev.ngbak.spi.Role;
import java.util.Set;

/**
 * What of an archive to restore, and how to prove it.
 *
 * @param roles the stores to restore; empty for all that are in the archive
 * @param countsOnly prove by counts instead of content digests
 */
public record RestoreOptions(Set<Role> roles, boolean countsOnly) {

    /** All stores, proved by content digest wherever there is one. */
    public static final RestoreOptions DEFAULT = new RestoreOptions(Set.of(), false);

    public RestoreOptions {
        roles = Set.copyOf(roles);
    }
}
