package dev.ngbak.layout;

import dev.ngbak.layout.RecordInterpreter.EntryKind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The statistics of a manifest. {@code docs/FORMAT.md} fixes their names and their order. */
public final class Statistics {

    private static final String DOCUMENTS = "documents";
    private static final String ENTITIES = "entities";
    private static final String RELATIONSHIPS = "relationships";
    private static final String COMMUNITIES = "communities";
    private static final String CHUNKS = "chunks";
    private static final String REPORTS = "community_reports";
    private static final String OF_COLLECTION = "vectors.";
    private static final String OF_NAMESPACE = "kv.";

    private Statistics() {}

    static Map<String, Long> of(RecordInterpreter records, Map<Role, StoreCounts> counts) {
        Map<String, Long> graph =
                counts.getOrDefault(Role.GRAPH, StoreCounts.NONE).counts();
        Map<String, Long> kv = counts.getOrDefault(Role.KV, StoreCounts.NONE).counts();
        long reports = count(records, EntryKind.COMMUNITY_REPORT, kv);
        long communities = graph.getOrDefault(COMMUNITIES, 0L);
        Map<String, Long> statistics = new LinkedHashMap<>();
        statistics.put(DOCUMENTS, count(records, EntryKind.DOCUMENT, kv));
        statistics.put(ENTITIES, graph.getOrDefault(ENTITIES, 0L));
        statistics.put(RELATIONSHIPS, graph.getOrDefault(RELATIONSHIPS, 0L));
        // A graph that does not store its clustering has no communities, so the reports are counted instead.
        statistics.put(COMMUNITIES, communities > 0 ? communities : reports);
        statistics.put(CHUNKS, count(records, EntryKind.CHUNK, kv));
        statistics.put(REPORTS, reports);
        counts.getOrDefault(Role.VECTOR, StoreCounts.NONE)
                .counts()
                .forEach((collection, count) -> statistics.put(OF_COLLECTION + collection, count));
        kv.forEach((namespace, count) -> statistics.put(OF_NAMESPACE + namespace, count));
        return statistics;
    }

    private static long count(RecordInterpreter records, EntryKind kind, Map<String, Long> kv) {
        return records.namespace(kind)
                .map(namespace -> kv.getOrDefault(namespace, 0L))
                .orElse(0L);
    }

    /**
     * Compares the statistics that an archive claims with its content.
     *
     * @param claimed the statistics in the manifest; unknown names are ignored
     * @param counts of the roles whose counts are known; a role that the archive does not contain counts as empty
     * @return the contradictions, as clauses about the archive
     */
    public static List<String> contradictions(
            GraphLayout layout, Map<String, Long> claimed, Map<Role, StoreCounts> counts) {
        Map<String, Long> right = layout.statistics(counts);
        List<String> contradictions = new ArrayList<>();
        for (var claim : claimed.entrySet()) {
            long found = right.getOrDefault(claim.getKey(), 0L);
            if (isKnown(claim.getKey(), counts) && claim.getValue() != found) {
                contradictions.add(
                        "its statistics say " + claim.getValue() + " " + claim.getKey() + ", but it contains " + found);
            }
        }
        return contradictions;
    }

    /** Returns whether the counts of these roles determine a statistic. */
    private static boolean isKnown(String name, Map<Role, StoreCounts> counts) {
        Set<Role> needed = roles(name);
        return !needed.isEmpty() && counts.keySet().containsAll(needed);
    }

    /** Returns the stores whose counts determine a statistic; empty if this version does not know its name. */
    public static Set<Role> roles(String name) {
        return switch (name) {
            case ENTITIES, RELATIONSHIPS -> Set.of(Role.GRAPH);
            case DOCUMENTS, CHUNKS, REPORTS -> Set.of(Role.KV);
            case COMMUNITIES -> Set.of(Role.GRAPH, Role.KV);
            default -> {
                if (name.startsWith(OF_COLLECTION)) {
                    yield Set.of(Role.VECTOR);
                }
                yield name.startsWith(OF_NAMESPACE) ? Set.of(Role.KV) : Set.of();
            }
        };
    }
}
