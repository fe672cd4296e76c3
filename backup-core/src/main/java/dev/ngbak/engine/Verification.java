package dev.ngbak.engine;

import java.time.Instant;

/**
 * The outcome of the last time that an archive was read from its first byte to its last.
 *
 * @param at when it was read
 * @param ok whether the archive was what its manifest says
 * @param problem why it was not, or {@code null}
 */
public record Verification(Instant at, boolean ok, String problem) {}
