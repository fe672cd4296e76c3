package dev.ngbak.neo4j;

import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What has passed so far: counts, communities, the digest, and the digest of each node for the relationships to come. */
final class GraphTally implements AutoCloseable {

    static final String ENTITIES = "entities";
    static final String RELATIONSHIPS = "relationships";
    static final String COMMUNITIES = "communities";

    /** The property in which the clustering leaves a node's communities, the one of the final level last. */
    static final String COMMUNITY_IDS = "communityIds";

    /** More than any clustering makes are not worth the memory of counting them. */
    static final int MOST_COMMUNITIES = 200_000;

    private static final int DIGEST = 32;

    private final ContentDigest sum = new ContentDigest();
    private final Canonical record = new Canonical();
    private final MappedTable nodes;
    private final Set<Long> communities = new HashSet<>();
    private final List<String> warnings = new ArrayList<>();
    private final byte[] digest = new byte[DIGEST];
    private long entities;
    private long relationships;
    private long schemaObjects;

    GraphTally() throws IOException {
        nodes = new MappedTable(DIGEST);
    }

    void schema(SchemaObject object) {
        schemaObjects++;
        if (!object.shared()) {
            sum.add(object.canonical(record).digest());
        }
    }

    /** @return about how many bytes it has */
    int node(List<String> labels, Map<String, Object> properties) throws IOException {
        byte[] digested = record.begin('n').sorted(labels).map(properties).digest();
        sum.add(digested);
        nodes.put(entities++, digested);
        if (properties.get(COMMUNITY_IDS) instanceof List<?> levels
                && !levels.isEmpty()
                && levels.get(levels.size() - 1) instanceof Long community
                && communities.size() < MOST_COMMUNITIES) {
            communities.add(community);
        }
        return record.size();
    }

    /** @return about how many bytes it has */
    int relationship(String type, long from, long to, Map<String, Object> properties) throws IOException {
        record.begin('r').field(type).map(properties);
        nodes.get(from, digest);
        record.raw(digest);
        nodes.get(to, digest);
        sum.add(record.raw(digest).digest());
        relationships++;
        return record.size();
    }

    void warn(String sentence) {
        warnings.add(sentence);
    }

    long entities() {
        return entities;
    }

    long relationships() {
        return relationships;
    }

    long schemaObjects() {
        return schemaObjects;
    }

    StoreSummary summary() {
        return new StoreSummary(
                entities + relationships, counts(entities, relationships, communities.size()), sum.text(), warnings);
    }

    static StoreCounts counts(long entities, long relationships, long communities) {
        Map<String, Long> counts = new LinkedHashMap<>();
        counts.put(ENTITIES, entities);
        counts.put(RELATIONSHIPS, relationships);
        counts.put(COMMUNITIES, Math.min(communities, MOST_COMMUNITIES));
        return new StoreCounts(counts);
    }

    @Override
    public void close() throws IOException {
        nodes.close();
    }
}
