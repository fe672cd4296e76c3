package dev.ngbak.engine;

import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import java.util.LinkedHashMap;
import java.util.Map;

/** What stores hold, in the words of a GraphRAG system: the manifest's statistics. */
final class Statistics {

    private Statistics() {}

    /**
     * @param counts by role; a role that is not there counts nothing
     * @return {@code documents entities relationships communities chunks community_reports}, then {@code
     *     vectors.<collection>} and {@code kv.<namespace>}
     */
    static Map<String, Long> of(Map<Role, StoreCounts> counts) {
        Map<String, Long> graph =
                counts.getOrDefault(Role.GRAPH, StoreCounts.NONE).counts();
        Map<String, Long> kv = counts.getOrDefault(Role.KV, StoreCounts.NONE).counts();
        long reports = kv.getOrDefault("community_reports", 0L);
        long communities = graph.getOrDefault("communities", 0L);
        Map<String, Long> statistics = new LinkedHashMap<>();
        statistics.put("documents", kv.getOrDefault("full_docs", 0L));
        statistics.put("entities", graph.getOrDefault("entities", 0L));
        statistics.put("relationships", graph.getOrDefault("relationships", 0L));
        // A graph without clustering has no communities of its own; the reports then tell how many there were.
        statistics.put("communities", communities > 0 ? communities : reports);
        statistics.put("chunks", kv.getOrDefault("text_chunks", 0L));
        statistics.put("community_reports", reports);
        counts.getOrDefault(Role.VECTOR, StoreCounts.NONE)
                .counts()
                .forEach((collection, count) -> statistics.put("vectors." + collection, count));
        kv.forEach((namespace, count) -> statistics.put("kv." + namespace, count));
        return statistics;
    }

    /**
     * What of an archive's statistics contradicts what it holds.
     *
     * @param claimed members that have no meaning here are passed over
     * @param counts of the roles whose counts are known; a role that the archive does not hold counts nothing
     * @return the first contradiction, for a person, or {@code null}
     */
    static String contradiction(Map<String, Long> claimed, Map<Role, StoreCounts> counts) {
        Map<String, Long> right = of(counts);
        for (var claim : claimed.entrySet()) {
            long found = right.getOrDefault(claim.getKey(), 0L);
            if (isTold(claim.getKey(), counts) && claim.getValue() != found) {
                return "its statistics say " + claim.getValue() + " " + claim.getKey() + ", and it holds " + found;
            }
        }
        return null;
    }

    /** Whether the counts of some roles tell a member of the statistics. */
    private static boolean isTold(String name, Map<Role, StoreCounts> counts) {
        return switch (name) {
            case "entities", "relationships" -> counts.containsKey(Role.GRAPH);
            case "documents", "chunks", "community_reports" -> counts.containsKey(Role.KV);
            case "communities" -> counts.containsKey(Role.GRAPH) && counts.containsKey(Role.KV);
            default ->
                (name.startsWith("vectors.") && counts.containsKey(Role.VECTOR))
                        || (name.startsWith("kv.") && counts.containsKey(Role.KV));
        };
    }
}
