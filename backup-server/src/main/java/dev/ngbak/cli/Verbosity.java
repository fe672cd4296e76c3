package dev.ngbak.cli;

/** How much a command prints besides its result, warnings and errors. */
enum Verbosity {
    /** Nothing. */
    QUIET,
    /** The log and the progress of a job. */
    NORMAL,
    /** Also the beginning of each phase, and the time of each line. */
    VERBOSE
}
