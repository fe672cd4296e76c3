package dev.ngbak.engine;

import dev.ngbak.spi.Progress;
import dev.ngbak.spi.Role;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the progress of each store in the current phase. Thread-safe. */
final class ProgressCounters {

    private final Runnable cancellationCheck;
    private final Map<Role, Counter> counters = new EnumMap<>(Role.class);

    /** @param cancellationCheck called with every step of progress; throws if the job was cancelled */
    ProgressCounters(Runnable cancellationCheck) {
        this.cancellationCheck = cancellationCheck;
    }

    private static final class Counter implements Progress {
        private final Runnable cancellationCheck;
        private final AtomicLong current = new AtomicLong();
        private volatile long total = -1;
        private volatile String unit = "";

        Counter(Runnable cancellationCheck) {
            this.cancellationCheck = cancellationCheck;
        }

        @Override
        public void expect(long total, String unit) {
            this.total = total;
            this.unit = unit;
            cancellationCheck.run();
        }

        @Override
        public void advance(long amount) {
            current.addAndGet(amount);
            cancellationCheck.run();
        }
    }

    synchronized Progress of(Role role) {
        return counters.computeIfAbsent(role, any -> new Counter(cancellationCheck));
    }

    synchronized Map<Role, Job.StoreProgress> snapshot() {
        Map<Role, Job.StoreProgress> snapshot = new EnumMap<>(Role.class);
        counters.forEach((role, counter) ->
                snapshot.put(role, new Job.StoreProgress(counter.current.get(), counter.total, counter.unit)));
        return snapshot;
    }

    synchronized void clear() {
        counters.clear();
    }
}
