package dev.ngbak.spi;

import java.util.List;

/**
 * What was written or read: the proof that two states are the same.
 *
 * @param records how many records, or -1 where the form does not let itself be decoded
 * @param counts the same by kind
 * @param contentDigest the text of a {@link ContentDigest}, or {@code null} where it could not honestly be taken
 * @param warnings what a person should know about this store's part of the job; whole sentences
 */
public record StoreSummary(long records, StoreCounts counts, String contentDigest, List<String> warnings) {

    public StoreSummary {
        warnings = List.copyOf(warnings);
    }

    /** The summary of a form that is carried as it is and not decoded. */
    public static StoreSummary opaque() {
        return new StoreSummary(-1, StoreCounts.NONE, null, List.of());
    }
}
