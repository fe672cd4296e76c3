package dev.ngbak.neo4j;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.StoreSchema;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordSource;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.NodeTable;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.SafeText;
import dev.ngbak.spi.support.TempFiles;
import dev.ngbak.spi.support.Utf8;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes a graph of another backend as an export of the configured scope would, with the schema that the system creates. */
final class GraphWriting {

    private static final String UNKNOWN = "unknown";

    private final Neo4jSettings settings;
    private final StoreSchema schema;

    /** The label that all nodes of the graph have. */
    private final String label;

    GraphWriting(Neo4jSettings settings) {
        GraphLayout layout = GraphLayout.of(settings.source());
        this.settings = settings;
        this.schema = layout.schema(Role.GRAPH, settings.source());
        this.label = settings.scope().isWholeDatabase()
                ? layout.scope(Role.GRAPH, settings.source()).name()
                : settings.scope().namespace();
    }

    StoreInfo write(RecordSource source, EntrySink sink, RecordHandler written, Progress progress) throws IOException {
        ProgressMeter meter = ProgressMeter.ofRecords(progress, Neo4jRecords.UNIT, () -> {});
        sink.put(GraphEntry.NAME, GraphEntry.SUFFIX, out -> {
            DumpWriter writer = new DumpWriter(out, UNKNOWN, settings.scope());
            try (NodeTable nodes = new NodeTable(TempFiles.of(settings.source()));
                    Neo4jRecords graph = new Neo4jRecords(written, settings.source(), meter, writer)) {
                graph.expect(source.expected());
                for (StoreSchema.Index index : schema.indexes()) {
                    graph.schema(index(index));
                }
                source.visit(new Visitor(nodes, graph));
                graph.finish();
            }
            writer.finish();
        });
        return new StoreInfo("Neo4j", UNKNOWN, DumpWriter.FORM, scope(), -1);
    }

    /** Leaves out the database if only the server decides which of several it is. */
    private Map<String, String> scope() {
        Map<String, String> scope = new LinkedHashMap<>();
        if (settings.databases().size() == 1) {
            scope.put(Neo4jSettings.DATABASE.name(), settings.database());
        }
        scope.put(Neo4jSettings.NAMESPACE.name(), settings.scope().namespace());
        return scope;
    }

    /** Gives an index without a name one like those that the server generates, because an archived index has a name. */
    private SchemaObject index(StoreSchema.Index index) {
        byte[] hash = ContentDigest.sha256()
                .digest((index.kind() + " " + label + " " + index.field()).getBytes(StandardCharsets.UTF_8));
        String name = index.name().isEmpty() ? "index_" + HexFormat.of().formatHex(hash, 0, 4) : index.name();
        return new SchemaObject(
                false,
                name,
                index.kind(),
                true,
                List.of(label),
                List.of(index.field()),
                "",
                index.options(),
                false,
                false);
    }

    private final class Visitor implements RecordVisitor {
        private final NodeTable nodes;
        private final Neo4jRecords graph;
        private boolean hasRelationships;

        Visitor(NodeTable nodes, Neo4jRecords graph) {
            this.nodes = nodes;
            this.graph = graph;
        }

        @Override
        public void node(long number, String id, Collection<String> labels, Map<String, Object> properties)
                throws IOException {
            String name = String.valueOf(id);
            long position = nodes.add(number, name);
            if (position < 0 || hasRelationships) {
                throw refused("the node " + SafeText.quoted(name) + " comes twice, or after a relationship");
            }
            check("the node " + SafeText.quoted(name), properties);
            List<String> all = new ArrayList<>(List.of(label));
            labels.stream().filter(other -> !other.equals(label)).forEach(all::add);
            graph.node(position, all, properties);
        }

        @Override
        public void relationship(long from, long to, String type, Map<String, Object> properties) throws IOException {
            long start = nodes.position(from);
            long end = nodes.position(to);
            if (start < 0 || end < 0) {
                throw refused("a relationship ends at a node that does not come before it");
            }
            hasRelationships = true;
            check("a relationship of the node " + SafeText.quoted(nodes.name(start)), properties);
            boolean turned = schema.relationshipsFromLesserName()
                    && Utf8.BYTE_ORDER.compare(nodes.name(start), nodes.name(end)) > 0;
            graph.relationship(type, turned ? end : start, turned ? start : end, properties);
        }
    }

    private static void check(String record, Map<String, Object> properties) {
        properties.forEach((name, value) -> {
            if (name.isEmpty() || !isSupported(value)) {
                throw refused(record + " has the property " + SafeText.quoted(name) + " with the value "
                        + SafeText.forMessage(String.valueOf(value)) + ", which Neo4j cannot hold");
            }
        });
    }

    /** Accepts a list if its elements have one type and are no lists. */
    private static boolean isSupported(Object value) {
        return value instanceof List<?> list
                ? list.stream().allMatch(GraphWriting::isSingle)
                        && list.stream().map(Object::getClass).distinct().count() <= 1
                : isSingle(value);
    }

    private static boolean isSingle(Object value) {
        return value instanceof String || value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    private static BackupException refused(String why) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                "The archive cannot be converted to Neo4j, because " + why,
                "Restore the archive into the kind of store that it was taken from");
    }
}
