package dev.ngbak.check;

import static dev.ngbak.check.Tables.EXISTS;
import static dev.ngbak.check.Tables.IN_GRAPH;
import static dev.ngbak.check.Tables.NAME;
import static dev.ngbak.check.Tables.NODE_COUNT;
import static dev.ngbak.check.Tables.OTHER_END;
import static dev.ngbak.check.Tables.RELATIONSHIP_COUNT;
import static dev.ngbak.check.Tables.TYPED;

import dev.ngbak.check.Findings.RecordType;
import dev.ngbak.engine.Sizes;
import dev.ngbak.layout.CheckRule.Id;
import dev.ngbak.layout.RecordInterpreter;
import dev.ngbak.layout.RecordInterpreter.EntryKind;
import dev.ngbak.layout.RecordInterpreter.Node;
import dev.ngbak.layout.RecordInterpreter.Relationship;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.support.TempFiles;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Checks nodes, relationships and communities. */
final class GraphChecker implements RecordVisitor, Closeable {

    /** Limits the memory for a graph whose nodes differ in their levels by accident or malice. */
    private static final int MAX_LEVELS = 1_000;

    /** The nodes that have the same number of levels. */
    private static final class Level {
        private final String firstNode;
        private long nodes;

        Level(String firstNode) {
            this.firstNode = firstNode;
        }
    }

    private final RecordInterpreter interpreter;
    private final Findings findings;
    private final IdTable.Names names;
    private final IdTable chunks;
    private final IdTable reports;
    private final IdTable nodes;
    private final IdTable numbers;
    private final IdTable relationships;
    private final Map<Integer, Level> levels = new TreeMap<>();

    /** The rule, the number of the node, that of the relationship's other node if there is one, and the key of the chunk. */
    private final LateReferences late;

    GraphChecker(RecordInterpreter interpreter, Tables tables, Findings findings, TempFiles files) {
        this.interpreter = interpreter;
        this.findings = findings;
        this.names = tables.names();
        this.chunks = tables.chunks();
        this.reports = tables.reports();
        this.nodes = tables.nodes();
        this.numbers = tables.numbers();
        this.relationships = tables.relationships();
        this.late = new LateReferences(files);
    }

    @Override
    public void node(long number, String id, Collection<String> labels, Map<String, Object> properties)
            throws IOException {
        findings.count(RecordType.NODES);
        Node node = interpreter.node(id, labels, properties);
        String name = node.name().orElse("a node without an id");
        addNumber(number, name);
        if (node.name().isPresent()) {
            addName(name, node.typed());
        }
        checkChunks(Id.NODE_CHUNKS_EXIST, node.chunks(), number, number);
        for (String community : node.communities()) {
            reports.set(reports.add(community), IN_GRAPH);
        }
        if (node.levels().isPresent()) {
            addLevel(node.levels().getAsInt(), name);
        }
    }

    private void addNumber(long number, String name) throws IOException {
        int slot = numbers.add(number, 0);
        numbers.set(slot, EXISTS);
        numbers.put(slot, NAME, names.add(name));
    }

    private void addName(String name, boolean typed) throws IOException {
        findings.look(Id.NODE_NAME_IS_UNIQUE);
        int slot = nodes.add(name);
        nodes.set(slot, EXISTS);
        if (typed) {
            nodes.set(slot, TYPED);
        }
        nodes.add(slot, NODE_COUNT, 1);
    }

    private void checkChunks(Id rule, List<String> keys, long from, long to) throws IOException {
        for (String key : keys) {
            findings.look(rule);
            if (!chunkExists(key)) {
                late.add(out -> {
                    out.writeBoolean(rule == Id.NODE_CHUNKS_EXIST);
                    out.writeLong(from);
                    out.writeLong(to);
                    LateReferences.write(out, key);
                });
            }
        }
    }

    private void finishChunk(DataInputStream in) throws IOException {
        boolean isOfNode = in.readBoolean();
        long from = in.readLong();
        long to = in.readLong();
        String key = LateReferences.read(in);
        if (!chunkExists(key)) {
            findings.violate(
                    isOfNode ? Id.NODE_CHUNKS_EXIST : Id.RELATIONSHIP_CHUNKS_EXIST,
                    () -> nodeName(from) + (isOfNode ? "" : " -> " + nodeName(to)) + " comes from " + key);
        }
    }

