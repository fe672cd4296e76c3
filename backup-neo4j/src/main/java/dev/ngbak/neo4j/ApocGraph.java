package dev.ngbak.neo4j;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.SafeText;
import dev.ngbak.spi.support.TempFiles;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The graph in an archive of nano-graphrag's own backup tool, which is Cypher text of APOC. Hands it over in the terms of {@link
 * GraphReceiver}: nodes get numbers, schema of other parts of the database is left out.
 */
final class ApocGraph implements ApocReader.Receiver, AutoCloseable {

    /** Kinds whose configuration APOC does not export. */
    private static final Set<String> INCOMPLETE_KINDS = Set.of("FULLTEXT", "VECTOR");

    private static final int MAX_SCHEMA_OBJECTS = 1_000;

    /** The size of a node or relationship in the text, for an estimate of their number. */
    private static final int TYPICAL_BYTES = 700;

    private final GraphScope scope;
    private final GraphReceiver receiver;
    private final NodeKeys keys;
    private final List<SchemaObject> schema = new ArrayList<>();
    private final List<SchemaObject> leftOut = new ArrayList<>();
    private Set<String> commonLabels;
    private long nodes;

    private ApocGraph(GraphScope scope, GraphReceiver receiver, TempFiles files) throws IOException {
        this.scope = scope;
        this.receiver = receiver;
        this.keys = new NodeKeys(files);
    }

    /** Hands over the records, and warns of what the archive does not contain. */
    static void read(EntrySource source, Settings settings, RecordHandler records, Progress progress)
            throws IOException {
        ProgressMeter meter = ProgressMeter.ofRecords(progress, Neo4jRecords.UNIT, () -> {});
        GraphEntry.read(source, (entry, content) -> {
            try (Neo4jRecords graph = new Neo4jRecords(records, settings, meter, GraphReceiver.NONE)) {
                List<SchemaObject> leftOut = read(content, entry.size(), settings, graph).leftOut;
                graph.finish();
                if (!leftOut.isEmpty()) {
                    graph.warn(
                            "This schema in the archive is not restored, because it serves other data too, or because the"
                                    + " archive lacks its configuration: "
                                    + leftOut.stream()
                                            .map(SchemaObject::displayName)
                                            .collect(Collectors.joining(", ")) + ".");
                }
            }
        });
        records.warn(
                "The archive contains the graph without relationships to nodes of other labels; byte arrays in it have"
                        + " become lists of integers.");
    }

    /** Writes the graph in ngbak's own form. */
    static StoreInfo rewrite(
            EntrySource source, Settings settings, EntrySink sink, RecordHandler written, Progress progress)
            throws IOException {
        GraphScope scope = Neo4jSettings.scope(settings);
        ProgressMeter meter = ProgressMeter.ofRecords(progress, Neo4jRecords.UNIT, () -> {});
        List<SchemaObject> schema = new ArrayList<>();
        GraphEntry.read(
                source,
                (entry, content) -> sink.put(GraphEntry.NAME, GraphEntry.SUFFIX, out -> {
                    DumpWriter writer = new DumpWriter(out, "unknown", scope);
                    try (Neo4jRecords graph = new Neo4jRecords(written, settings, meter, writer)) {
                        ApocGraph read = read(content, entry.size(), settings, graph);
                        read.requireScope();
                        schema.addAll(read.schema);
                        graph.finish();
                    }
                    writer.finish();
                }));
        Map<String, String> description = new LinkedHashMap<>();
        description.put(Neo4jSettings.NAMESPACE.name(), scope.namespace());
        Requirements requirements = new Requirements();
        schema.forEach(object -> requirements.add(object, ServerVersion.UNKNOWN));
        description.putAll(requirements.scope());
        return new StoreInfo(Neo4jExport.PRODUCT, "unknown", DumpWriter.FORM, description, -1);
    }

    private static ApocGraph read(InputStream text, long bytes, Settings settings, GraphReceiver receiver)
            throws IOException {
        try (ApocGraph graph = new ApocGraph(Neo4jSettings.scope(settings), receiver, TempFiles.of(settings))) {
            receiver.expect(bytes / TYPICAL_BYTES);
            ApocReader.read(text, graph);
            return graph;
        }
    }

    /** The archive does not name its label, but all of its nodes have it. */
    private void requireScope() {
        if (nodes > 0 && (scope.isWholeDatabase() || !commonLabels.contains(scope.namespace()))) {
            String labels = commonLabels.stream().map(SafeText::quoted).collect(Collectors.joining(" and "));
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The nodes in the archive have the label " + labels + ", but " + Neo4jSettings.NAMESPACE.name()
                            + " selects " + scope.displayName()
                            + ". A system with this setting would not find the graph",
                    "Set " + Neo4jSettings.NAMESPACE.name() + " to the label of the archive's nodes");
        }
    }

    @Override
    public void schema(SchemaObject object) throws IOException {
        if (schema.size() + leftOut.size() == MAX_SCHEMA_OBJECTS) {
            throw Neo4jErrors.corruptArchive(
                    "The graph in the archive has more than " + MAX_SCHEMA_OBJECTS + " constraints and indexes");
        }
        boolean isOwn = object.ofNodes()
                && object.tokens().equals(List.of(scope.namespace()))
                && !INCOMPLETE_KINDS.contains(object.kind());
        (isOwn ? schema : leftOut).add(object);
        if (isOwn) {
            receiver.schema(object);
        }
    }

    @Override
    public void node(ApocReader.Key key, List<String> labels, Map<String, Object> properties) throws IOException {
        if (commonLabels == null) {
            commonLabels = new TreeSet<>(labels);
        } else {
            commonLabels.retainAll(labels);
        }
        keys.add(key);
        receiver.node(nodes++, labels, properties);
    }

    @Override
    public boolean endNodes() throws IOException {
        return keys.index();
    }

    @Override
    public boolean relationship(ApocReader.Key from, String type, ApocReader.Key to, Map<String, Object> properties)
            throws IOException {
        long start = keys.find(from);
        long end = keys.find(to);
        if (start < 0 || end < 0) {
            return false;
        }
        receiver.relationship(type, start, end, properties);
        return true;
    }

    @Override
    public void close() throws IOException {
        keys.close();
    }
}
