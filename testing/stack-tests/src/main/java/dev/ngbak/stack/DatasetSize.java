package dev.ngbak.stack;

import java.util.Locale;

/**
 * How many there are of everything. From S on it is about ten times more from one to the next.
 *
 * @param giants whether there are values that are far larger than all others: megabytes in one key, 200 kB in a property
 * @param indexed whether Qdrant may build its search index, which takes it longer than all the rest
 */
public record Size(
        String name,
        int documents,
        int chunks,
        int entities,
        int relationships,
        int reports,
        int cached,
        boolean giants,
        boolean indexed) {

    /** For many runs of a test. */
    public static final Size TINY = new Size("tiny", 4, 16, 40, 80, 12, 12, false, true);

    public static final Size T = new Size("T", 20, 100, 400, 800, 60, 150, true, true);
    public static final Size S = new Size("S", 1_250, 8_943, 15_420, 32_100, 892, 10_000, true, false);
    public static final Size M = new Size("M", 10_000, 100_000, 150_000, 320_000, 9_000, 110_000, true, false);
    public static final Size L = new Size("L", 100_000, 1_000_000, 1_500_000, 3_200_000, 90_000, 0, true, false);

    /** The size of a name, in any case of letters. */
    public static Size of(String name) {
        for (Size size : new Size[] {TINY, T, S, M, L}) {
            if (size.name.equals(name.toUpperCase(Locale.ROOT)) || size.name.equals(name)) {
                return size;
            }
        }
        throw new IllegalArgumentException("there is no size " + name + ", but tiny, T, S, M and L");
    }
}
