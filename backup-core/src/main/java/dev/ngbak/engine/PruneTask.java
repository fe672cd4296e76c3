package dev.ngbak.engine;

import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.KeepPolicy;
import dev.ngbak.repository.Retention;
import dev.ngbak.repository.RetentionPlan;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Deletes the archives that the settings no longer keep. */
final class PruneTask {

    private final EngineContext context;

    PruneTask(EngineContext context) {
        this.context = context;
    }

    /** Throws {@code INVALID} if the settings keep every archive. */
    void requirePolicy() {
        if (context.settings().keep().keepsAll()) {
            throw new BackupException(
                    Kind.INVALID,
                    "No setting says which archives to keep, so every archive stays",
                    "Set BACKUP_KEEP, for example to last=7,daily=14,weekly=8, or BACKUP_RETENTION");
        }
    }

    /**
     * Returns what {@link #run} would do.
     *
     * @param made the archive that counts as the newest, or {@code null} for the one with the latest time
     */
    RetentionPlan plan(@Nullable ArchiveInfo made) throws IOException {
        return context.retention().plan(context.settings().keep(), made);
    }

    /** Deletes archives and reports each. The repository's lock must be held. */
    Retention.Outcome run(RetentionPlan plan, Job job) throws IOException {
        KeepPolicy policy = plan.policy();
        Retention.Outcome outcome = context.retention().apply(plan);
        outcome.deleted()
                .forEach(deleted -> job.info(
                        "Deleted the old backup " + deleted + ": the retention (" + policy + ") does not keep it."));
        outcome.lockedNotice().ifPresent(job::info);
        return outcome;
    }
}
