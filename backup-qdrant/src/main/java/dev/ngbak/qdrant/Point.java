package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * One point.
 *
 * @param id an unsigned number of 64 bits in decimal, or a UUID in lower case
 * @param vectors by name; the unnamed one has the empty name
 */
record Point(String id, Map<String, Vector> vectors, ObjectNode payload) {

    /** Whether the id is a number; no UUID is without a hyphen. */
    boolean isNumbered() {
        return id.indexOf('-') < 0;
    }

    /** About how many bytes it takes: as many floats, and as much again for the rest. */
    long weight() {
        long weight = 64;
        for (Vector vector : vectors.values()) {
            weight += 4L * vector.values().length + (vector.isSparse() ? 4L * vector.indices().length : 0);
        }
        return weight;
    }
}
