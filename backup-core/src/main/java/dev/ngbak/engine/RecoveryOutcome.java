package dev.ngbak.engine;

/** How an interrupted restore was settled. */
public enum RecoveryOutcome {
    /** No restore was pending. */
    NOTHING,
    /** It had not replaced anything. */
    UNCHANGED,
    /** All stores contain their previous data, proved. */
    ROLLED_BACK,
    /** All stores contain the data of the archive, proved. */
    COMPLETED
}
