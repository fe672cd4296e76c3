package dev.ngbak.spi;

/**
 * Where a store's history stands. Two equal markers mean that nothing in scope was written in between; different ones
 * mean that something may have been. A plugin that is not sure gives {@link #UNKNOWN}, never a guess.
 *
 * @param value an opaque text, or {@code null} for a store that cannot tell
 */
public record ChangeMarker(String value) {

    /** The marker of a store that cannot tell. */
    public static final ChangeMarker UNKNOWN = new ChangeMarker(null);

    /** What two markers say about the time between them. */
    public enum Comparison {
        UNCHANGED,
        CHANGED,
        UNKNOWN
    }

    /** Compares this earlier marker with a later one of the same store. */
    public Comparison until(ChangeMarker later) {
        if (value == null || later.value == null) {
            return Comparison.UNKNOWN;
        }
        return value.equals(later.value) ? Comparison.UNCHANGED : Comparison.CHANGED;
    }
}
