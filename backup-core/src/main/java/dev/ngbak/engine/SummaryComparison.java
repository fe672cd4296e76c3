package dev.ngbak.engine;

import dev.ngbak.spi.StoreSummary;

/** Compares the summaries of two states of a store. */
final class SummaryComparison {

    private SummaryComparison() {}

    /** Returns the first difference for a message, or {@code null} if everything that both sides know is equal. */
    static String difference(StoreSummary expected, StoreSummary found) {
        if (expected.records() >= 0 && found.records() >= 0 && expected.records() != found.records()) {
            return Sizes.count(expected.records(), "records") + " expected, " + found.records() + " found";
        }
        for (var count : expected.counts().counts().entrySet()) {
            Long other = found.counts().counts().get(count.getKey());
            if (found.records() >= 0 && !count.getValue().equals(other)) {
                return count.getValue() + " " + count.getKey() + " expected, " + (other == null ? "none" : other)
                        + " found";
            }
        }
        if (expected.contentDigest() != null
                && found.contentDigest() != null
                && !expected.contentDigest().equals(found.contentDigest())) {
            return "the counts are equal, but the content digests differ";
        }
        return null;
    }

    /** Returns the kind of proof that two equal summaries give. */
    static String kind(StoreSummary expected, StoreSummary found) {
        return expected.contentDigest() != null && found.contentDigest() != null ? "content digest" : "counts";
    }
}
