package dev.ngbak.neo4j;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.RecordNames;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordHandler.Detail;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoredRecord;
import dev.ngbak.spi.support.MappedTable;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.SafeText;
import dev.ngbak.spi.support.TempFiles;
import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Turns a graph into records: hands each schema object, node and relationship to a {@link RecordHandler}, and then to the
 * receiver that writes it. Keeps the digest of each node on disk, because a relationship's canonical bytes contain those of
 * its nodes.
 */
final class Neo4jRecords implements GraphReceiver, AutoCloseable {

    /** The unit of progress. */
    static final String UNIT = "records";

    private static final String ENTITIES = "entities";
    private static final String RELATIONSHIPS = "relationships";
    private static final String COMMUNITIES = "communities";

    /**
     * The maximum number of communities that are counted, because each takes memory. No clustering makes more. The
     * limit is part of the format: see docs/FORMAT.md.
     */
    private static final int MAX_COMMUNITIES = 200_000;

    private static final int DIGEST_BYTES = 32;

    private final RecordHandler handler;
    private final Detail detail;
    private final ProgressMeter meter;
    private final GraphReceiver writer;
    private final RecordNames names;
    private final MappedTable nodeDigests;
    private final CanonicalRecord canonical = new CanonicalRecord();
    private final byte[] nodeDigest = new byte[DIGEST_BYTES];
    private final Set<Long> communities = new HashSet<>();
    private final Requirements requirements = new Requirements();

    /** @param writer receives each element after the handler */
    Neo4jRecords(RecordHandler handler, Settings settings, ProgressMeter meter, GraphReceiver writer)
            throws IOException {
        this.handler = handler;
        this.detail = handler.detail();
        this.meter = meter;
        this.writer = writer;
        this.names = GraphLayout.of(settings).names();
        handler.count(ENTITIES, 0);
        handler.count(RELATIONSHIPS, 0);
        this.nodeDigests = new MappedTable(TempFiles.of(settings), DIGEST_BYTES);
    }

    /** A record whose digest is known and whose content is shown on request. */
    private record GraphRecord(String countedAs, byte[] digest, Content content) implements StoredRecord {

        interface Content {
            void showTo(RecordVisitor visitor) throws IOException;
        }

        @Override
        public void show(RecordVisitor visitor) throws IOException {
            content.showTo(visitor);
        }
    }

    static StoreCounts counts(long entities, long relationships, long communities) {
        Map<String, Long> counts = new LinkedHashMap<>();
        counts.put(ENTITIES, entities);
        counts.put(RELATIONSHIPS, relationships);
        counts.put(COMMUNITIES, Math.min(communities, MAX_COMMUNITIES));
        return new StoreCounts(counts);
    }

    @Override
    public void expect(long records) throws IOException {
        if (!meter.isInBytes()) {
            meter.expect(records);
        }
        writer.expect(records);
    }

    /** Returns what the graph needs of a server. Notes the types of values if the handler wants digests; the reader adds the schema. */
    Requirements requirements() {
        return requirements;
    }

    @Override
    public void schema(SchemaObject object) throws IOException {
        if (!object.shared()) {
            byte[] digest = isDigested() ? object.canonical(canonical).digest() : null;
            handler.add(new GraphRecord(null, digest, visitor -> visitor.other("the " + object.displayName())));
        }
        writer.schema(object);
    }

    @Override
    public void node(long number, List<String> labels, Map<String, Object> properties) throws IOException {
        byte[] digest = null;
        if (isDigested()) {
            check(properties, () -> "a node with the labels " + quoted(labels) + id(properties));
            digest = canonical.begin('n').sorted(labels).map(properties).digest();
            nodeDigests.put(number, digest);
        }
        handler.add(new GraphRecord(ENTITIES, digest, visitor -> show(visitor, names, number, labels, properties)));
        if (names.communityIds().map(properties::get).orElse(null) instanceof List<?> levels
                && !levels.isEmpty()
                && levels.get(levels.size() - 1) instanceof Long community
                && communities.size() < MAX_COMMUNITIES) {
            communities.add(community);
        }
        writer.node(number, labels, properties);
        meter.record(size(properties));
    }

