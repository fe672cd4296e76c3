package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.support.Utf8;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/** Computes the SHA-256 of the canonical bytes of collections and points. docs/FORMAT.md defines them. Not thread-safe. */
final class CanonicalDigest {

    private final MessageDigest sha256 = ContentDigest.sha256();

    byte[] name(CollectionDefinition collection) {
        sha256.update((byte) 'c');
        ContentDigest.field(sha256, collection.name());
        return sha256.digest();
    }

    /**
     * Returns the digests of the vectors, the payload indexes, the aliases and the shard keys. Tuning parameters are left out, because a
     * newer server may have more of them.
     */
    List<byte[]> parts(CollectionDefinition collection) {
        List<byte[]> parts = new ArrayList<>();
        JsonNode params = collection.config().path("params");
        JsonNode vectors = params.path("vectors");
        if (vectors.has("size")) {
            parts.add(denseVector(collection.name(), "", vectors));
        } else {
            vectors.fields()
                    .forEachRemaining(
                            vector -> parts.add(denseVector(collection.name(), vector.getKey(), vector.getValue())));
        }
        params.path("sparse_vectors").fields().forEachRemaining(vector -> {
            begin('s', collection.name(), vector.getKey());
            ContentDigest.field(sha256, vector.getValue().path("modifier").asText("none"));
            parts.add(sha256.digest());
        });
        collection.schema().fields().forEachRemaining(index -> {
            begin('i', collection.name(), index.getKey());
            ContentDigest.field(sha256, index.getValue().path("data_type").asText());
            parts.add(sha256.digest());
        });
        for (String alias : collection.aliases()) {
            begin('a', collection.name(), alias);
            parts.add(sha256.digest());
        }
        for (ShardGroup group : collection.shardKeys()) {
            sha256.update((byte) 'h');
            ContentDigest.field(sha256, collection.name());
            json(group.key().json());
            parts.add(sha256.digest());
        }
        return parts;
    }

    private byte[] denseVector(String collection, String name, JsonNode vector) {
        begin('v', collection, name);
        ContentDigest.number(sha256, vector.path("size").asLong());
        ContentDigest.field(sha256, vector.path("distance").asText());
        ContentDigest.field(sha256, vector.path("datatype").asText("float32"));
        ContentDigest.field(
                sha256, vector.path("multivector_config").path("comparator").asText(""));
        return sha256.digest();
    }

    byte[] point(String collection, Point point) {
        if (point.shardKey().isPresent()) {
            sha256.update((byte) 'q');
            ContentDigest.field(sha256, collection);
            json(point.shardKey().get().json());
            ContentDigest.field(sha256, point.id());
        } else {
            begin('p', collection, point.id());
        }
        ContentDigest.number(sha256, point.vectors().size());
        for (String name : sorted(new ArrayList<>(point.vectors().keySet()))) {
            ContentDigest.field(sha256, name);
            vector(point.vectors().get(name));
        }
        json(point.payload());
        return sha256.digest();
    }

    private void begin(char tag, String collection, String name) {
        sha256.update((byte) tag);
        ContentDigest.field(sha256, collection);
        ContentDigest.field(sha256, name);
    }

    private void vector(PointVector vector) {
        sha256.update((byte) (vector.isSparse() ? 's' : vector.isMulti() ? 'm' : 'd'));
        if (vector.isSparse()) {
            ContentDigest.number(sha256, vector.indices().length);
            sha256.update(LittleEndian.bytes(vector.indices()));
        } else if (vector.isMulti()) {
            ContentDigest.number(sha256, vector.width());
        }
        ContentDigest.number(sha256, vector.values().length);
        sha256.update(LittleEndian.bytes(vector.values()));
    }

    private void json(JsonNode value) {
        switch (value.getNodeType()) {
            case OBJECT -> {
                List<String> names = new ArrayList<>();
                value.fieldNames().forEachRemaining(names::add);
                sha256.update((byte) 'o');
                ContentDigest.number(sha256, names.size());
                for (String name : sorted(names)) {
                    ContentDigest.field(sha256, name);
                    json(value.get(name));
                }
            }
            case ARRAY -> {
                sha256.update((byte) 'l');
                ContentDigest.number(sha256, value.size());
                value.forEach(this::json);
            }
            case STRING -> {
                sha256.update((byte) 't');
                ContentDigest.field(sha256, value.textValue());
            }
            case NUMBER -> {
                if (value.isIntegralNumber()) {
                    sha256.update((byte) 'n');
                    ContentDigest.field(sha256, value.bigIntegerValue().toString());
                } else {
                    sha256.update((byte) 'f');
                    ContentDigest.number(sha256, Double.doubleToRawLongBits(value.doubleValue()));
                }
            }
            case BOOLEAN -> sha256.update((byte) (value.booleanValue() ? '1' : '0'));
            case NULL, MISSING, BINARY, POJO -> sha256.update((byte) 'z');
        }
    }

    private static List<String> sorted(List<String> names) {
        names.sort(Utf8.BYTE_ORDER);
        return names;
    }
}
