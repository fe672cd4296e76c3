package dev.ngbak.jobs;

import dev.ngbak.engine.Job;
import dev.ngbak.engine.Sizes;
import dev.ngbak.jobs.JobRecord.Outcome;
import dev.ngbak.jobs.JobRecord.Status;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** The state of a job that this process runs. Thread-safe. */
final class RunningJob {

    private static final Logger LOG = LoggerFactory.getLogger(RunningJob.class);
    private static final String MDC_KEY = "job_id";
    private static final int MAX_LOG_LINES = 1_000;

    private final JobDefinition<?> definition;
    private final JobObserver observer;
    private final Job job;
    private final Instant createdAt = now();
    private final Map<String, Object> metadata;
    private final List<Job.Line> log = new ArrayList<>();
    private boolean recorded;
    private Status status = Status.PENDING;
    private Outcome outcome;
    private Instant startedAt;
    private Instant completedAt;
    private BackupException failure;

    /** @param onPhase called in the job's thread whenever a phase begins */
    RunningJob(JobDefinition<?> definition, JobObserver observer, Runnable onPhase) {
        this.definition = definition;
        this.observer = observer;
        this.metadata = new LinkedHashMap<>(definition.metadata());
        this.job = new Job(this::log, () -> {
            start();
            onPhase.run();
            phaseBegan();
        });
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }

    String id() {
        return job.id();
    }

    String type() {
        return definition.type();
    }

    Instant createdAt() {
        return createdAt;
    }

    Job job() {
        return job;
    }

    /** Calls the engine in this thread and notes the result. Does not catch exceptions of the engine. */
    <T> T call(JobDefinition<T> call) {
        try (MDC.MDCCloseable id = MDC.putCloseable(MDC_KEY, job.id())) {
            observer.started(job);
            try {
                T result = call.call().apply(job);
                complete(call.summary().apply(result));
                return result;
            } catch (BackupException e) {
                fail(e);
                throw e;
            } catch (RuntimeException | Error e) {
                fail(new BackupException(
                        Kind.INTERNAL,
                        "An unexpected error occurred, which is a defect in ngbak",
                        "Please report it together with the log",
                        e));
                throw e;
            } finally {
                observer.finished(job);
            }
        }
    }

    private void phaseBegan() {
        observer.phaseBegan(job);
    }

    private synchronized void start() {
        if (startedAt == null) {
            startedAt = now();
            status = Status.PROCESSING;
        }
    }

    private void log(Job.Line line) {
        observer.logged(line);
        add(line.level(), line.message());
    }

    private synchronized void add(Job.Level level, String message) {
        if (log.size() == MAX_LOG_LINES) {
            log.remove(MAX_LOG_LINES / 2);
        }
        log.add(new Job.Line(now(), level, message));
        String outer = MDC.get(MDC_KEY); // absent in the engine's own threads
        MDC.put(MDC_KEY, job.id());
        switch (level) {
            case INFO -> LOG.info(message);
            case WARN -> LOG.warn(message);
            case ERROR -> LOG.error(message, failure != null && failure.kind() == Kind.INTERNAL ? failure : null);
        }
        if (outer == null) {
            MDC.remove(MDC_KEY);
        }
    }

    private synchronized void complete(JobDefinition.Summary summary) {
        completedAt = now();
        status = Status.COMPLETED;
        metadata.putAll(summary.metadata());
        if (!job.advice().isEmpty()) {
            metadata.put("advice", job.advice());
        }
        add(Job.Level.INFO, summary.message() + ". It took " + elapsed() + ".");
    }

    private synchronized void fail(BackupException e) {
        completedAt = now();
        failure = e;
        boolean cancelled =
                switch (e.kind()) {
                    case CANCELLED, UNCONFIRMED -> true;
                    case ROLLED_BACK -> job.isCancelled();
                    default -> false;
                };
        status = cancelled ? Status.CANCELLED : Status.FAILED;
        outcome = switch (e.kind()) {
            case ROLLED_BACK -> Outcome.ROLLED_BACK;
            case ROLLBACK_FAILED -> Outcome.ROLLBACK_FAILED;
            default -> null;
        };
        if (startedAt != null || recorded) {
            String what = (cancelled ? "Cancelled after " : "Failed after ") + elapsed() + ": " + e.getMessage() + ".";
            add(cancelled ? Job.Level.WARN : Job.Level.ERROR, what);
        }
    }

    private String elapsed() {
        Instant from = startedAt == null ? createdAt : startedAt;
        return Sizes.seconds(Duration.between(from, completedAt).toNanos());
    }

    /** Notes that the job has a record. Returns whether it had none before. */
    synchronized boolean markRecorded() {
        boolean first = !recorded;
        recorded = true;
        return first;
    }

    synchronized boolean isRecorded() {
        return recorded;
    }

    /** Returns whether the engine's call is over. The record may still have to be written. */
    synchronized boolean hasEnded() {
        return completedAt != null;
    }

    /** Throws the failure of a job that failed before its first phase. */
    synchronized void throwIfRefused() {
        if (startedAt == null && failure != null) {
            throw failure;
        }
    }

    synchronized JobRecord record() {
        boolean hasRemedy = failure != null && !failure.remedy().isEmpty();
        return new JobRecord(
                job.id(),
                definition.type(),
                status,
                outcome,
                createdAt,
                startedAt,
                completedAt,
                JobProgress.of(job),
                failure == null ? null : failure.detail(),
                hasRemedy ? failure.remedy() : null,
                metadata,
                log);
    }
}
