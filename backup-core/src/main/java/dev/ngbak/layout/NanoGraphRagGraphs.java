package dev.ngbak.layout;

import static dev.ngbak.layout.NeutralForm.named;
import static dev.ngbak.layout.NeutralForm.refusal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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

    private static final String NAME = "id";
    private static final String LEVEL = "level";

    private static final ObjectMapper JSON = new ObjectMapper();

    private NanoGraphRagGraphs() {}

    /** A GraphML file of NetworkX. */
    static final class Files extends NeutralGraph.File {

        Files() {
            super("graph_chunk_entity_relation");
        }

        @Override
        public boolean isDirected() {
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
        protected Map<String, Object> decode(
                @Nullable String name, Collection<String> labels, Map<String, Object> properties, Losses losses) {
            if (properties.containsKey(NAME)) {
                throw refusal(named("node", name), "has the attribute " + NAME + ", which Neo4j needs for its name");
            }
            Map<String, Object> neutral = new LinkedHashMap<>(properties);
            Object clusters = neutral.remove(NanoGraphRagRecords.CLUSTERS);
            if (clusters != null) {
                neutral.put(NanoGraphRagRecords.COMMUNITY_IDS, communities(name, clusters));
            }
            return neutral;
        }

        @Override
        protected Map<String, Object> encode(String name, Map<String, Object> neutral) {
            Map<String, Object> attributes = new LinkedHashMap<>(neutral);
            if (attributes.get(NanoGraphRagRecords.COMMUNITY_IDS) instanceof List<?> communities) {
                attributes.remove(NanoGraphRagRecords.COMMUNITY_IDS);
                attributes.put(NanoGraphRagRecords.CLUSTERS, clusters(communities));
            }
            return attributes;
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
    static final class Neo4j extends NeutralGraph.Property {

        Neo4j() {
            super("RELATED");
        }

        @Override
        public boolean isDirected() {
            return true;
        }

        @Override
        protected Map<String, Object> decode(
                @Nullable String name, Collection<String> labels, Map<String, Object> properties, Losses losses) {
            if (name == null || !name.equals(properties.get(NAME))) {
                throw refusal("a node with the properties " + properties.keySet(), "has no " + NAME);
            }
            if (labels.size() > 2 || !labels.contains(typeLabel(properties.get(NanoGraphRagRecords.ENTITY_TYPE)))) {
                losses.note("labels that do not follow from the type of an entity are left out", name);
            }
            Map<String, Object> neutral = new LinkedHashMap<>(properties);
            neutral.remove(NAME);
            return neutral;
        }

        @Override
        protected Map<String, Object> encode(String name, Map<String, Object> neutral) {
            Map<String, Object> all = new LinkedHashMap<>();
            all.put(NAME, name);
            all.putAll(neutral);
            return all;
        }

        @Override
        protected List<String> labels(Map<String, Object> neutral) {
            return List.of(typeLabel(neutral.get(NanoGraphRagRecords.ENTITY_TYPE)));
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
