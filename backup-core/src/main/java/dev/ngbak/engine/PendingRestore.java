package dev.ngbak.engine;

import dev.ngbak.engine.RestoreJournal.Step;
import dev.ngbak.spi.Role;
import java.util.Optional;
import java.util.Set;

/**
 * The content of the journal of an unfinished restore.
 *
 * @param modified the stores that may have been changed
 * @param interrupted the stores that were being written when a process died or failed; they may contain more than their
 *     content shows, such as temporary files
 * @param end {@code DONE} or {@code ROLLED_BACK} if the journal only has to be deleted
 */
record PendingRestore(RestorePlanRecord plan, Set<Role> modified, Set<Role> interrupted, Optional<Step> end) {

    /** Returns whether the stores may contain a mix of two states. */
    boolean isPartial() {
        return end.isEmpty() && !modified.isEmpty();
    }

    /** Returns the subject of a sentence about the restore. */
    String description() {
        return "The restore of " + plan.archive().substring(plan.archive().lastIndexOf('/') + 1) + ", started at "
                + Sizes.time(plan.at()) + " UTC,";
    }
}
