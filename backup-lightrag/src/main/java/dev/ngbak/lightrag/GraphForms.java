package dev.ngbak.lightrag;

import static dev.ngbak.layout.NeutralForm.named;
import static dev.ngbak.layout.NeutralForm.refusal;

import dev.ngbak.layout.NeutralForm;
import dev.ngbak.spi.RecordVisitor;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** LightRAG's graph. It is undirected. In the neutral form, a node lacks {@code entity_id}, which repeats its name. */
final class GraphForms {

    private static final String GRAPH = "chunk_entity_relation";
    private static final String TYPE = "DIRECTED";

    private GraphForms() {}

    private static Map<String, Object> withoutName(String name, Map<String, Object> properties) {
        Map<String, Object> rest = new LinkedHashMap<>(properties);
        Object repeated = rest.remove(LightRagRecords.ENTITY_ID);
        if (repeated != null && !repeated.equals(name)) {
            throw refusal(named("node", name), "has the different entity_id " + named("text", repeated));
        }
        return rest;
    }

    /** Returns properties as LightRAG orders them. */
    private static Map<String, Object> withName(String name, Map<String, Object> properties) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put(LightRagRecords.ENTITY_ID, name);
        all.putAll(properties);
        return all;
    }

    /** A GraphML file of NetworkX. */
    static final class Files implements NeutralForm {

        @Override
        public boolean hasUniqueNodes() {
            return true;
        }

        @Override
        public RecordVisitor decoder(RecordVisitor neutral, Losses losses) {
            return new RecordVisitor() {
                @Override
                public void graph(String name, boolean directed) {
                    if (!name.equals(GRAPH) || directed) {
                        throw refusal(
                                named("graph", name),
                                directed ? "is directed" : "is not " + GRAPH + ", the only one that LightRAG reads");
                    }
                }

                @Override
                public void node(long number, String id, Collection<String> labels, Map<String, Object> properties)
                        throws IOException {
                    neutral.node(number, id, List.of(), withoutName(id, properties));
                }

                @Override
                public void relationship(long from, long to, String type, Map<String, Object> properties)
                        throws IOException {
                    neutral.relationship(from, to, "", properties);
                }

                @Override
                public void other(String what) {
                    losses.note(NO_RECORD, what);
                }
            };
        }

        @Override
        public RecordVisitor encoder(RecordVisitor backend) {
            return new RecordVisitor() {
                private boolean begun;

                @Override
                public void node(long number, String id, Collection<String> labels, Map<String, Object> properties)
                        throws IOException {
                    if (!begun) {
                        begun = true;
                        backend.graph(GRAPH, false);
                    }
                    backend.node(number, id, labels, withName(id, properties));
                }

                @Override
                public void relationship(long from, long to, String type, Map<String, Object> properties)
                        throws IOException {
                    backend.relationship(from, to, type, properties);
                }
            };
        }
    }

    /** Nodes with the workspace as their label, which the plugin adds. */
    static final class Neo4j implements NeutralForm {

        @Override
        public RecordVisitor decoder(RecordVisitor neutral, Losses losses) {
            return new RecordVisitor() {
                @Override
                public void node(long number, String id, Collection<String> labels, Map<String, Object> properties)
                        throws IOException {
                    if (id == null) {
                        throw refusal("a node with the properties " + properties.keySet(), "has no entity_id");
                    }
                    if (labels.size() > 1) {
                        losses.note("labels other than the workspace are left out, which LightRAG does not read", id);
                    }
                    neutral.node(number, id, List.of(), withoutName(id, properties));
                }

                @Override
                public void relationship(long from, long to, String type, Map<String, Object> properties)
                        throws IOException {
                    if (type.equals(TYPE)) {
                        neutral.relationship(from, to, "", properties);
                    } else {
                        losses.note("relationships of a type that LightRAG does not read are left out", type);
                    }
                }

                @Override
                public void other(String what) {
                    losses.note(NO_RECORD, what);
                }
            };
        }

        @Override
        public RecordVisitor encoder(RecordVisitor backend) {
            return new RecordVisitor() {
                @Override
                public void node(long number, String id, Collection<String> labels, Map<String, Object> properties)
                        throws IOException {
                    backend.node(number, id, labels, withName(id, properties));
                }

                @Override
                public void relationship(long from, long to, String type, Map<String, Object> properties)
                        throws IOException {
                    backend.relationship(from, to, TYPE, properties);
                }
            };
        }
    }
}
