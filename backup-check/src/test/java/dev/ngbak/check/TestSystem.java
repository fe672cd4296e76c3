package dev.ngbak.check;

import dev.ngbak.engine.SystemRecords;
import dev.ngbak.layout.CheckRule.Id;
import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.RecordVisitor.Vector;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** A system in memory, whose records a test edits. */
final class TestSystem implements SystemRecords {

    static final String DOCUMENT = "doc-5eb63bbbe01eeed093cb22bb8f5acdc3";

    final Map<String, Map<String, String>> entries = new TreeMap<>();
    final List<Node> nodes = new ArrayList<>();
    final List<Edge> edges = new ArrayList<>();
    final Map<String, List<Point>> collections = new TreeMap<>();
    final Map<String, Map<String, Integer>> dimensions = new HashMap<>();
    final Map<Role, String> hidden = new EnumMap<>(Role.class);
    final Set<Role> changed = EnumSet.noneOf(Role.class);
    Settings settings = Settings.of(Map.of());

    record Node(long number, String id, List<String> labels, Map<String, Object> properties) {}

    record Edge(long from, long to, String type, Map<String, Object> properties) {}

    record Point(String id, Map<String, Object> payload, List<Vector> vectors) {}

    /** Returns a system as the fork of nano-graphrag writes it: one document, two chunks, entities and communities. */
    static TestSystem healthy() {
        TestSystem system = new TestSystem();
        system.entry("full_docs", DOCUMENT, "{\"content\": \"hello world\"}");
        system.chunk("hello world", 0);
        system.chunk("world", 1);
        system.entry("llm_response_cache", "0123", "{\"return\": \"42\", \"model\": \"none\"}");
        system.report("1", "\"ALICE\", \"BOB\"", "\"2\"");
        system.report("2", "\"ALICE\"", "");
        system.node(0, "ALICE", "PERSON", chunkKey("hello world") + "<SEP>" + chunkKey("world"));
        system.node(1, "BOB", "PERSON", chunkKey("world"));
        system.edge(0, 1, chunkKey("world"));
        system.entity("ALICE", 1, 0);
        system.entity("BOB", 0, 1);
        system.chunkPoint(chunkKey("hello world"));
        system.chunkPoint(chunkKey("world"));
        system.dimensions.put("here_entities", Map.of("dense", 2));
        system.dimensions.put("here_chunks", Map.of("dense", 2));
        return system;
    }

    static String key(String prefix, String text) {
        try {
            byte[] hash = MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8));
            return prefix + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static String chunkKey(String content) {
        return key("chunk-", DOCUMENT + "::" + content);
    }

    void entry(String namespace, String key, String value) {
        entries.computeIfAbsent(namespace, any -> new TreeMap<>()).put(key, value);
    }

    void chunk(String content, int index) {
        entry(
                "text_chunks",
                chunkKey(content),
                "{\"tokens\": 2, \"content\": \"" + content + "\", \"chunk_order_index\": " + index
                        + ", \"full_doc_id\": \"doc-0\", \"doc_id\": \"" + DOCUMENT + "\"}");
    }

    void report(String key, String nodeNames, String subCommunities) {
        entry(
                "community_reports",
                key,
                "{\"report_json\": {\"rating\": NaN}, \"title\": \"Cluster " + key
                        + "\", \"edges\": [[\"ALICE\", \"BOB\"]], \"nodes\": [" + nodeNames + "], \"chunk_ids\": [\""
                        + chunkKey("world") + "\"], \"sub_communities\": [" + subCommunities + "]}");
    }

    Node node(long number, String id, String type, String sources) {
        Node node = new Node(
                number,
                id,
                List.of("GraphRAG_chunk_entity_relation", type),
                new HashMap<>(Map.of("entity_type", type, "source_id", sources, "communityIds", List.of(2L, 1L))));
        nodes.add(node);
        return node;
    }

    void edge(long from, long to, String sources) {
        edges.add(new Edge(from, to, "RELATED", Map.of("source_id", sources, "weight", 1.0)));
    }

    void entity(String name, float... vector) {
        point("here_entities", "5c56c793-69f3-4fbf-87e6-c4bf54c28c26", entityPayload(name), vectors(vector));
    }

    static Map<String, Object> entityPayload(String name) {
        return Map.of("id", key("ent-", name), "entity_name", name);
    }

    void chunkPoint(String key) {
        point("here_chunks", null, Map.of("id", key, "doc_id", DOCUMENT), vectors(1, 0));
    }

    void point(String collection, String id, Map<String, Object> payload, List<Vector> vectors) {
        collections.computeIfAbsent(collection, any -> new ArrayList<>()).add(new Point(id, payload, vectors));
    }

    static List<Vector> vectors(float... dense) {
        return List.of(
                new Vector("sparse", new float[] {1, 1}, new int[] {7, -1}),
                new Vector("dense", dense, null),
                new Vector("sparse_name", new float[0], new int[0]));
    }

    CheckReport check() throws IOException {
        return ReferenceCheck.check(this, List.of());
    }

    CheckReport.Result check(Id rule) throws IOException {
        return check().result(rule);
    }

    /** Returns how often each broken rule is broken. */
    Map<Id, Long> broken() throws IOException {
        Map<Id, Long> broken = new EnumMap<>(Id.class);
        for (CheckReport.Result result : check().results()) {
            if (result.count() > 0) {
                broken.put(result.rule().id(), result.count());
            }
        }
        return broken;
    }

    @Override
    public Settings settings() {
        return settings;
    }

    @Override
    public Optional<String> visit(Role role, RecordVisitor visitor) throws IOException {
        if (hidden.containsKey(role)) {
            return Optional.of(hidden.get(role));
        }
        switch (role) {
            case GRAPH -> visitGraph(visitor);
            case VECTOR -> visitPoints(visitor);
            case KV -> visitEntries(visitor);
        }
        return Optional.empty();
    }

    private void visitEntries(RecordVisitor visitor) throws IOException {
        for (var namespace : entries.entrySet()) {
            for (var entry : namespace.getValue().entrySet()) {
                String value = entry.getValue();
                byte[] bytes = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
                visitor.entry(namespace.getKey(), entry.getKey(), bytes, RecordVisitor.NEVER);
            }
        }
    }

    private void visitGraph(RecordVisitor visitor) throws IOException {
        for (Node node : nodes) {
            visitor.node(node.number(), node.id(), node.labels(), node.properties());
        }
        for (Edge edge : edges) {
            visitor.relationship(edge.from(), edge.to(), edge.type(), edge.properties());
        }
    }

    private void visitPoints(RecordVisitor visitor) throws IOException {
        for (var collection : collections.entrySet()) {
            String name = collection.getKey();
            visitor.collection(name, dimensions.getOrDefault(name, Map.of()));
            for (Point point : collection.getValue()) {
                visitor.point(point.id(), point.payload(), point.vectors());
            }
        }
    }

    @Override
    public Optional<Lookup> lookup(Role role) {
        return Optional.empty();
    }

    @Override
    public Set<Role> changed() {
        return changed;
    }
}
