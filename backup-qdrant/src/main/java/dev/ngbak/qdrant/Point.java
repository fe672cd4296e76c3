package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * A point of a collection.
 *
 * @param id an unsigned 64-bit number in decimal, or a UUID in lower case
 * @param vectors by name; the name of the unnamed vector is empty
 * @param shardKey empty unless the collection has custom sharding
 */
record Point(String id, Map<String, PointVector> vectors, ObjectNode payload, Optional<ShardKey> shardKey) {

    /** Makes a point without a shard key. */
    Point(String id, Map<String, PointVector> vectors, ObjectNode payload) {
        this(id, vectors, payload, Optional.empty());
    }

    /** Receives points. */
    @FunctionalInterface
    interface Consumer {
        void accept(Point point) throws IOException;
    }

    private static final long OVERHEAD_BYTES = 64;

    /** Returns whether an id is a number. Only a UUID contains a hyphen. */
    static boolean isNumeric(String id) {
        return id.indexOf('-') < 0;
    }

    /** Returns the approximate size in bytes: that of the vectors, and a fixed amount for the rest. */
    long approximateBytes() {
        long bytes = OVERHEAD_BYTES;
        for (PointVector vector : vectors.values()) {
            bytes += 4L * vector.values().length + (vector.isSparse() ? 4L * vector.indices().length : 0);
        }
        return bytes;
    }
}
