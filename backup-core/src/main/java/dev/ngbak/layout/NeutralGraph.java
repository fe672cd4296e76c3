package dev.ngbak.layout;

import dev.ngbak.spi.RecordVisitor;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The neutral form of a graph, without the properties of nodes, in which systems differ. */
public abstract class NeutralGraph implements NeutralForm {

    private final String relationshipType;

    private NeutralGraph(String relationshipType) {
        this.relationshipType = relationshipType;
    }

    /**
     * Returns the neutral properties of a node of the backend.
     *
     * @param name as {@link RecordVisitor#node} shows it
     */
    protected abstract Map<String, Object> decode(
            @Nullable String name, Collection<String> labels, Map<String, Object> properties, Losses losses);

    /** Returns the properties that a node has in the backend. */
    protected abstract Map<String, Object> encode(String name, Map<String, Object> neutral);

    /** Returns the labels that a node has in the backend, except the one that is the scope. */
    protected List<String> labels(Map<String, Object> neutral) {
        return List.of();
    }

    /** Receives the graph to which the nodes of a file belong. */
    void checkGraph(String name, boolean directed) {}

    /** Announces the graph to which the nodes belong, before the first of them. */
    void beginGraph(RecordVisitor backend) throws IOException {}

    @Override
    public final RecordVisitor decoder(RecordVisitor neutral, Losses losses) {
        return new RecordVisitor() {
            @Override
            public void graph(String name, boolean directed) {
                checkGraph(name, directed);
            }

            @Override
            public void node(
                    long number, @Nullable String id, Collection<String> labels, Map<String, Object> properties)
                    throws IOException {
                neutral.node(number, id, List.of(), decode(id, labels, properties, losses));
            }

            @Override
            public void relationship(long from, long to, String type, Map<String, Object> properties)
                    throws IOException {
                if (type.equals(relationshipType)) {
                    neutral.relationship(from, to, "", properties);
                } else {
                    losses.note("relationships of a type that the system does not read are left out", type);
                }
            }

            @Override
            public void other(String what) {
                losses.note(NO_RECORD, what);
            }
        };
    }

    @Override
    public final RecordVisitor encoder(RecordVisitor backend) {
        return new RecordVisitor() {
            private boolean begun;

            @Override
            public void node(
                    long number, @Nullable String id, Collection<String> labels, Map<String, Object> properties)
                    throws IOException {
                if (!begun) {
                    begun = true;
                    beginGraph(backend);
                }
                backend.node(number, id, NeutralGraph.this.labels(properties), encode(id, properties));
            }

            @Override
            public void relationship(long from, long to, String type, Map<String, Object> properties)
                    throws IOException {
                backend.relationship(from, to, relationshipType, properties);
            }
        };
    }

    /** A GraphML file of NetworkX, whose relationships have no type. */
    public abstract static class File extends NeutralGraph {

        private final String graph;

        /** @param graph the name of the graph, the only one that the system reads */
        protected File(String graph) {
            super("");
            this.graph = graph;
        }

        @Override
        public final boolean hasUniqueNodes() {
            return true;
        }

        @Override
        final void checkGraph(String name, boolean directed) {
            if (!name.equals(graph) || directed) {
                throw NeutralForm.refusal(
                        NeutralForm.named("graph", name),
                        directed ? "is directed" : "is not " + graph + ", the only one that the system reads");
            }
        }

        @Override
        final void beginGraph(RecordVisitor backend) throws IOException {
            backend.graph(graph, false);
        }
    }

    /** A property graph. Its plugin adds the label that is the scope. */
    public abstract static class Property extends NeutralGraph {

        /** @param relationshipType the only type that the system reads */
        protected Property(String relationshipType) {
            super(relationshipType);
        }
    }
}
