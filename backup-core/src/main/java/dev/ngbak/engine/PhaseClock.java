package dev.ngbak.engine;

import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Measures how long each phase of a job takes. Not thread-safe. */
final class PhaseClock {

    private final Map<Phase, Long> nanos = new EnumMap<>(Phase.class);
    private Phase current;
    private long start;

    /** Starts a phase, which ends the one before. */
    void start(Phase phase) {
        long now = System.nanoTime();
        if (current != null) {
            nanos.merge(current, now - start, Long::sum);
        }
        current = phase;
        start = now;
    }

    /** Returns the times of all phases that have ended, or an empty text if there is at most one. */
    String summary() {
        if (nanos.size() < 2) {
            return "";
        }
        long all = nanos.values().stream().mapToLong(Long::longValue).sum();
        return "It took " + Sizes.seconds(all) + ": "
                + nanos.entrySet().stream()
                        .map(phase -> phase.getKey().label() + " " + Sizes.seconds(phase.getValue()))
                        .collect(Collectors.joining(", "))
                + ".";
    }
}
