package dev.ngbak.cli;

import dev.ngbak.spi.BackupException;

/** The exit codes. Scripts rely on them. */
final class ExitCode {

    static final int DONE = 0;
    static final int UNEXPECTED = 1;
    static final int USAGE = 2;
    static final int CHECK_FOUND_ERRORS = 3;

    private ExitCode() {}

    static int of(BackupException.Kind kind) {
        return switch (kind) { // no default, so that a new kind does not compile until it has a code
            case INTERNAL -> UNEXPECTED;
            case INVALID, ALREADY_EXISTS -> USAGE;
            case CORRUPT -> 4;
            case NOT_FOUND -> 5;
            case BUSY -> 6;
            case UNREACHABLE -> 7;
            case INCOMPATIBLE -> 8;
            case SOURCE_CHANGED -> 9;
            case UNCONFIRMED -> 10;
            case NO_SPACE -> 11;
            case ROLLED_BACK -> 12;
            case ROLLBACK_FAILED -> 13;
            case CANCELLED -> 130;
        };
    }
}
