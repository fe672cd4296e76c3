package dev.ngbak.stack;

/** The state of the graph. */
public enum GraphVariant {
    /** The graph has a uniqueness constraint and indexes. Each entity is one node. */
    CLEAN,
    /**
     * The graph is as the fork leaves it without the constraint. It has no schema. Four of five entities have a duplicate
     * node with the same id and the type {@code UNKNOWN}, and each relationship connects all duplicates of its endpoints.
     */
    FORK
}
