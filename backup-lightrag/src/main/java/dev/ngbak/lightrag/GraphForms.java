package dev.ngbak.lightrag;

import static dev.ngbak.layout.NeutralForm.named;
import static dev.ngbak.layout.NeutralForm.refusal;

import dev.ngbak.layout.NeutralGraph;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** LightRAG's graph. It is undirected. In the neutral form, a node lacks {@code entity_id}, which repeats its name. */
final class GraphForms {

    private GraphForms() {}

    private static Map<String, Object> withoutName(@Nullable String name, Map<String, Object> properties) {
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
    static final class Files extends NeutralGraph.File {

        Files() {
            super("chunk_entity_relation");
        }

        @Override
        protected Map<String, Object> decode(
                @Nullable String name, Collection<String> labels, Map<String, Object> properties, Losses losses) {
            return withoutName(name, properties);
        }

        @Override
        protected Map<String, Object> encode(String name, Map<String, Object> neutral) {
            return withName(name, neutral);
        }
    }

    /** Nodes with the workspace as their label, which the plugin adds. */
    static final class Neo4j extends NeutralGraph.Property {

        Neo4j() {
            super("DIRECTED");
        }

        @Override
        protected Map<String, Object> decode(
                @Nullable String name, Collection<String> labels, Map<String, Object> properties, Losses losses) {
            if (name == null) {
                throw refusal("a node with the properties " + properties.keySet(), "has no entity_id");
            }
            if (labels.size() > 1) {
                losses.note("labels other than the workspace are left out, which LightRAG does not read", name);
            }
            return withoutName(name, properties);
        }

        @Override
        protected Map<String, Object> encode(String name, Map<String, Object> neutral) {
            return withName(name, neutral);
        }
    }
}
