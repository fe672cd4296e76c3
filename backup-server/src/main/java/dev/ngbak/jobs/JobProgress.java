package dev.ngbak.jobs;

import dev.ngbak.engine.Job;
import dev.ngbak.spi.Role;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The progress of a job.
 *
 * @param phase the current step, in a word or two
 * @param stores the progress of each store that takes part in the phase
 */
public record JobProgress(String phase, Map<Role, Job.StoreProgress> stores) {

    private static final String STORES = "stores";

    /**
     * The progress of all stores together.
     *
     * @param total {@code null} while it is not known
     * @param unit what is counted, or {@code null} if no store takes part
     */
    public record Total(long current, Long total, String unit) {}

    /** Copies the map. */
    public JobProgress {
        stores = Collections.unmodifiableMap(stores.isEmpty() ? new EnumMap<>(Role.class) : new EnumMap<>(stores));
    }

    /** Returns the progress of a running job. */
    static JobProgress of(Job job) {
        return new JobProgress(job.phaseLabel(), job.progress());
    }

    /**
     * Returns the sum of the stores if all count the same unit. Otherwise counts the stores that have finished the phase.
     */
    public Total total() {
        if (stores.isEmpty()) {
            return new Total(0, null, null);
        }
        Set<String> units = new HashSet<>();
        long current = 0;
        long total = 0;
        boolean known = true;
        int finished = 0;
        for (Job.StoreProgress store : stores.values()) {
            units.add(store.unit());
            current += store.current();
            total += store.total();
            known &= store.total() >= 0;
            finished += store.total() >= 0 && store.current() >= store.total() ? 1 : 0;
        }
        return units.size() == 1
                ? new Total(
                        current, known ? (Long) total : null, units.iterator().next())
                : new Total(finished, (long) stores.size(), STORES);
    }
}
