package dev.ngbak.neo4j;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a graph from the statements that APOC exports: schema, lists of nodes, lists of relationships, and the removal of the
 * artificial keys. Each statement must have exactly the shape that APOC gives it.
 */
final class ApocReader {

    /** The label and the property by which APOC identifies nodes that no constraint identifies. */
    static final String IMPORT_LABEL = "UNIQUE IMPORT LABEL";

    private static final String IMPORT_ID = "UNIQUE IMPORT ID";
    private static final String IMPORT_CONSTRAINT = "UNIQUE_IMPORT_NAME";

    /** The tool exports lists of 20. */
    private static final int MAX_ROWS = 1_000;

    private final ApocText text;
    private final ApocValues values;
    private final Receiver receiver;
    private boolean hasNodes;
    private boolean hasRelationships;

    /** Receives the parts of a graph, in the order of the text. */
    interface Receiver {

        void schema(SchemaObject object) throws IOException;

        /** @param labels with that of the key, unless the key is artificial */
        void node(Key key, List<String> labels, Map<String, Object> properties) throws IOException;

        /** Takes note that no node follows. Returns false if two nodes have the same key. */
        boolean endNodes() throws IOException;

        /** @return false if a key is not that of a node */
        boolean relationship(Key from, String type, Key to, Map<String, Object> properties) throws IOException;
    }

    /** Identifies a node within the text. */
    record Key(String label, Map<String, Object> properties) {

        boolean isArtificial() {
            return label.equals(IMPORT_LABEL);
        }
    }

    /** An element of a list: a node has a key, a relationship has the keys of two nodes. */
    private record Row(Map<String, Object> key, Map<String, Object> endKey, Map<String, Object> properties) {}

    private ApocReader(ApocText text, Receiver receiver) {
        this.text = text;
        this.values = new ApocValues(text);
        this.receiver = receiver;
    }

    static void read(InputStream utf8, Receiver receiver) throws IOException {
        ApocText text = new ApocText(utf8);
        new ApocReader(text, receiver).read();
    }

    private void read() throws IOException {
        while (!text.isAtEnd()) {
            text.beginStatement();
            if (text.accept("UNWIND [")) {
                readList();
            } else if (text.accept("CREATE ")) {
                SchemaObject object = ApocSchema.read(text);
                require(!hasNodes && !hasRelationships);
                if (!object.name().equals(IMPORT_CONSTRAINT)) {
                    receiver.schema(object);
                }
            } else if (text.accept("MATCH (n:")) {
                skipCleanUp();
            } else if (!text.accept(":begin\n")
                    && !text.accept(":commit\n")
                    && !text.accept("CALL db.awaitIndexes(300);\n")
                    && !text.accept("DROP CONSTRAINT " + IMPORT_CONSTRAINT + ";\n")) {
                throw text.refused("where a statement is expected");
            }
        }
        endNodes();
    }

    private void endNodes() throws IOException {
        if (!hasRelationships && !receiver.endNodes()) {
            throw text.refused("behind nodes of which two have the same key");
        }
        hasRelationships = true;
    }

    private void readList() throws IOException {
        List<Row> rows = new ArrayList<>();
        do {
            rows.add(row());
            if (rows.size() > MAX_ROWS) {
                throw text.refused("in a list of more than " + MAX_ROWS + " elements");
            }
        } while (text.accept(", "));
        text.expect("] AS row\n");
        if (rows.get(0).endKey() == null) {
            readNodes(rows);
        } else {
            readRelationships(rows);
        }
    }

    private Row row() throws IOException {
        text.expect("{");
        if (text.accept("start: {")) {
            Map<String, Object> start = values.map();
            text.expect(", end: {");
            Map<String, Object> end = values.map();
            text.expect(", properties:{");
            Map<String, Object> properties = values.map();
            text.expect("}");
            return new Row(start, end, properties);
        }
        Map<String, Object> key = new LinkedHashMap<>();
        while (!text.accept("properties:{")) {
            values.entry(text.name(), key);
            text.expect(", ");
        }
        Map<String, Object> properties = values.map();
        text.expect("}");
        return new Row(key, null, properties);
    }

    private void readNodes(List<Row> rows) throws IOException {
        text.expect("CREATE (n:");
        String label = text.name();
        Set<String> names = keyNames("row.");
        text.expect(") SET n += row.properties");
        List<String> labels = new ArrayList<>();
        if (!label.equals(IMPORT_LABEL)) {
            labels.add(label);
        }
        if (text.accept(" SET n:")) {
            do {
                labels.add(text.name());
            } while (text.accept(":"));
        }
        text.expect(";\n");
        require(!hasRelationships);
        hasNodes = true;
        for (Row row : rows) {
            require(row.endKey() == null && row.key().keySet().equals(names));
            Key key = new Key(label, row.key());
            Map<String, Object> properties = new LinkedHashMap<>();
            if (!key.isArtificial()) {
                properties.putAll(row.key());
            }
            properties.putAll(row.properties());
            receiver.node(key, labels, properties);
        }
    }

    private void readRelationships(List<Row> rows) throws IOException {
        text.expect("MATCH (start:");
        String startLabel = text.name();
        Set<String> startNames = keyNames("row.start.");
        text.expect(")\nMATCH (end:");
        String endLabel = text.name();
        Set<String> endNames = keyNames("row.end.");
        text.expect(")\nCREATE (start)-[r:");
        String type = text.name();
        text.expect("]->(end) SET r += row.properties;\n");
        endNodes();
        for (Row row : rows) {
            require(row.endKey() != null
                    && row.key().keySet().equals(startNames)
                    && row.endKey().keySet().equals(endNames));
            Key start = new Key(startLabel, row.key());
            Key end = new Key(endLabel, row.endKey());
            if (!receiver.relationship(start, type, end, row.properties())) {
                throw text.refused("behind a relationship of a node that the text does not contain");
            }
        }
    }

    /** Reads a map such as <code>{id: row.id}</code>. Returns the names in the rows. */
    private Set<String> keyNames(String prefix) throws IOException {
        text.expect("{");
        Set<String> names = new LinkedHashSet<>();
        do {
            String property = text.name();
            text.expect(": " + prefix);
            String name = text.name();
            require(name.equals(property.equals(IMPORT_ID) ? "_id" : property));
            names.add(name);
        } while (text.accept(", "));
        text.expect("}");
        return names;
    }

    private void skipCleanUp() throws IOException {
        require(text.name().equals(IMPORT_LABEL));
        text.expect(")  WITH n LIMIT ");
        text.name();
        text.expect(" REMOVE n:");
        require(text.name().equals(IMPORT_LABEL));
        text.expect(" REMOVE n.");
        require(text.name().equals(IMPORT_ID));
        text.expect(";\n");
    }

    private void require(boolean isExpected) {
        if (!isExpected) {
            throw text.refused("behind a statement whose parts do not belong together");
        }
    }
}
