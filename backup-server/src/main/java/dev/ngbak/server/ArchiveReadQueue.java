package dev.ngbak.server;

import dev.ngbak.engine.Job;
import dev.ngbak.engine.Sizes;
import dev.ngbak.spi.BackupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Reads archives for requests: as many at a time as the memory allows, the others in the order in which they came. A
 * reading that makes no progress is stopped, so that an archive made to keep the reader busy holds up nobody for long.
 */
final class ArchiveReadQueue implements AutoCloseable {

    /** An archive whose manifest is as large as it may be takes this much while it is read. */
    private static final long MEMORY = 96L << 20;

    private static final Duration TURN = Duration.ofMinutes(5);
    private static final Duration STALL = Duration.ofSeconds(30);
    /** Unpacking is at least so fast, on any disk. */
    private static final long BYTES_PER_SECOND = 10L << 20;

    private final Duration stall;
    private final Semaphore checks;
    private final Semaphore looks;
    private final ScheduledExecutorService watcher = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "ngbak-watch");
        thread.setDaemon(true);
        return thread;
    });

    ArchiveReadQueue() {
        this(atATime(Runtime.getRuntime().maxMemory(), Runtime.getRuntime().availableProcessors()), STALL);
    }

    /**
     * @param atATime how many archives may be checked, and how many manifests read, at the same time
     * @param stall the longest time without progress
     */
    ArchiveReadQueue(int atATime, Duration stall) {
        this.checks = new Semaphore(atATime, true);
        this.looks = new Semaphore(atATime, true);
        this.stall = stall;
    }

    /** Reading an archive whole costs a core, so half of them are left to everything else; a job may run beside it. */
    static int atATime(long memory, int processors) {
        long byMemory = (memory / 2) / MEMORY;
        return (int) Math.max(1, Math.min(byMemory, Math.max(2, processors / 2)));
    }

    /**
     * Reads an archive whole.
     *
     * @param check given the job by which its progress is seen
     * @throws Problem 422 where it made no progress, 503 where its turn did not come in time
     */
    <T> T check(Function<Job, T> check) {
        Job job = new Job();
        return inTurn(checks, () -> {
            Progress progress = new Progress(job);
            return watched(progress::isStalled, job, () -> check.apply(job));
        });
    }

    /**
     * Reads an archive's manifest, for which a repacked archive may have to be read whole.
     *
     * @throws Problem as {@link #check} does
     */
    <T> T look(Path archive, Supplier<T> look) {
        return inTurn(looks, () -> {
            long start = System.nanoTime();
            long limit = stall.toNanos() + TimeUnit.SECONDS.toNanos(size(archive) / BYTES_PER_SECOND);
            return watched(() -> System.nanoTime() - start > limit, null, look);
        });
    }

    private static long size(Path archive) {
        try {
            return Files.size(archive);
        } catch (IOException e) {
            return 0; // The reading itself says what is wrong.
        }
    }

    private static <T> T inTurn(Semaphore turns, Supplier<T> reading) {
        try {
            if (!turns.tryAcquire(TURN.toSeconds(), TimeUnit.SECONDS)) {
                throw ProblemException.busy("Other archives are being checked");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProblemException(503, "The server is being stopped", "Try again when it has started");
        }
        try {
            return reading.get();
        } finally {
            turns.release();
        }
    }

    private <T> T watched(BooleanSupplier stalled, Job job, Supplier<T> reading) {
        Watch watch = new Watch(stalled, job);
        long tick = Math.max(1, stall.toMillis() / 30);
        ScheduledFuture<?> ticks = watcher.scheduleWithFixedDelay(watch, tick, tick, TimeUnit.MILLISECONDS);
        try {
            T result = reading.get();
            watch.end();
            return result;
        } catch (BackupException e) {
            if (watch.end()) {
                throw new ProblemException(
                        422,
                        "The archive was refused: reading it made no progress for "
                                + Sizes.seconds(stall.toNanos())
                                + ", so it is damaged, or made to keep the reader busy. No store was touched",
                        "Use another archive, or get this one again from where it was copied");
            }
            throw e;
        } finally {
            ticks.cancel(false);
            watch.end();
        }
    }

    /** Stops a reading by interrupting its thread, for a decoder that finds nothing to decode does not ask the job. */
    private static final class Watch implements Runnable {
        private final Thread reader = Thread.currentThread();
        private final BooleanSupplier stalled;
        private final Job job;
        private boolean ended;
        private boolean stopped;

        Watch(BooleanSupplier stalled, Job job) {
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

        /** Returns whether the reading was stopped; the thread is no longer interrupted then. */
        synchronized boolean end() {
            if (stopped && !ended) {
                Thread.interrupted();
            }
            ended = true;
            return stopped;
        }
    }

    /** How long a job has been reading the archive without getting on. What it does after that is not watched. */
    private final class Progress {
        private final Job job;
        private List<Object> last = List.of();
        private long since = System.nanoTime();

        Progress(Job job) {
            this.job = job;
        }

        boolean isStalled() {
            List<Object> now = List.of(job.phase(), job.activity());
            if (!now.equals(last)
                    || !List.of("pending", "checking", "verifying").contains(job.phase())) {
                last = now;
                since = System.nanoTime();
            }
            return System.nanoTime() - since > stall.toNanos();
        }
    }

    @Override
    public void close() {
        watcher.shutdownNow();
    }
}
