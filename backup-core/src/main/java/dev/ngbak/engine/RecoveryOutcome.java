package dev.ngbak.engine;

/** The outcome of settling an interrupted restore. */
public enum RecoveryOutcome {
    /** No restore was pending. */
    NOTHING,
    /** The restore had not replaced anything. */
    UNCHANGED,
    /** All stores were proved to contain their previous data. */
    ROLLED_BACK,
    /** All stores were proved to contain the data of the archive. */
    COMPLETED
}
