package dev.ngbak.engine;

import dev.ngbak.engine.Job.StoreProgress;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.support.DaemonThreads;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Delivers the events of one job to its listener, from a thread of its own. */
final class ListenerThread implements AutoCloseable {

    private static final long INTERVAL = Duration.ofMillis(250).toNanos();

    private final JobListener listener;
    private final Thread thread;
    /** An empty element is the end. */
    private final BlockingQueue<Optional<JobEvent>> events = new LinkedBlockingQueue<>();

    private Supplier<Map<Role, StoreProgress>> progress = Map::of;
    private Map<Role, StoreProgress> reported = Map.of();
    private boolean failed;

    ListenerThread(JobListener listener) {
        this.listener = listener;
        this.thread = DaemonThreads.named("ngbak-listener").newThread(this::run);
    }

    /** @param newProgress the progress of the stores in the current phase, asked at any time and from any thread */
    void start(Supplier<Map<Role, StoreProgress>> newProgress) {
        progress = newProgress;
        thread.start();
    }

    void post(JobEvent event) {
        events.add(Optional.of(event));
    }

    /** Posts the progress of each store that has advanced since it was posted last. */
    private synchronized void postProgress() {
        Map<Role, StoreProgress> now = progress.get();
        now.forEach((role, present) -> {
            if (!present.equals(reported.get(role))) {
                post(new JobEvent.StoreAdvanced(role, present));
            }
        });
        reported = now;
    }

    /** Posts the last progress of a phase. */
    synchronized void endPhase() {
        postProgress();
        reported = Map.of();
    }

    private void run() {
        long sampled = System.nanoTime();
        try {
            while (true) {
                Optional<JobEvent> event = events.poll(INTERVAL, TimeUnit.NANOSECONDS);
                if (event != null && event.isEmpty()) {
                    return;
                }
                if (event != null) {
                    deliver(event.get());
                }
                if (System.nanoTime() - sampled >= INTERVAL) {
                    postProgress();
                    sampled = System.nanoTime();
                }
            }
        } catch (InterruptedException e) {
            // The listener interrupted its own thread: it wants no more events.
            thread.interrupt();
        }
    }

    private void deliver(JobEvent event) {
        try {
            listener.onEvent(event);
        } catch (RuntimeException | Error e) {
            if (!failed) {
                failed = true;
                thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
            }
        }
    }

    /** Waits until all events are delivered. An interrupt ends the wait. */
    @Override
    public void close() {
        events.add(Optional.empty());
        // A job that an interrupt has ended still has events to deliver.
        boolean interrupted = Thread.interrupted();
        try {
            thread.join();
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
