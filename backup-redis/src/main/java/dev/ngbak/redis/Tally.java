package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What passed: keys by namespace, and their digest. */
final class Tally {

    /** More would not fit into a manifest. */
    private static final int MOST_NAMESPACES = 10_000;

    private final ContentDigest sum = new ContentDigest();
    private final Map<String, Long> counts = new TreeMap<>();
    private final List<String> warnings = new ArrayList<>();
    private final boolean absolute;
    private boolean expiring;
    private long records;

    /** @param absolute whether expiries are exact, so that the digest is the same every time */
    Tally(boolean absolute) {
        this.absolute = absolute;
    }

    void add(byte[] rest, KeyValue value) {
        count(rest);
        value.addTo(sum, rest);
        expiring |= value.expires() != KeyValue.NEVER;
    }

    void count(byte[] rest) {
        records++;
        counts.merge(KeyName.of(rest).namespace(), 1L, Long::sum);
        if (counts.size() > MOST_NAMESPACES) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The keys in scope have more than " + MOST_NAMESPACES
                            + " namespaces (what stands before the first colon behind the prefix). Nothing was backed up",
                    "Set " + RedisSettings.PREFIX + " so that only the keys of nano-graphrag are in scope");
        }
    }

    void warn(String sentence) {
        warnings.add(sentence);
    }

    long records() {
        return records;
    }

    StoreCounts counts() {
        return new StoreCounts(counts);
    }

    StoreSummary summary() {
        boolean exact = absolute || !expiring;
        return new StoreSummary(records, counts(), exact ? sum.text() : null, warnings);
    }
}
