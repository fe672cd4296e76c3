package dev.ngbak.neo4j;

import dev.ngbak.spi.support.DaemonThreads;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Notices when a call of any thread waits too long for an answer. The driver itself would wait forever. */
final class IdleWatch implements AutoCloseable {

    private final Duration limit;
    private final Runnable whenExpired;
    private final ScheduledExecutorService watchdog =
            Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("ngbak-neo4j-watchdog"));

    /**
     * The time at which each waiting thread began to wait: one entry per thread, so that an answered call does not hide
     * a hung one.
     */
    private final Map<Thread, Long> waitingSince = new ConcurrentHashMap<>();

    private volatile boolean expired;

    /** @param whenExpired makes the hung call fail */
    IdleWatch(Duration limit, Runnable whenExpired) {
        this.limit = limit;
        this.whenExpired = whenExpired;
        long interval = Math.max(1, limit.toMillis() / 10);
        watchdog.scheduleWithFixedDelay(this::check, interval, interval, TimeUnit.MILLISECONDS);
    }

    /** Notes that this thread waits for an answer from now on. */
    void begin() {
        waitingSince.put(Thread.currentThread(), System.nanoTime());
    }

    /** Notes that this thread has its answer. */
    void end() {
        waitingSince.remove(Thread.currentThread());
    }

    /** Returns whether a call has waited too long. */
    boolean hasExpired() {
        return expired;
    }

    private void check() {
        long now = System.nanoTime();
        if (waitingSince.values().stream().anyMatch(since -> now - since > limit.toNanos())) {
            expired = true;
            whenExpired.run();
        }
    }

    @Override
    public void close() {
        watchdog.shutdown();
    }
}
