package dev.ngbak.jobs;

import dev.ngbak.repository.ArchiveRepository;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs jobs, one at a time, and knows the jobs of all processes that use the same state directory. A job is recorded once
 * its first phase begins, when it holds every lock that it needs. A request that fails before that leaves no record. A job
 * whose process has died is marked as failed by whichever process reads its record next.
 */
public final class JobRunner {

    private static final Logger LOG = LoggerFactory.getLogger(JobRunner.class);
    private static final int RETAINED_JOBS = 100;

    private final JobStore store;
    private final DeadJobs dead;
    private final ProcessIdentity self = ProcessIdentity.current();
    private final JobObserver observer;
    /** The jobs of this process that still run, or whose final state has not been written to the disk. */
    private final Map<String, JobExecution> executions = new ConcurrentHashMap<>();

    private JobExecution current;
    private boolean stopping;

    /** Creates a runner without an observer. */
    public JobRunner(StateDirectory state, ArchiveRepository repository) {
        this(state, repository, new JobObserver() {});
    }

    /**
     * @param state if it does not exist, jobs run without being recorded on the disk
     * @param observer called for the jobs of this runner
     */
    public JobRunner(StateDirectory state, ArchiveRepository repository, JobObserver observer) {
        this.observer = observer;
        this.store = new JobStore(state.path());
        this.dead = new DeadJobs(store, repository, self);
    }

    /**
     * Runs a job in the calling thread.
     *
     * @throws BackupException {@code BUSY} if another job runs, and whatever the engine throws
     */
    public <T> T run(JobDefinition<T> definition) {
        return admit(definition).execute(definition);
    }

    /**
     * Runs a job in a new thread.
     *
     * @return the job after it has started
     * @throws BackupException {@code BUSY} if another job runs, and whatever else keeps the job from starting
     */
    public JobRecord start(JobDefinition<?> definition) {
        JobExecution execution = admit(definition);
        Thread thread = new Thread(() -> execution.executeDetached(definition), "ngbak-" + definition.type());
        thread.setDaemon(true);
        thread.start();
        return execution.awaitStart();
    }

    private synchronized JobExecution admit(JobDefinition<?> definition) {
        if (stopping) {
            throw new BackupException(
                    Kind.BUSY, "The server is stopping. Nothing was changed", "Try again after it has restarted");
        }
        if (current != null && !current.run().hasEnded()) {
            throw new BackupException(
                    Kind.BUSY,
                    "Another job is running: a " + current.run().type() + ", since "
                            + current.run().createdAt().truncatedTo(ChronoUnit.SECONDS) + ". Nothing was changed",
                    "Wait until it has ended, or cancel it");
        }
        current = new JobExecution(definition, observer, this);
        return current;
    }

    JobStore store() {
        return store;
    }

    ProcessIdentity self() {
        return self;
    }

    /** Adds a job of this process to the list, and deletes the oldest ones. */
    void record(JobExecution execution) {
        executions.put(execution.run().id(), execution);
        execution.write();
        try {
            prune();
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("Old job records could not be deleted: {}", e.toString());
        }
    }

    /** Forgets a job that has ended, once its final state is on the disk. */
    void detach(JobExecution execution) {
        execution.write();
        if (execution.isWritten()) {
            executions.remove(execution.run().id());
        }
    }

    synchronized void ended(JobExecution execution) {
        if (current == execution) {
            current = null;
        }
    }

    private void prune() throws IOException {
        List<JobRecord> jobs = list();
        for (JobRecord old : jobs.subList(Math.min(RETAINED_JOBS, jobs.size()), jobs.size())) {
            if (!old.isOpen()) {
                store.delete(old.id());
            }
        }
        store.deleteOldTemporaryFiles();
    }

    /** Returns the id of the job that keeps others from starting, in whichever process it runs. */
    public Optional<String> current() {
        JobExecution own;
        synchronized (this) {
            own = current;
        }
        if (own != null && !own.run().hasEnded()) {
            return Optional.of(own.run().id());
        }
        // A verification or a check in another process holds no lock.
        return list().stream()
                .filter(job -> job.isOpen() && !JobDefinition.READING.contains(job.type()))
                .map(JobRecord::id)
                .findFirst();
    }

    /** Returns all retained jobs, newest first. */
    public List<JobRecord> list() {
        Map<String, JobRecord> jobs = new HashMap<>();
        try {
            for (JobStore.StoredJob stored : store.list()) {
                jobs.put(stored.job().id(), settled(stored));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (JobExecution own : executions.values()) {
            jobs.put(own.run().id(), own.run().record());
            if (own.isOver()) {
                detach(own); // its final state could not be written before
            }
        }
        return jobs.values().stream()
                .sorted(Comparator.comparing(JobRecord::createdAt).reversed())
                .toList();
    }

    /** @throws BackupException {@code NOT_FOUND} */
    public JobRecord get(String id) {
        JobExecution own = executions.get(id);
        if (own != null) {
            return own.run().record();
        }
        return store.find(id)
                .map(this::settled)
                .orElseThrow(() -> new BackupException(
                        Kind.NOT_FOUND, "There is no such job", "Only the last " + RETAINED_JOBS + " jobs are kept"));
    }

    /** Returns the record, marked as failed if its process has died. */
    private JobRecord settled(JobStore.StoredJob stored) {
        boolean own = executions.containsKey(stored.job().id());
        return own ? stored.job() : dead.settle(stored);
    }

    /**
     * Cancels a job as soon as that does no harm.
     *
     * @return false if the job has ended, cannot be cancelled any more, or runs in another process
     * @throws BackupException {@code NOT_FOUND}
     */
    public boolean cancel(String id) {
        JobRecord job = get(id);
        JobExecution own = executions.get(id);
        return own != null && job.isOpen() && own.run().job().cancel();
    }

    /**
     * Refuses further jobs, cancels the running one and waits for its end.
     *
     * @return false if it has not ended in time
     */
    public boolean stop(Duration timeout) throws InterruptedException {
        JobExecution last;
        synchronized (this) {
            stopping = true;
            last = current;
        }
        if (last == null) {
            return true;
        }
        if (!last.run().job().cancel()) {
            LOG.warn(
                    "The running {} can no longer be cancelled. Waiting for its end.",
                    last.run().type());
        }
        return last.awaitEnd(timeout);
    }
}
