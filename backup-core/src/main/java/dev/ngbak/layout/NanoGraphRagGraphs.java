package dev.ngbak.layout;

import static dev.ngbak.layout.NeutralForm.named;
import static dev.ngbak.layout.NeutralForm.refusal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ngbak.spi.RecordVisitor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The graph of nano-graphrag in files, and of its fork in Neo4j. In the neutral form, a node has its communities as a list of
 * numbers, the coarsest level first in files; the type of an entity is only a property.
 */
final class NanoGraphRagGraphs {

    private static final String GRAPH = "graph_chunk_entity_relation";
    private static final String TYPE = "RELATED";
    private static final String NAME = "id";
    private static final String LEVEL = "level";

    private static final ObjectMapper JSON = new ObjectMapper();

    private NanoGraphRagGraphs() {}

    /** A GraphML file of NetworkX. */
    static final class Files implements NeutralForm {

        @Override
        public boolean isDirected() {
            return true;
        }

        @Override
        public boolean hasUniqueNodes() {
            return true;
        }

        /** The fork writes a second node, of an unknown type, for an entity that it meets again in the same batch. */
        @Override
        public int rank(Map<String, Object> properties) {
            return typeLabel(properties.get(NanoGraphRagRecords.ENTITY_TYPE))
                            .equalsIgnoreCase(NanoGraphRagRecords.UNKNOWN_TYPE)
                    ? 0
                    : 1;
        }

        @Override
        public RecordVisitor decoder(RecordVisitor neutral, Losses losses) {
            return new RecordVisitor() {
                @Override
                public void graph(String name, boolean directed) {
                    if (!name.equals(GRAPH) || directed) {
                        throw refusal(
                                named("graph", name),
                                directed ? "is directed" : "is not " + GRAPH + ", the only one that the system reads");
                    }
                }

                @Override
                public void node(
                        long number, @Nullable String id, Collection<String> labels, Map<String, Object> properties)
                        throws IOException {
                    if (properties.containsKey(NAME)) {
                        throw refusal(
                                named("node", id), "has the attribute " + NAME + ", which Neo4j needs for its name");
                    }
                    Map<String, Object> rest = new LinkedHashMap<>(properties);
                    Object clusters = rest.remove(NanoGraphRagRecords.CLUSTERS);
                    if (clusters != null) {
                        rest.put(NanoGraphRagRecords.COMMUNITY_IDS, communities(id, clusters));
                    }
                    neutral.node(number, id, List.of(), rest);
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
                public void node(
                        long number, @Nullable String id, Collection<String> labels, Map<String, Object> properties)
                        throws IOException {
                    if (!begun) {
                        begun = true;
                        backend.graph(GRAPH, false);
                    }
                    Map<String, Object> attributes = new LinkedHashMap<>(properties);
                    if (attributes.get(NanoGraphRagRecords.COMMUNITY_IDS) instanceof List<?> communities) {
                        attributes.remove(NanoGraphRagRecords.COMMUNITY_IDS);
                        attributes.put(NanoGraphRagRecords.CLUSTERS, clusters(communities));
                    }
                    backend.node(number, id, labels, attributes);
                }

                @Override
                public void relationship(long from, long to, String type, Map<String, Object> properties)
                        throws IOException {
                    backend.relationship(from, to, type, properties);
                }
            };
        }
    }

    /** Returns the community on each level; the position in Neo4j's list is the level. */
    private static List<Long> communities(@Nullable String node, Object clusters) {
        List<Long> communities = new ArrayList<>();
        try {
            JsonNode levels = JSON.readTree(String.valueOf(clusters));
            for (JsonNode level : levels) {
                JsonNode community = level.path(NanoGraphRagRecords.CLUSTER);
                boolean isInOrder = level.path(LEVEL).isIntegralNumber()
                        && level.path(LEVEL).asLong() == communities.size()
                        && level.size() == 2
                        && community.canConvertToLong()
                        && community.isIntegralNumber();
                if (!isInOrder) {
                    throw unreadable(node);
                }
                communities.add(community.asLong());
            }
            if (!levels.isArray()) {
                throw unreadable(node);
            }
        } catch (JsonProcessingException e) {
            throw unreadable(node);
        }
        return communities;
    }

    private static RuntimeException unreadable(@Nullable String node) {
        return refusal(
                named("node", node), "has " + NanoGraphRagRecords.CLUSTERS + " that are not a list of levels from 0");
    }

    /** Spells clusters as Python's {@code json.dumps} does. */
    private static String clusters(List<?> communities) {
        StringBuilder json = new StringBuilder("[");
        for (int level = 0; level < communities.size(); level++) {
            json.append(level == 0 ? "" : ", ")
                    .append("{\"" + LEVEL + "\": ")
                    .append(level)
                    .append(", \"" + NanoGraphRagRecords.CLUSTER + "\": ")
                    .append(communities.get(level))
                    .append('}');
        }
        return json.append(']').toString();
    }

    /** Nodes with a namespace label, which the plugin adds, and a label for their type. */
    static final class Neo4j implements NeutralForm {

        @Override
        public boolean isDirected() {
            return true;
        }

        @Override
        public RecordVisitor decoder(RecordVisitor neutral, Losses losses) {
            return new RecordVisitor() {
                @Override
                public void node(
                        long number, @Nullable String id, Collection<String> labels, Map<String, Object> properties)
                        throws IOException {
                    if (id == null || !id.equals(properties.get(NAME))) {
                        throw refusal("a node with the properties " + properties.keySet(), "has no " + NAME);
                    }
                    if (labels.size() > 2
                            || !labels.contains(typeLabel(properties.get(NanoGraphRagRecords.ENTITY_TYPE)))) {
                        losses.note("labels that do not follow from the type of an entity are left out", id);
                    }
                    Map<String, Object> rest = new LinkedHashMap<>(properties);
                    rest.remove(NAME);
                    neutral.node(number, id, List.of(), rest);
                }

                @Override
                public void relationship(long from, long to, String type, Map<String, Object> properties)
                        throws IOException {
                    if (type.equals(TYPE)) {
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
        public RecordVisitor encoder(RecordVisitor backend) {
            return new RecordVisitor() {
                @Override
                public void node(
                        long number, @Nullable String id, Collection<String> labels, Map<String, Object> properties)
                        throws IOException {
                    Map<String, Object> all = new LinkedHashMap<>();
                    all.put(NAME, id);
                    all.putAll(properties);
                    backend.node(number, id, List.of(typeLabel(properties.get(NanoGraphRagRecords.ENTITY_TYPE))), all);
                }

                @Override
                public void relationship(long from, long to, String type, Map<String, Object> properties)
                        throws IOException {
                    backend.relationship(from, to, TYPE, properties);
                }
            };
        }
    }

    /** Returns the label that the fork derives from a type. */
    static String typeLabel(@Nullable Object type) {
        String label = type instanceof String text ? text.replaceAll("^\"+|\"+$", "") : "";
        label = label.replaceAll("[^A-Za-z0-9_]", "_");
        if (label.isEmpty()) {
            return NanoGraphRagRecords.UNKNOWN_TYPE;
        }
        return Character.isDigit(label.charAt(0)) ? "_" + label : label;
    }
}
