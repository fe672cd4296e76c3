package dev.ngbak.server;

import dev.ngbak.engine.Job;
import dev.ngbak.engine.Phase;
import dev.ngbak.engine.Sizes;
import dev.ngbak.spi.BackupException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Reads archives for requests, in the order of the requests, and as many at a time as the memory allows. A read that makes no
 * progress is stopped, so that an archive which is made to keep the reader busy blocks nobody for long.
 */
final class ArchiveReadQueue implements AutoCloseable {

    /** The memory needed to read an archive with a manifest of the maximum size. */
    private static final long MEMORY_PER_READ = 96L << 20;

    private static final Duration MAX_WAIT = Duration.ofMinutes(5);
    private static final Duration MAX_STALL = Duration.ofSeconds(30);
    /** The slowest decompression on any disk. */
    private static final long MIN_BYTES_PER_SECOND = 10L << 20;

    private static final Set<Phase> WATCHED_PHASES = EnumSet.of(Phase.PENDING, Phase.CHECKING, Phase.VERIFYING);

    private final Duration maxStall;
    private final Semaphore fullReads;
    private final Semaphore manifestReads;
    private final ScheduledExecutorService watchdogs = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "ngbak-watchdog");
        thread.setDaemon(true);
        return thread;
    });

    ArchiveReadQueue() {
        this(
                maxConcurrent(
                        Runtime.getRuntime().maxMemory(), Runtime.getRuntime().availableProcessors()),
                MAX_STALL);
    }

    /**
     * @param maxConcurrent how many archives, and how many manifests, may be read at the same time
     * @param maxStall the longest time without progress
     */
    ArchiveReadQueue(int maxConcurrent, Duration maxStall) {
        this.fullReads = new Semaphore(maxConcurrent, true);
        this.manifestReads = new Semaphore(maxConcurrent, true);
        this.maxStall = maxStall;
    }

    /** Reading a whole archive uses one core. Half of the cores are left for other work, such as a job. */
    static int maxConcurrent(long memory, int processors) {
        long byMemory = (memory / 2) / MEMORY_PER_READ;
        return (int) Math.max(1, Math.min(byMemory, Math.max(2, processors / 2)));
    }

    /**
     * Reads a whole archive.
     *
     * @param read called with the job that shows its progress
     * @throws ProblemException 422 if the read makes no progress, 503 if it does not get its turn in time
     */
    <T> T readAll(Function<Job, T> read) {
        Job job = new Job();
        return inTurn(fullReads, () -> {
            ProgressMonitor progress = new ProgressMonitor(job);
            return watched(progress::isStalled, job, () -> read.apply(job));
        });
    }

    /**
     * Reads the manifest of an archive. A repacked archive may have to be read completely for that.
     *
     * @param archiveSize in bytes
     * @throws ProblemException like {@link #readAll}
     */
    <T> T readManifest(long archiveSize, Supplier<T> read) {
        return inTurn(manifestReads, () -> {
            long start = System.nanoTime();
            long limit = maxStall.toNanos() + TimeUnit.SECONDS.toNanos(archiveSize / MIN_BYTES_PER_SECOND);
            return watched(() -> System.nanoTime() - start > limit, null, read);
        });
    }

    private static <T> T inTurn(Semaphore permits, Supplier<T> read) {
        try {
            if (!permits.tryAcquire(MAX_WAIT.toSeconds(), TimeUnit.SECONDS)) {
                throw ProblemException.busy("Other archives are being checked");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProblemException(503, "The server is stopping", "Try again after it has restarted");
        }
        try {
            return read.get();
        } finally {
            permits.release();
        }
    }

    private <T> T watched(BooleanSupplier stalled, Job job, Supplier<T> read) {
        Watchdog watchdog = new Watchdog(stalled, job);
        long period = Math.max(1, maxStall.toMillis() / 30);
        ScheduledFuture<?> schedule = watchdogs.scheduleWithFixedDelay(watchdog, period, period, TimeUnit.MILLISECONDS);
        try {
            T result = read.get();
            watchdog.end();
            return result;
        } catch (BackupException e) {
            if (watchdog.end()) {
                throw new ProblemException(
                        422,
                        "The archive was refused because reading it made no progress for "
                                + Sizes.seconds(maxStall.toNanos())
                                + ". It is damaged, or was made to block the server. No store was touched",
                        "Use another archive, or another copy of this one");
            }
            throw e;
        } finally {
            schedule.cancel(false);
            watchdog.end();
        }
    }

    /** Stops a read by interrupting its thread, because a decoder that finds nothing to decode does not check the job. */
    private static final class Watchdog implements Runnable {
        private final Thread reader = Thread.currentThread();
        private final BooleanSupplier stalled;
        private final Job job;
        private boolean ended;
        private boolean stopped;

        /** @param job the job to cancel, or {@code null} */
        Watchdog(BooleanSupplier stalled, Job job) {
            this.stalled = stalled;
            this.job = job;
        }

        @Override
        public synchronized void run() {
            if (ended || !(stopped || stalled.getAsBoolean())) {
                return;
            }
            stopped = true;
            if (job != null) {
                job.cancel();
            }
            reader.interrupt();
        }

        /** Ends the watch. Returns whether the read was stopped; then clears the interrupt of the thread. */
        synchronized boolean end() {
            if (stopped && !ended) {
                Thread.interrupted();
            }
            ended = true;
            return stopped;
        }
    }

    /** Detects a job that reads an archive without progress. Later phases are not watched. */
    private final class ProgressMonitor {
        private final Job job;
        private List<Object> last = List.of();
        private long since = System.nanoTime();

        ProgressMonitor(Job job) {
            this.job = job;
        }

        boolean isStalled() {
            List<Object> now = List.of(job.phase(), job.activity());
            if (!now.equals(last) || !WATCHED_PHASES.contains(job.phase())) {
                last = now;
                since = System.nanoTime();
            }
            return System.nanoTime() - since > maxStall.toNanos();
        }
    }

    @Override
    public void close() {
        watchdogs.shutdownNow();
    }
}
