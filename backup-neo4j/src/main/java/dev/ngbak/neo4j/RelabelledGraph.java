package dev.ngbak.neo4j;

import dev.ngbak.layout.RecordRewriter;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * Hands a graph on with another label in place of the one that is its scope. Everything else stays as it is.
 *
 * @param scratch whether the graph is for a restore drill beside live data: without constraints and indexes that also apply to
 *     data out of scope, and without a name that a live one may have
 */
record RelabelledGraph(GraphReceiver target, String from, String to, RecordRewriter rewriter, boolean scratch)
        implements GraphReceiver {

    @Override
    public void expect(long records) throws IOException {
        target.expect(records);
    }

    @Override
    public void schema(SchemaObject object) throws IOException {
        if (scratch && object.shared()) {
            return;
        }
        boolean ofLabel = object.ofNodes() && object.tokens().contains(from);
        target.schema(ofLabel ? object.with(renamed(object.name()), relabelled(object.tokens())) : object);
    }

    private String renamed(String name) {
        String renamed = rewriter.indexName(name, from, to);
        return scratch && renamed.equals(name) ? to + "_" + name : renamed;
    }

    @Override
    public void node(long number, List<String> labels, Map<String, Object> properties) throws IOException {
        target.node(number, relabelled(labels), properties);
    }

    @Override
    public void relationship(String type, long from, long to, Map<String, Object> properties) throws IOException {
        target.relationship(type, from, to, properties);
    }

    /** A node that has both labels has the new one once. */
    private List<String> relabelled(List<String> labels) {
        return labels.stream()
                .map(label -> label.equals(from) ? to : label)
                .distinct()
                .toList();
    }
}
