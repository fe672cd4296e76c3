package dev.ngbak.repository;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of the last time that an archive was read from its first byte to its last.
 *
 * @param at the time of the verification
 * @param ok whether the archive matches its manifest
 * @param problem the reason why it does not, or {@code null}
 */
public record Verification(Instant at, boolean ok, @Nullable String problem) {}
