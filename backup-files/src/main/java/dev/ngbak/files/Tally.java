package dev.ngbak.files;

import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreSummary;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the files that were read so far hold: records, counts and the digest. */
final class Tally {

    private final boolean hashing;
    private final RecordVisitor visitor;
    private final ContentDigest sum = new ContentDigest();
    private final Map<String, Long> counts = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();
    private long records;

    private Tally(boolean hashing, RecordVisitor visitor) {
        this.hashing = hashing;
        this.visitor = visitor;
    }

    static Tally digesting() {
        return new Tally(true, null);
    }

    /** A tally that only counts, which is several times as fast. */
    static Tally counting() {
        return new Tally(false, null);
    }

    /** A tally that shows the records to a visitor instead. */
    static Tally showing(RecordVisitor visitor) {
        return new Tally(false, visitor);
    }

    /** Who wants to see the records, or {@code null}. */
    RecordVisitor visitor() {
        return visitor;
    }

    /** A SHA-256 for records and their parts, or a stand-in that hashes nothing where only counts are wanted. */
    MessageDigest sha256() {
        return hashing ? ContentDigest.sha256() : new Nothing();
    }

    /** Adds canonical bytes to the sum. */
    void add(MessageDigest record) {
        sum.add(record.digest());
    }

    void count(String what, long amount) {
        counts.merge(what, amount, Long::sum);
    }

    void records(long amount) {
        records += amount;
    }

    void warn(String sentence) {
        warnings.add(sentence);
    }

    StoreCounts counts() {
        return new StoreCounts(counts);
    }

    StoreSummary summary() {
        return new StoreSummary(records, counts(), sum.text(), warnings);
    }

    private static final class Nothing extends MessageDigest {

        Nothing() {
            super("nothing");
        }

        @Override
        protected void engineUpdate(byte input) {}

        @Override
        protected void engineUpdate(byte[] input, int offset, int length) {}

        @Override
        protected byte[] engineDigest() {
            return new byte[32];
        }

        @Override
        protected void engineReset() {}
    }
}
