package dev.ngbak.neo4j;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The configuration of an index, in words that mean the same to every release that has them.
 *
 * <p>Neo4j 2026.08 shows {@code vector.quantization.type} and {@code vector.default_search_expansion_factor} where earlier
 * releases show {@code vector.quantization.enabled}. It still accepts the old word, for the type that is its default. So a
 * configuration that the old word describes completely is written with it, and has the same digest on both.
 */
final class IndexConfig {

    private static final String ENABLED = "vector.quantization.enabled";
    private static final String TYPE = "vector.quantization.type";
    private static final String EXPANSION = "vector.default_search_expansion_factor";

    /** The expansion factor that Neo4j 2026.08 uses for each type of quantization if none is given. */
    private static final Map<String, Double> DEFAULT_EXPANSIONS = Map.of("NONE", 1.0, "SCALAR", 1.5, "BINARY", 3.0);

    private static final Map<String, Boolean> OLD_WORDS = Map.of("NONE", false, "BINARY", true);

    /** What Neo4j 5.26 accepts, for all kinds of indexes. */
    private static final Set<String> KNOWN_TO_ALL = Set.of(
            "vector.dimensions",
            "vector.similarity_function",
            "vector.hnsw.m",
            "vector.hnsw.ef_construction",
            ENABLED,
            "fulltext.analyzer",
            "fulltext.eventually_consistent",
            "spatial.cartesian.min",
            "spatial.cartesian.max",
            "spatial.cartesian-3d.min",
            "spatial.cartesian-3d.max",
            "spatial.wgs-84.min",
            "spatial.wgs-84.max",
            "spatial.wgs-84-3d.min",
            "spatial.wgs-84-3d.max");

    private IndexConfig() {}

    /** Returns a configuration as a server shows it, in the words of the oldest release that has words for all of it. */
    static Map<String, Object> of(Map<String, Object> shown) {
        Map<String, Object> config = new LinkedHashMap<>(shown);
        if (config.get(TYPE) instanceof String type && !config.containsKey(ENABLED)) {
            if (DEFAULT_EXPANSIONS.containsKey(type)
                    && DEFAULT_EXPANSIONS.get(type).equals(config.get(EXPANSION))) {
                config.remove(EXPANSION);
            }
            if (OLD_WORDS.containsKey(type) && !config.containsKey(EXPANSION)) {
                config.remove(TYPE);
                config.put(ENABLED, OLD_WORDS.get(type));
            }
        }
        return config;
    }

    /** Returns whether every release understands these words. */
    static boolean isKnownToAll(Collection<String> words) {
        return KNOWN_TO_ALL.containsAll(words);
    }
}
