package dev.ngbak.jobs;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Executes one job, and keeps its record on the disk up to date. */
final class JobExecution {

    private static final Logger LOG = LoggerFactory.getLogger(JobExecution.class);
    /** How long a caller waits to learn whether the job has started. */
    private static final Duration START_TIMEOUT = Duration.ofSeconds(3);
    /** An open record is rewritten at least this often, so that other hosts see that the job is alive. */
    static final Duration HEARTBEAT = Duration.ofSeconds(20);

    private final RunningJob run;
    private final JobObserver observer;
    private final JobRunner runner;
    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch over = new CountDownLatch(1);
    private final Object writing = new Object();
    private JobRecord lastWritten;
    private Instant lastWrittenAt = Instant.EPOCH;

    JobExecution(JobDefinition<?> definition, JobObserver observer, JobRunner runner) {
        this.observer = observer;
        this.runner = runner;
        this.run = new RunningJob(definition, observer, this::onPhase);
    }

    RunningJob run() {
        return run;
    }

    private void onPhase() {
        record();
        write();
        started.countDown();
    }

    private void record() {
        if (run.markRecorded()) {
            LOG.info(
                    "Job {}: {} of {} started.",
                    run.id(),
                    run.type(),
                    run.record().text("backup_id").orElse("the stores"));
            runner.record(this);
        }
    }

    <T> T execute(JobDefinition<T> definition) {
        ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "ngbak-job-writer");
            thread.setDaemon(true);
            return thread;
        });
        writer.scheduleWithFixedDelay(this::write, 1, 1, TimeUnit.SECONDS);
        try {
            return run.call(definition);
        } finally {
            writer.shutdownNow();
            if (run.isRecorded()) {
                observer.recorded(run.record(), run.job());
                runner.detach(this);
            }
            runner.ended(this);
            started.countDown();
            over.countDown();
        }
    }

    /** Executes the job in a thread that has no caller to throw to. The record holds the failure. */
    void executeDetached(JobDefinition<?> definition) {
        try {
            execute(definition);
        } catch (RuntimeException e) {
            LOG.debug("Job {} has failed", run.id(), e);
        }
    }

    /** Waits until the job has started, and throws what kept it from starting. */
    JobRecord awaitStart() {
        try {
            if (started.await(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                run.throwIfRefused();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!isOver()) {
            record();
        }
        return run.record();
    }

    boolean isOver() {
        return over.getCount() == 0;
    }

    boolean awaitEnd(Duration timeout) throws InterruptedException {
        return over.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Returns whether the file holds the present state. */
    boolean isWritten() {
        synchronized (writing) {
            return run.record().equals(lastWritten);
        }
    }

    /** Writes the record if it has changed since the last time, or if a heartbeat is due. */
    void write() {
        synchronized (writing) {
            JobRecord now = run.record();
            boolean heartbeat = lastWrittenAt.isBefore(Instant.now().minus(HEARTBEAT));
            if (!run.isRecorded() || (now.equals(lastWritten) && !heartbeat)) {
                return;
            }
            try {
                runner.store().write(now, runner.self());
                lastWritten = now;
                lastWrittenAt = Instant.now();
            } catch (IOException | RuntimeException e) {
                LOG.warn("Job {} could not be written to the disk: {}", run.id(), e.toString());
            }
        }
    }
}
