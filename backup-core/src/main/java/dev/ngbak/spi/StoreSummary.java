package dev.ngbak.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Summarizes the records that were written or read. Equal summaries prove that two states are equal.
 *
 * @param records the number of records, or -1 if the form cannot be decoded
 * @param counts the number of records by kind
 * @param contentDigest the text of a {@link ContentDigest}, or {@code null} if there is no reproducible one
 * @param warnings for the user: whole sentences about this store
 */
public record StoreSummary(
        long records, StoreCounts counts, @Nullable String contentDigest, List<String> warnings) {

    public StoreSummary {
        warnings = List.copyOf(warnings);
    }

    /** Returns the summary of a store whose records are not decoded. It has no counts and no digest. */
    public static StoreSummary opaque() {
        return new StoreSummary(-1, StoreCounts.NONE, null, List.of());
    }
}
