package dev.ngbak.lightrag;

import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.RecordVisitor.Vector;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Shows records to a visitor as a plugin shows those of a GraphRAG system.
 *
 * @param lightRag whether the system is LightRAG, not nano-graphrag
 * @param server whether the records are on a server, not in files
 */
record SystemStore(RecordVisitor visitor, boolean lightRag, boolean server) {

    static final float[] UNIT = {0.6f, 0.8f};

    /** The key of the entity ALICE, and the XXH64 of the key. */
    private static final String KEY = "ent-b6b818304a439f91fc90b3fe8dd35be8";

    private static final String KEY_HASH = "190136047363694829";

    private static final long NEVER_EXPIRES = RecordVisitor.NEVER;

    void graph() throws IOException {
        if (!server) {
            visitor.graph(lightRag ? "chunk_entity_relation" : "graph_chunk_entity_relation", false);
        }
    }

    void node(long number, String name, Map<String, Object> more, String... moreLabels) throws IOException {
        Map<String, Object> properties = new LinkedHashMap<>();
        if (lightRag) {
            properties.put("entity_id", name);
        } else if (server) {
            properties.put("id", name);
        }
        properties.put("entity_type", "geo");
        properties.putAll(more);
        List<String> labels = new ArrayList<>();
        if (server) {
            labels.addAll(lightRag ? List.of("base") : List.of("GraphRAG_chunk_entity_relation", "geo"));
            labels.addAll(Arrays.asList(moreLabels));
        }
        visitor.node(number, name, labels, properties);
    }

    void relationship(long from, long to, Map<String, Object> properties) throws IOException {
        visitor.relationship(from, to, server ? lightRag ? "DIRECTED" : "RELATED" : "", properties);
    }

    /** Shows the collection of entities. */
    void collection() throws IOException {
        visitor.collection(
                server ? lightRag ? "lightrag_vdb_entities_stub_2d" : "x_entities" : "entities", Map.of("", 2));
    }

    void point(Map<String, Object> more, Vector... vectors) throws IOException {
        point(KEY, lightRag ? Keys.pointId("_", KEY) : KEY_HASH, more, vectors);
    }

    /** @param id of the point on a server */
    void point(String key, String id, Map<String, Object> more, Vector... vectors) throws IOException {
        Map<String, Object> payload = new LinkedHashMap<>();
        payload.put("id", key);
        if (lightRag && server) {
            payload.put("workspace_id", "_");
        }
        payload.put("entity_name", "A");
        payload.putAll(more);
        visitor.point(server ? id : null, payload, List.of(vectors));
    }

    static Vector vector(float... values) {
        return new Vector("", values, null);
    }

    void entry(String key, String json) throws IOException {
        visitor.entry("full_docs", key, json.getBytes(StandardCharsets.UTF_8), NEVER_EXPIRES);
    }
}
