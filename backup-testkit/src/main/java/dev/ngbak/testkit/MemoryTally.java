package dev.ngbak.testkit;

import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreSummary;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts and digests the records of {@link MemoryStorage} as they pass. */
final class MemoryTally {

    private static final int STEP = 100;

    private final Role role;
    private final Progress progress;
    private final ContentDigest sum = new ContentDigest();
    private final Map<String, Long> counts = new LinkedHashMap<>();
    private long records;
    private long told;

    MemoryTally(Role role, Progress progress) {
        this.role = role;
        this.progress = progress;
        if (role == Role.GRAPH) {
            List.of("entities", "relationships", "communities").forEach(this::collection);
        }
    }

    /** Begins a collection, which counts even where it is empty. */
    void collection(String name) {
        counts.putIfAbsent(counted(name), 0L);
    }

    void add(String collection, String key, String value) {
        MessageDigest record = ContentDigest.sha256();
        ContentDigest.field(record, collection);
        ContentDigest.field(record, key);
        ContentDigest.field(record, value);
        sum.add(record.digest());
        counts.merge(counted(collection), 1L, Long::sum);
        records++;
        if (records - told == STEP) {
            tell();
        }
    }

    /** A graph counts by kind, and all that is no relationship or community is an entity. */
    private String counted(String collection) {
        boolean known = role != Role.GRAPH || collection.equals("relationships") || collection.equals("communities");
        return known ? collection : "entities";
    }

    void tell() {
        if (records > told) {
            progress.advance(records - told);
            told = records;
        }
    }

    StoreSummary summary() {
        return new StoreSummary(records, new StoreCounts(counts), sum.text(), List.of());
    }
}
