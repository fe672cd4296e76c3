package dev.ngbak.stack;

import java.util.Locale;

/**
 * The number of records of each kind in a data set. From S to L, each size has about ten times as many as the one before.
 *
 * @param cachedAnswers the number of cached answers of the language model
 * @param hugeValues whether a few values are far larger than all others: megabytes in one key, 200 kB in one property
 * @param indexed whether Qdrant may build its search index, which takes longer than everything else
 */
public record DatasetSize(
        String name,
        int documents,
        int chunks,
        int entities,
        int relationships,
        int reports,
        int cachedAnswers,
        boolean hugeValues,
        boolean indexed) {

    /** A size for tests that fill the stores many times. */
    public static final DatasetSize TINY = new DatasetSize("tiny", 4, 16, 40, 80, 12, 12, false, true);

    public static final DatasetSize T = new DatasetSize("T", 20, 100, 400, 800, 60, 150, true, true);
    public static final DatasetSize S = new DatasetSize("S", 1_250, 8_943, 15_420, 32_100, 892, 10_000, true, false);
    public static final DatasetSize M =
            new DatasetSize("M", 10_000, 100_000, 150_000, 320_000, 9_000, 110_000, true, false);
    public static final DatasetSize L =
            new DatasetSize("L", 100_000, 1_000_000, 1_500_000, 3_200_000, 90_000, 0, true, false);

    /**
     * Returns the size with a name, which may be in upper or lower case.
     *
     * @throws IllegalArgumentException if no size has this name
     */
    public static DatasetSize of(String name) {
        for (DatasetSize size : new DatasetSize[] {TINY, T, S, M, L}) {
            if (size.name.equals(name.toUpperCase(Locale.ROOT)) || size.name.equals(name)) {
                return size;
            }
        }
        throw new IllegalArgumentException("Unknown size " + name + ". Use tiny, T, S, M or L");
    }
}
