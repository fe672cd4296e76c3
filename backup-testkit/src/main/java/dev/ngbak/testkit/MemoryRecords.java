package dev.ngbak.testkit;

import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoredRecord;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;

/** Hands the records of one walk over {@link MemoryStorage} to a handler, whether they are live or archived. */
final class MemoryRecords {

    private static final String RELATIONSHIPS = "relationships";
    private static final String COMMUNITIES = "communities";

    private final Role role;
    private final RecordHandler records;
    private final ProgressMeter meter;
    private long nodes;

    MemoryRecords(Role role, RecordHandler records, ProgressMeter meter) {
        this.role = role;
        this.records = records;
        this.meter = meter;
        if (role == Role.GRAPH) {
            List.of("entities", RELATIONSHIPS, COMMUNITIES).forEach(name -> records.count(name, 0));
        }
    }

    /** Begins a collection. It is counted even if it is empty. */
    void begin(String collection) throws IOException {
        records.count(countedAs(collection), 0);
        records.add(new Collection(collection));
    }

    void add(String collection, String key, String value) throws IOException {
        records.add(new Entry(collection, key, value));
        meter.record(0);
    }

    void end() {
        meter.flush();
    }

    /** Returns the count that a collection belongs to. In a graph, all but relationships and communities are entities. */
    private String countedAs(String collection) {
        boolean known = role != Role.GRAPH || collection.equals(RELATIONSHIPS) || collection.equals(COMMUNITIES);
        return known ? collection : "entities";
    }

    private record Collection(String name) implements StoredRecord {
        @Override
        public String countedAs() {
            return null;
        }

        @Override
        public byte[] digest() {
            MessageDigest digest = ContentDigest.sha256();
            ContentDigest.field(digest, name);
            return digest.digest();
        }

        @Override
        public void show(RecordVisitor visitor) throws IOException {
            visitor.collection(name, Map.of());
        }
    }

    private final class Entry implements StoredRecord {
        private final String collection;
        private final String key;
        private final String value;

        Entry(String collection, String key, String value) {
            this.collection = collection;
            this.key = key;
            this.value = value;
        }

        @Override
        public String countedAs() {
            return MemoryRecords.this.countedAs(collection);
        }

        @Override
        public byte[] digest() {
            MessageDigest digest = ContentDigest.sha256();
            ContentDigest.field(digest, collection);
            ContentDigest.field(digest, key);
            ContentDigest.field(digest, value);
            return digest.digest();
        }

        @Override
        public void show(RecordVisitor visitor) throws IOException {
            switch (role) {
                case GRAPH -> visitor.node(nodes++, key, List.of(collection), Map.of("value", value));
                case VECTOR -> visitor.point(null, Map.of("id", key, "value", value), List.of());
                case KV -> visitor.entry(collection, key, value.getBytes(StandardCharsets.UTF_8), RecordVisitor.NEVER);
            }
        }
    }
}
