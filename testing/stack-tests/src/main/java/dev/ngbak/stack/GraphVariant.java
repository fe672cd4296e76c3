package dev.ngbak.stack;

/** How orderly the graph is. */
public enum Variant {
    /** A uniqueness constraint, indexes, and every entity once. */
    CLEAN,
    /**
     * As the fork leaves it where nobody made the constraint: four of five entities have a twin of type {@code UNKNOWN}
     * with the same id, and each relationship goes between all twins of its ends. No schema at all.
     */
    FORK
}
