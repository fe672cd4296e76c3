package dev.ngbak.spi;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The number of records in a store, by kind.
 *
 * <ul>
 *   <li>graph: {@code entities}, {@code relationships}, {@code communities} (distinct communities of the final level)
 *   <li>vector: one count for each collection, by its name
 *   <li>kv: one count for each namespace, by its name
 * </ul>
 */
public record StoreCounts(Map<String, Long> counts) {

    public static final StoreCounts NONE = new StoreCounts(Map.of());

    public StoreCounts {
        counts = Collections.unmodifiableMap(new LinkedHashMap<>(counts));
    }
}