    @Override
    public void relationship(String type, long from, long to, Map<String, Object> properties) throws IOException {
        byte[] digest = null;
        if (isDigested()) {
            check(properties, () -> "a relationship of the type " + SafeText.quoted(type));
            canonical.begin('r').field(type).map(properties);
            nodeDigests.get(from, nodeDigest);
            canonical.raw(nodeDigest);
            nodeDigests.get(to, nodeDigest);
            digest = canonical.raw(nodeDigest).digest();
        }
        handler.add(new GraphRecord(
                RELATIONSHIPS, digest, visitor -> visitor.relationship(from, to, type, showable(properties))));
        writer.relationship(type, from, to, properties);
        meter.record(size(properties));
    }

    /** Returns whether the handler wants relationships that cross the border of the scope. They are not records. */
    boolean wantsCrossingRelationships() {
        return detail == Detail.CONTENT;
    }

    /**
     * Shows a relationship that crosses the border of the scope, without counting or writing it.
     *
     * @param from the number of the start node; negative for one that is not in scope
     * @param to the number of the end node; negative for one that is not in scope
     */
    void crossingRelationship(String type, long from, long to, Map<String, Object> properties) throws IOException {
        handler.add(new GraphRecord(null, null, visitor -> visitor.relationship(from, to, type, showable(properties))));
        meter.bytes(approximateSize(properties));
    }

    void warn(String sentence) {
        handler.warn(sentence);
    }

    /** Completes the counts. Call it after the last relationship. */
    void finish() {
        handler.count(COMMUNITIES, communities.size());
        meter.flush();
    }

    /** Notes the types of values, and refuses those that no archive can contain. */
    private void check(Map<String, Object> properties, Supplier<String> owner) {
        properties.forEach((name, value) -> {
            PropertyType type = PropertyType.of(value);
            if (type == PropertyType.UNSUPPORTED) {
                throw Neo4jErrors.unsupportedValue(name, owner.get(), value);
            }
            requirements.add(type);
        });
    }

    private static String quoted(List<String> labels) {
        return labels.stream().map(SafeText::quoted).collect(Collectors.joining(", "));
    }

    private String id(Map<String, Object> properties) {
        return idOf(names, properties)
                .map(id -> " and the id " + SafeText.quoted(id))
                .orElse("");
    }

    private static Optional<String> idOf(RecordNames names, Map<String, Object> properties) {
        return names.nodeIds().stream()
                .map(properties::get)
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .findFirst();
    }

    /** Returns the size of the current record: exact if its canonical bytes were made, otherwise approximate. */
    private int size(Map<String, Object> properties) {
        return isDigested() ? canonical.size() : approximateSize(properties);
    }

    private boolean isDigested() {
        return detail.hasDigests();
    }

    static void show(
            RecordVisitor visitor, RecordNames names, long number, List<String> labels, Map<String, Object> properties)
            throws IOException {
        visitor.node(number, idOf(names, properties).orElse(null), labels, showable(properties));
    }

    private static Map<String, Object> showable(Map<String, Object> properties) {
        Map<String, Object> showable = new LinkedHashMap<>(properties);
        showable.replaceAll((name, value) -> value instanceof String text && text.length() > RecordVisitor.MAX_LENGTH
                ? RecordVisitor.TOO_LONG
                : value);
        return showable;
    }

    /** Returns the approximate size of properties in bytes. */
    static int approximateSize(Map<String, Object> properties) {
        long size = 0;
        for (var property : properties.entrySet()) {
            size += property.getKey().length() + approximateSize(property.getValue());
        }
        return (int) Math.min(size, Integer.MAX_VALUE);
    }

    private static long approximateSize(Object value) {
        if (value instanceof String text) {
            return text.length();
        }
        if (value instanceof byte[] bytes) {
            return bytes.length;
        }
        if (value instanceof List<?> list) {
            long size = 0;
            for (Object element : list) {
                size += approximateSize(element);
            }
            return size;
        }
        return Long.BYTES;
    }

    @Override
    public void close() throws IOException {
        nodeDigests.close();
    }
}
