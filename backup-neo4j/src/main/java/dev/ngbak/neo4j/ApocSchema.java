package dev.ngbak.neo4j;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads the statements by which APOC exports constraints and indexes, each from behind {@code CREATE}. */
final class ApocSchema {

    private static final List<String> INDEXES = List.of("RANGE", "TEXT", "POINT", "FULLTEXT", "VECTOR");

    private final ApocText text;
    private boolean ofNodes;
    private final List<String> tokens = new ArrayList<>();
    private final List<String> properties = new ArrayList<>();

    private ApocSchema(ApocText text) {
        this.text = text;
    }

    static SchemaObject read(ApocText text) throws IOException {
        ApocSchema schema = new ApocSchema(text);
        return text.accept("CONSTRAINT ") ? schema.constraint() : schema.index();
    }

    private SchemaObject constraint() throws IOException {
        String name = text.name();
        text.expect(" FOR ");
        pattern("node");
        text.expect(" REQUIRE (");
        properties(ofNodes ? "node." : "rel.");
        text.expect(") ");
        String kind;
        if (text.accept("IS UNIQUE;\n")) {
            kind = "UNIQUENESS";
        } else if (text.accept("IS NODE KEY;\n")) {
            kind = "KEY";
        } else {
            text.expect("IS NOT NULL;\n");
            kind = "EXISTENCE";
        }
        return object(true, name, kind);
    }

    private SchemaObject index() throws IOException {
        String kind = text.name();
        if (!INDEXES.contains(kind)) {
            throw text.refused("behind an index of an unknown kind");
        }
        text.expect(" INDEX ");
        String name = text.accept("FOR ") ? "" : named();
        pattern("n");
        boolean fulltext = text.accept(" ON EACH [");
        if (!fulltext) {
            text.expect(" ON (");
        }
        properties(ofNodes ? "n." : "rel.");
        text.expect(fulltext ? "];\n" : ");\n");
        SchemaObject object = object(false, name.isEmpty() ? "index" : name, kind);
        // The server gave the index a name, but the text does not contain it. Two indexes differ in their shapes.
        return name.isEmpty() ? object(false, "index_" + object.shape().substring(0, 8), kind) : object;
    }

    private String named() throws IOException {
        String name = text.name();
        text.expect(" FOR ");
        return name;
    }

    /** Reads {@code (n:A|B)} or {@code ()-[rel:T|U]-()}. */
    private void pattern(String variable) throws IOException {
        ofNodes = !text.accept("()-[rel:");
        if (ofNodes) {
            text.expect("(" + variable + ":");
        }
        do {
            tokens.add(text.name());
        } while (text.accept("|"));
        text.expect(ofNodes ? ")" : "]-()");
    }

    private void properties(String variable) throws IOException {
        do {
            text.expect(variable);
            properties.add(text.name());
        } while (text.accept(", ") || text.accept(","));
    }

    private SchemaObject object(boolean constraint, String name, String kind) {
        return new SchemaObject(constraint, name, kind, ofNodes, tokens, properties, "", Map.of(), false, false);
    }
}
