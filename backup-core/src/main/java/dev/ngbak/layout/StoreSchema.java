package dev.ngbak.layout;

import java.util.List;
import java.util.Map;

/**
 * What a system creates in a store on a server, except records.
 *
 * @param indexes in the order in which the system creates them
 * @param relationshipsFromLesserName whether the system writes each relationship from the node whose name comes first in the
 *     order of code points
 * @param collection the parameters of each collection, in the terms of the backend
 */
public record StoreSchema(List<Index> indexes, boolean relationshipsFromLesserName, Map<String, Object> collection) {

    /** No index, and the defaults of the server. */
    public static final StoreSchema NONE = new StoreSchema(List.of(), false, Map.of());

    public StoreSchema {
        indexes = List.copyOf(indexes);
        collection = Map.copyOf(collection);
    }

    /**
     * An index over all nodes, or over all points of a collection.
     *
     * @param kind in the terms of the backend, such as {@code RANGE} or {@code keyword}
     * @param name empty if the server chooses it
     * @param field the property of a node, or the member of a payload
     * @param options in the terms of the backend
     */
    public record Index(String kind, String name, String field, Map<String, Object> options) {

        public Index {
            options = Map.copyOf(options);
        }
    }
}
