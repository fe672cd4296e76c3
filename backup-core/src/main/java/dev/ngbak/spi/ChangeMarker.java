package dev.ngbak.spi;

import org.jspecify.annotations.Nullable;

/**
 * A position in the history of a store. If two markers are equal, nothing in scope was written between them; if they differ,
 * something may have been. A plugin that is not sure returns {@link #UNKNOWN}, never a guess.
 *
 * @param value an opaque text, or {@code null} for a store that cannot report changes
 */
public record ChangeMarker(@Nullable String value) {

    /** The marker of a store that cannot report changes. */
    public static final ChangeMarker UNKNOWN = new ChangeMarker(null);

    /** The result of a comparison of two markers. */
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
