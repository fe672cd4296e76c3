package dev.ngbak.cli;

import dev.ngbak.spi.BackupException;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The exit codes and their meanings. Scripts rely on them. */
final class ExitCode {

    static final int DONE = 0;
    static final int UNEXPECTED = 1;
    static final int USAGE = 2;
    static final int CHECK_FOUND_ERRORS = 3;
    static final int DAMAGED = 4;
    static final int NOT_FOUND = 5;
    static final int BUSY = 6;
    static final int UNREACHABLE = 7;
    static final int INCOMPATIBLE = 8;
    static final int SOURCE_CHANGED = 9;
    static final int UNCONFIRMED = 10;
    static final int NO_SPACE = 11;
    static final int ROLLED_BACK = 12;
    static final int NOT_AS_BEFORE = 13;
    static final int INTERRUPTED = 130;

    /** What each code means: the one text for the help, the manual pages and the documentation. */
    static final SortedMap<Integer, String> MEANINGS = Collections.unmodifiableSortedMap(new TreeMap<>(Map.ofEntries(
            Map.entry(DONE, "Done and proved"),
            Map.entry(UNEXPECTED, "Unexpected failure"),
            Map.entry(USAGE, "Wrong usage, an unusable setting, an id that is taken, or an archive that must stay"),
            Map.entry(
                    CHECK_FOUND_ERRORS,
                    "The reference check found errors: data is lost or mixed up (ngbak check, BACKUP_CHECK=fail)"),
            Map.entry(DAMAGED, "Archive damaged or hostile"),
            Map.entry(NOT_FOUND, "Not found"),
            Map.entry(BUSY, "Another job holds the repository"),
            Map.entry(UNREACHABLE, "A store or the repository is unreachable, or a hook failed"),
            Map.entry(INCOMPATIBLE, "Incompatible version, content or target"),
            Map.entry(SOURCE_CHANGED, "The stores kept changing (BACKUP_REQUIRE_QUIESCENT)"),
            Map.entry(UNCONFIRMED, "Confirmation missing or declined"),
            Map.entry(NO_SPACE, "Not enough space"),
            Map.entry(ROLLED_BACK, "A restore failed or was cancelled, and was rolled back: the data is as before"),
            Map.entry(NOT_AS_BEFORE, "The data is not as before: run ngbak recover when the store is back"),
            Map.entry(INTERRUPTED, "Interrupted; nothing was changed"))));

    private ExitCode() {}

    static int of(BackupException.Kind kind) {
        return switch (kind) { // no default, so that a new kind does not compile until it has a code
            case INTERNAL -> UNEXPECTED;
            case INVALID, ALREADY_EXISTS, LOCKED -> USAGE;
            case BROKEN_REFERENCES -> CHECK_FOUND_ERRORS;
            case CORRUPT -> DAMAGED;
            case NOT_FOUND -> NOT_FOUND;
            case BUSY -> BUSY;
            case UNREACHABLE -> UNREACHABLE;
            case INCOMPATIBLE -> INCOMPATIBLE;
            case SOURCE_CHANGED -> SOURCE_CHANGED;
            case UNCONFIRMED -> UNCONFIRMED;
            case NO_SPACE -> NO_SPACE;
            case ROLLED_BACK -> ROLLED_BACK;
            case ROLLBACK_FAILED -> NOT_AS_BEFORE;
            case CANCELLED -> INTERRUPTED;
        };
    }
}
