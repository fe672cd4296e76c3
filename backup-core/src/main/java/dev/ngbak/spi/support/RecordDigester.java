package dev.ngbak.spi.support;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.StoredRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts and digests records, and collects warnings. One instance serves one walk over one store. */
public final class RecordDigester implements RecordHandler {

    /** A manifest with more counts would be too large to read. */
    public static final int MAX_COUNTS = 10_000;

    private final Detail detail;
    private final Map<String, ContentDigest> digests = new HashMap<>();
    private final Map<String, Long> counts = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();
    private long records;
    private boolean reproducible = true;
    private StoreCounts known;

    private RecordDigester(Detail detail) {
        this.detail = detail;
    }

    /** Returns a handler that counts and digests. */
    public static RecordDigester digesting() {
        return new RecordDigester(Detail.DIGESTS);
    }

    /** Returns a handler that only counts, which is several times as fast. */
    public static RecordDigester counting() {
        return new RecordDigester(Detail.COUNTS);
    }

    @Override
    public Detail detail() {
        return detail;
    }

    @Override
    public void add(StoredRecord record) {
        String name = record.countedAs();
        if (name != null) {
            records++;
            count(name, 1);
        }
        byte[] digest = detail == Detail.DIGESTS ? record.digest() : null;
        if (digest != null) {
            digests.computeIfAbsent(name, any -> new ContentDigest()).add(digest);
        }
    }

    @Override
    public void count(String name, long amount) {
        counts.merge(name, amount, Long::sum);
        if (counts.size() > MAX_COUNTS) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The scope has more than " + MAX_COUNTS
                            + " namespaces or collections, which is more than a manifest" + " can list",
                    "Narrow the scope so that it contains only the data of the GraphRAG system");
        }
    }

    @Override
    public void warn(String sentence) {
        warnings.add(sentence);
    }

    @Override
    public void omitDigest() {
        reproducible = false;
    }

    @Override
    public void markOpaque(StoreCounts known) {
        this.known = known;
    }

    /** Returns the number of records so far. */
    public long records() {
        return records;
    }

    /** Returns the counts so far, in the order in which their names first occurred. */
    public StoreCounts counts() {
        return new StoreCounts(counts);
    }

    /**
     * Returns the content digest of each group of records so far, by the name of its count; {@code null} is the name for what
     * is digested but not counted. Empty if the digest is not reproducible or the handler only counts.
     */
    public Map<String, String> contentDigests() {
        Map<String, String> texts = new HashMap<>();
        if (reproducible && known == null) {
            digests.forEach((name, digest) -> texts.put(name, digest.text()));
        }
        return texts;
    }

    /** Returns the summary of the records so far. It has no digest if the handler only counts. */
    public StoreSummary summary() {
        if (known != null) {
            return new StoreSummary(-1, known, null, warnings);
        }
        boolean digested = reproducible && detail == Detail.DIGESTS;
        ContentDigest all = new ContentDigest();
        digests.values().forEach(all::add);
        return new StoreSummary(records, counts(), digested ? all.text() : null, warnings);
    }
}
