package dev.ngbak.cli;

import dev.ngbak.engine.Job;
import dev.ngbak.engine.Sizes;
import dev.ngbak.spi.Role;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The progress of one job in one line: its phase, and for each store the share done, the rate and the time left. */
final class ProgressLine {

    private static final double RATE_SECONDS = 15;
    private static final double LEAST_SECONDS = 5;
    private static final double LEAST_SHARE = 0.03;
    /** The most before the phase ends, because rounding must not announce an end. */
    private static final long MOST_PERCENT = 99;

    private final long start;
    private final Map<Role, Rate> rates = new EnumMap<>(Role.class);
    private String phase = "";

    /** @param start the time at which the job started, in nanoseconds */
    ProgressLine(long start) {
        this.start = start;
    }

    /**
     * Measures the rates since the last call, and returns the line.
     *
     * @param now the time, in nanoseconds
     * @param columns the line is shortened if it has more columns; it may still have more then
     */
    String text(String newPhase, Map<Role, Job.StoreProgress> stores, long now, int columns) {
        if (!newPhase.equals(phase)) {
            rates.clear();
            phase = newPhase;
        }
        StringBuilder full = new StringBuilder(phase);
        StringBuilder brief = new StringBuilder(phase);
        stores.forEach((role, store) -> {
            Rate rate = rates.computeIfAbsent(role, any -> new Rate(store.current(), now));
            rate.measure(store.current(), now);
            if (store.current() > 0 || store.total() > 0) {
                full.append("  ").append(role.id()).append(' ').append(amount(store, rate, true));
                brief.append("  ").append(role.id()).append(' ').append(amount(store, rate, false));
            }
        });
        String elapsed = "  " + Sizes.seconds(now - start);
        return TerminalWidth.columns(full + elapsed) <= columns ? full + elapsed : brief + elapsed;
    }

    private static String amount(Job.StoreProgress store, Rate rate, boolean whole) {
        boolean known = store.total() > 0;
        String done = known
                ? Math.min(MOST_PERCENT, 100 * store.current() / store.total()) + " %"
                        + (whole ? " of " + amount(store.total(), store.unit()) : "")
                : amount(store.current(), store.unit());
        String speed = whole && rate.perSecond() > 0 ? ", " + perSecond(rate.perSecond(), store.unit()) : "";
        String left = known ? rate.left(store.current(), store.total()) : "";
        return done + speed + (left.isEmpty() ? "" : ", " + left);
    }

    private static String amount(long amount, String unit) {
        return unit.equals("bytes") ? Sizes.of(amount) : Sizes.count(amount, unit);
    }

    private static String perSecond(double rate, String unit) {
        if (unit.equals("bytes")) {
            return Sizes.of(Math.round(rate)) + "/s";
        }
        if (rate < 1_000) {
            return Math.max(1, Math.round(rate)) + "/s";
        }
        return rate < 1_000_000
                ? Math.round(rate / 1_000) + " k/s"
                : String.format(Locale.ROOT, "%.1f M/s", rate / 1_000_000);
    }

    /** The rate of one store in one phase: a mean in which a moment 15 seconds ago has the weight 1/e. */
    private static final class Rate {

        private final long began;
        private long lastCount;
        private long lastTime;
        private double amount;
        private double seconds;

        Rate(long count, long now) {
            this.began = now;
            this.lastCount = count;
            this.lastTime = now;
        }

        void measure(long count, long now) {
            double passed = seconds(now - lastTime);
            if (passed > 0) {
                double weight = Math.exp(-passed / RATE_SECONDS);
                amount = amount * weight + Math.max(0, count - lastCount);
                seconds = seconds * weight + passed;
                lastCount = count;
                lastTime = now;
            }
        }

        double perSecond() {
            return seconds > 0 ? amount / seconds : 0;
        }

        /** Returns the time left in words, or an empty text as long as it would be a guess. */
        String left(long count, long total) {
            boolean early = seconds(lastTime - began) < LEAST_SECONDS || count < LEAST_SHARE * total;
            return early || perSecond() <= 0 || count >= total ? "" : words((total - count) / perSecond());
        }

        private static double seconds(long nanos) {
            return nanos / (double) TimeUnit.SECONDS.toNanos(1);
        }

        private static String words(double left) {
            long fives = Math.round(left / 5);
            if (fives < 12) {
                return "about " + Math.max(1, fives) * 5 + " s left";
            }
            long minutes = Math.round(left / 60);
            return minutes < 90 ? "about " + minutes + " min left" : "about " + Math.round(minutes / 60.0) + " h left";
        }
    }
}
