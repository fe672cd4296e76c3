package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreSummary;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the collections that passed so far hold: points, and the digest. Its bytes are written down in docs/FORMAT.md. */
final class Tally {

    private final ContentDigest sum = new ContentDigest();
    private final MessageDigest record = ContentDigest.sha256();
    private final Map<String, Long> counts = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();

    /** Adds what a collection is. What only makes it faster or slower is left out: a newer server may have more of it. */
    void add(Definition collection) {
        counts.merge(collection.name(), 0L, Long::sum);
        record.update((byte) 'c');
        ContentDigest.field(record, collection.name());
        sum.add(record.digest());
        JsonNode params = collection.config().path("params");
        JsonNode vectors = params.path("vectors");
        if (vectors.has("size")) {
            vector(collection.name(), "", vectors);
        } else {
            vectors.fields().forEachRemaining(vector -> vector(collection.name(), vector.getKey(), vector.getValue()));
        }
        params.path("sparse_vectors").fields().forEachRemaining(vector -> {
            begin('s', collection.name(), vector.getKey());
            ContentDigest.field(record, vector.getValue().path("modifier").asText("none"));
            sum.add(record.digest());
        });
        collection.schema().fields().forEachRemaining(index -> {
            begin('i', collection.name(), index.getKey());
            ContentDigest.field(record, index.getValue().path("data_type").asText());
            sum.add(record.digest());
        });
        for (String alias : collection.aliases()) {
            begin('a', collection.name(), alias);
            sum.add(record.digest());
        }
    }

    private void vector(String collection, String name, JsonNode vector) {
        begin('v', collection, name);
        ContentDigest.number(record, vector.path("size").asLong());
        ContentDigest.field(record, vector.path("distance").asText());
        ContentDigest.field(record, vector.path("datatype").asText("float32"));
        ContentDigest.field(
                record, vector.path("multivector_config").path("comparator").asText(""));
        sum.add(record.digest());
    }

    private void begin(char tag, String collection, String name) {
        record.update((byte) tag);
        ContentDigest.field(record, collection);
        ContentDigest.field(record, name);
    }

    void add(String collection, Point point) {
        counts.merge(collection, 1L, Long::sum);
        begin('p', collection, point.id());
        ContentDigest.number(record, point.vectors().size());
        for (String name : sorted(point.vectors().keySet().stream().toList())) {
            ContentDigest.field(record, name);
            add(point.vectors().get(name));
        }
        add(point.payload());
        sum.add(record.digest());
    }

    private void add(Vector vector) {
        record.update((byte) (vector.isSparse() ? 's' : vector.isMulti() ? 'm' : 'd'));
        if (vector.isSparse()) {
            ContentDigest.number(record, vector.indices().length);
            record.update(LittleEndian.bytes(vector.indices()));
        } else if (vector.isMulti()) {
            ContentDigest.number(record, vector.width());
        }
        ContentDigest.number(record, vector.values().length);
        record.update(LittleEndian.bytes(vector.values()));
    }

    private void add(JsonNode value) {
        switch (value.getNodeType()) {
            case OBJECT -> {
                List<String> names = new ArrayList<>();
                value.fieldNames().forEachRemaining(names::add);
                record.update((byte) 'o');
                ContentDigest.number(record, names.size());
                for (String name : sorted(names)) {
                    ContentDigest.field(record, name);
                    add(value.get(name));
                }
            }
            case ARRAY -> {
                record.update((byte) 'l');
                ContentDigest.number(record, value.size());
                value.forEach(this::add);
            }
            case STRING -> {
                record.update((byte) 't');
                ContentDigest.field(record, value.textValue());
            }
            case NUMBER -> {
                if (value.isIntegralNumber()) {
                    record.update((byte) 'n');
                    ContentDigest.field(record, value.bigIntegerValue().toString());
                } else {
                    record.update((byte) 'f');
                    ContentDigest.number(record, Double.doubleToRawLongBits(value.doubleValue()));
                }
            }
            case BOOLEAN -> record.update((byte) (value.booleanValue() ? '1' : '0'));
            case NULL, MISSING, BINARY, POJO -> record.update((byte) 'z');
        }
    }

    /** By the bytes of their UTF-8, which every language can do alike. */
    private static List<String> sorted(List<String> names) {
        return names.stream()
                .sorted((one, other) -> Arrays.compareUnsigned(
                        one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8)))
                .toList();
    }

    void warn(String sentence) {
        warnings.add(sentence);
    }

    long count(String collection) {
        return counts.getOrDefault(collection, 0L);
    }

    StoreSummary summary() {
        long points = counts.values().stream().mapToLong(Long::longValue).sum();
        return new StoreSummary(points, new StoreCounts(counts), sum.text(), warnings);
    }
}
