package dev.ngbak.engine;

import dev.ngbak.spi.Role;
import java.util.OptionalDouble;

/** Something that a {@link JobListener} hears of. {@code toString()} returns a line for people. */
public sealed interface JobEvent permits JobEvent.PhaseStarted, JobEvent.StoreAdvanced, Job.Line {

    /**
     * A phase began.
     *
     * @param label the name that users see; that of {@link Phase#SAVING} includes the phase of the safety archive
     */
    record PhaseStarted(Phase phase, String label) implements JobEvent {
        @Override
        public String toString() {
            return "Phase: " + label;
        }
    }

    /**
     * A store made progress in the current phase. A listener hears of each store at most four times a second, and once
     * more when the phase ends.
     */
    record StoreAdvanced(Role store, Job.StoreProgress progress) implements JobEvent {

        /** Returns the part that is done, from 0 to 1, if the total is known. */
        public OptionalDouble fraction() {
            return progress.total() <= 0
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(Math.min(1, (double) progress.current() / progress.total()));
        }

        @Override
        public String toString() {
            return store.id() + ": " + progress.current()
                    + (progress.total() < 0 ? "" : " of " + progress.total())
                    + (progress.unit().isEmpty() ? "" : " " + progress.unit());
        }
    }
}
