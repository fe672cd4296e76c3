package dev.ngbak.engine;

/** How a restore that was interrupted was settled. */
public enum RecoveryOutcome {
    /** No restore was open. */
    NOTHING,
    /** It had not begun to replace anything. */
    UNCHANGED,
    /** The old state is back in all stores, and proved. */
    ROLLED_BACK,
    /** There was no way back; all stores hold the new state, and it is proved. */
    COMPLETED
}
