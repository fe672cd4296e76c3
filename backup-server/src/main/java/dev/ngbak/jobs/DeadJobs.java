package dev.ngbak.jobs;

import dev.ngbak.archive.BackupId;
import dev.ngbak.engine.Job;
import dev.ngbak.jobs.JobRecord.Status;
import dev.ngbak.repository.ArchiveRepository;
import dev.ngbak.spi.BackupException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds open jobs whose process has died, and marks them as failed. */
final class DeadJobs {

    private static final Logger LOG = LoggerFactory.getLogger(DeadJobs.class);
    /** A job on another host is presumed dead if its record has not been written for this long. */
    static final Duration MAX_SILENCE = Duration.ofSeconds(90);

    private final JobStore store;
    private final ArchiveRepository archives;
    private final ProcessIdentity self;

    DeadJobs(JobStore store, ArchiveRepository archives, ProcessIdentity self) {
        this.store = store;
        this.archives = archives;
        this.self = self;
    }

    /** Returns the record as it is, or marked as failed if its process has died. */
    JobRecord settle(JobStore.StoredJob stored) {
        if (!stored.job().isOpen() || isAlive(stored.process(), stored.writtenAt())) {
            return stored.job();
        }
        JobRecord failed = markDead(stored);
        try {
            store.write(failed, null);
            LOG.warn("Job {}: {}.", failed.id(), failed.error());
        } catch (IOException e) {
            LOG.warn("The end of job {} could not be written: {}", failed.id(), e.toString());
        }
        return failed;
    }

    private boolean isAlive(ProcessIdentity process, Instant writtenAt) {
        if (process == null) {
            return false;
        }
        return process.isOnHostOf(self)
                ? process.isAlive(self)
                : writtenAt.isAfter(Instant.now().minus(MAX_SILENCE));
    }

    private JobRecord markDead(JobStore.StoredJob stored) {
        JobRecord job = stored.job();
        ProcessIdentity process = stored.process();
        String who = process == null ? "" : " (" + process.pid() + " on " + process.host() + ")";
        String error = "The process that ran this job" + who + " was stopped or died in the phase "
                + job.progress().phase() + ", last seen "
                + stored.writtenAt().truncatedTo(ChronoUnit.SECONDS) + ". " + effect(job);
        List<Job.Line> log = new ArrayList<>(job.log());
        log.add(new Job.Line(Instant.now().truncatedTo(ChronoUnit.MILLIS), Job.Level.ERROR, error + "."));
        return new JobRecord(
                job.id(),
                job.type(),
                Status.FAILED,
                job.outcome(),
                job.createdAt(),
                job.startedAt(),
                stored.writtenAt().truncatedTo(ChronoUnit.MILLIS),
                job.progress(),
                error,
                job.remedy(),
                job.metadata(),
                log);
    }

    /** Returns a clause about the effect of the process's death on the data. */
    private String effect(JobRecord job) {
        return switch (job.type()) {
            case JobDefinition.BACKUP ->
                job.text("backup_id")
                        .filter(this::exists)
                        .map(id -> "Archive " + id + " was already complete and is in the list")
                        .orElse("No archive was created; the next job deletes the incomplete files");
            case JobDefinition.VERIFY -> "Nothing was changed";
            default ->
                "If it had begun to replace data, the next start, backup or restore recovers that before it does anything"
                        + " else";
        };
    }

    private boolean exists(String id) {
        try {
            return archives.contains(new BackupId(id));
        } catch (IOException | BackupException e) {
            return false; // It is not an id, or the repository cannot be reached.
        }
    }
}
