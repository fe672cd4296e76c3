package dev.ngbak.server;

import dev.ngbak.jobs.JobRecord;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * The list of a remote repository, which costs requests. Simultaneous calls share one list, and later calls share it for a
 * while if no job has begun or ended since. Thread-safe.
 */
final class SharedList {

    private final Supplier<List<ArchiveInfo>> archives;
    private final Supplier<List<JobRecord>> jobs;
    private final Duration maxAge;
    private Listing latest;

    private record Listing(FutureTask<List<ArchiveInfo>> task, List<String> jobs, boolean quiet, long startedAt) {}

    /**
     * @param jobs all jobs with the same state directory, in any process
     * @param maxAge how late the work of other machines may be seen
     */
    SharedList(Supplier<List<ArchiveInfo>> archives, Supplier<List<JobRecord>> jobs, Duration maxAge) {
        this.archives = archives;
        this.jobs = jobs;
        this.maxAge = maxAge;
    }

    List<ArchiveInfo> get() {
        FutureTask<List<ArchiveInfo>> task = listing().task();
        task.run(); // does nothing if another thread does it, or has done it
        try {
            return task.get();
        } catch (ExecutionException e) {
            forget(task);
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BackupException(Kind.CANCELLED, "The list was interrupted", "Try again", e);
        }
    }

    private synchronized Listing listing() {
        List<JobRecord> now = jobs.get();
        List<String> key = now.stream().map(job -> job.id() + job.status()).toList();
        if (latest == null || !latest.jobs().equals(key) || isOver(latest)) {
            boolean quiet = now.stream().noneMatch(JobRecord::isOpen);
            latest = new Listing(new FutureTask<>(archives::get), key, quiet, System.nanoTime());
        }
        return latest;
    }

    private boolean isOver(Listing listing) {
        return listing.task().isDone()
                && (!listing.quiet() || System.nanoTime() - listing.startedAt() > maxAge.toNanos());
    }

    private synchronized void forget(FutureTask<List<ArchiveInfo>> failed) {
        if (latest != null && latest.task() == failed) {
            latest = null;
        }
    }

    /** Forgets the list, because this process has changed the repository without a job. */
    synchronized void changed() {
        latest = null;
    }
}
