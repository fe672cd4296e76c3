package dev.ngbak.spi;

import java.util.List;

/**
 * The summary of the records that were written or read. Two equal summaries prove that two states are equal.
 *
 * @param records the number of records, or -1 if the form is opaque
 * @param counts the number of records by kind
 * @param contentDigest the text of a {@link ContentDigest}, or {@code null} if it is not reproducible
 * @param warnings whole sentences about this store for the user
 */
public record StoreSummary(long records, StoreCounts counts, String contentDigest, List<String> warnings) {

    public StoreSummary {
        warnings = List.copyOf(warnings);
    }

    /** Returns the summary of a form that is archived without being decoded. */
    public static StoreSummary opaque() {
        return new StoreSummary(-1, StoreCounts.NONE, null, List.of());
    }
}