    private boolean chunkExists(String key) {
        int slot = chunks.find(key);
        return slot >= 0 && chunks.has(slot, EXISTS);
    }

    private void addLevel(int count, String name) {
        findings.look(Id.NODES_HAVE_SAME_LEVELS);
        if (levels.size() < MAX_LEVELS || levels.containsKey(count)) {
            levels.computeIfAbsent(count, any -> new Level(name)).nodes++;
        }
    }

    @Override
    public void relationship(long from, long to, String type, Map<String, Object> properties) throws IOException {
        findings.count(RecordType.RELATIONSHIPS);
        Relationship relationship = interpreter.relationship(type, properties);
        // Relationships of another program may lead out of the graph.
        if (relationship.own()) {
            findings.look(Id.RELATIONSHIP_ENDS_EXIST);
            addEnd(from, to);
            addEnd(to, from);
            addKey(from, to);
        }
        checkChunks(Id.RELATIONSHIP_CHUNKS_EXIST, relationship.chunks(), from, to);
    }

    /** Remembers a node that was not visited yet, and the other end, whose name describes the relationship. */
    private void addEnd(long number, long other) throws IOException {
        int slot = numbers.find(number);
        if (slot < 0 || !numbers.has(slot, EXISTS)) {
            slot = numbers.add(number, 0);
            numbers.add(slot, RELATIONSHIP_COUNT, 1);
            if (!numbers.has(slot, IN_GRAPH)) {
                numbers.set(slot, IN_GRAPH);
                numbers.put(slot, OTHER_END, other);
            }
        }
    }

    private void addKey(long from, long to) throws IOException {
        // The names are on disk, so they are read only for systems with such keys.
        if (interpreter.namespace(EntryKind.RELATIONSHIP_CHUNKS).isPresent()) {
            Optional<String> key = interpreter.relationshipKey(nodeName(from), nodeName(to));
            if (key.isPresent()) {
                relationships.set(relationships.add(key.get()), EXISTS);
            }
        }
    }

    private String nodeName(long number) throws IOException {
        int slot = numbers.find(number);
        return slot < 0 || !numbers.has(slot, EXISTS)
                ? "a node that is not in the graph"
                : names.get(numbers.get(slot, NAME));
    }

    /** Checks the rules that can be decided only after all stores were visited. */
    void finish() throws IOException {
        late.forEach(this::finishChunk);
        numbers.forEach(slot -> {
            if (!numbers.has(slot, EXISTS)) {
                findings.violate(
                        Id.RELATIONSHIP_ENDS_EXIST,
                        numbers.get(slot, RELATIONSHIP_COUNT),
                        () -> "a relationship of " + nodeName(numbers.get(slot, OTHER_END)));
            }
        });
        reports.forEach(this::finishReport);
        nodes.forEach(slot -> {
            long count = nodes.get(slot, NODE_COUNT);
            if (count > 1) {
                findings.violate(
                        Id.NODE_NAME_IS_UNIQUE, () -> nodes.name(slot) + " (" + Sizes.count(count, "nodes") + ")");
            }
        });
        finishLevels();
    }

    private void finishReport(int slot) throws IOException {
        boolean exists = reports.has(slot, EXISTS);
        boolean inGraph = reports.has(slot, IN_GRAPH);
        if (inGraph) {
            findings.look(Id.COMMUNITY_HAS_REPORT);
        }
        if (inGraph && !exists) {
            findings.violate(Id.COMMUNITY_HAS_REPORT, () -> reports.name(slot));
        } else if (exists && !inGraph) {
            findings.violate(Id.REPORT_HAS_COMMUNITY, () -> reports.name(slot));
        }
    }

    private void finishLevels() throws IOException {
        int usual = 0;
        long most = 0;
        for (var level : levels.entrySet()) {
            if (level.getValue().nodes > most) {
                usual = level.getKey();
                most = level.getValue().nodes;
            }
        }
        for (var level : levels.entrySet()) {
            if (level.getKey() != usual) {
                String found = level.getValue().firstNode + " has " + Sizes.count(level.getKey(), "levels");
                String text = found + ", most nodes have " + usual;
                findings.violate(Id.NODES_HAVE_SAME_LEVELS, level.getValue().nodes, () -> text);
            }
        }
    }

    @Override
    public void close() throws IOException {
        late.close();
    }
}
