package dev.ngbak.engine;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** Formats amounts for users, the same in every interface. */
public final class Sizes {

    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Sizes() {}

    /** Formats a number of bytes: {@code 6.1 GiB}. */
    public static String of(long bytes) {
        double amount = bytes;
        int unit = 0;
        while (amount >= 1024 && unit < UNITS.length - 1) {
            amount /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", amount, UNITS[unit]);
    }

    /**
     * Formats a count: {@code 1 entity}, {@code 1,250 documents}.
     *
     * @param plural an English word with a regular plural
     */
    public static String count(long number, String plural) {
        return String.format(Locale.ROOT, "%,d ", number) + (number == 1 ? singular(plural) : plural);
    }

    private static String singular(String plural) {
        if (plural.endsWith("ies")) {
            return plural.substring(0, plural.length() - 3) + "y";
        }
        return plural.endsWith("s") ? plural.substring(0, plural.length() - 1) : plural;
    }

    /** Formats a time in UTC, to the second: {@code 2025-10-06 14:30:00}. */
    public static String time(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString().replace('T', ' ').replace("Z", "");
    }

    /** Formats a duration in nanoseconds: {@code 0.8 s}, {@code 2 min 04 s}. */
    public static String seconds(long nanos) {
        double seconds = nanos / 1e9;
        return seconds < 60
                ? String.format(Locale.ROOT, "%.1f s", seconds)
                : String.format(Locale.ROOT, "%d min %02d s", (long) seconds / 60, (long) seconds % 60);
    }
}
