package dev.ngbak.neo4j;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A constraint or an index. Two of the same shape, which is everything but the name, do the same.
 *
 * @param constraint whether it is one, or an index
 * @param name its name, which may be one that the server made up
 * @param kind {@code UNIQUENESS}, {@code KEY}, {@code EXISTENCE} or {@code TYPE}; or {@code RANGE}, {@code TEXT},
 *     {@code POINT}, {@code FULLTEXT} or {@code VECTOR}
 * @param ofNodes whether it is for nodes, or for relationships
 * @param tokens its labels or types
 * @param properties its properties, in order
 * @param propertyType the type that a constraint of kind {@code TYPE} asks for, else empty
 * @param config an index's configuration
 * @param shared whether it is for others too: then it is brought back where it is missing, but never dropped, and it is
 *     no part of the digest
 * @param failed whether it is an index that the server could not build, and so does not use
 */
record SchemaObject(
        boolean constraint,
        String name,
        String kind,
        boolean ofNodes,
        List<String> tokens,
        List<String> properties,
        String propertyType,
        Map<String, Object> config,
        boolean shared,
        boolean failed) {

    private static final String FAILED = "FAILED";

    SchemaObject {
        tokens = tokens.stream().sorted(Texts.BY_BYTES).toList();
        properties = List.copyOf(properties);
    }

    SchemaObject asShared() {
        return new SchemaObject(
                constraint, name, kind, ofNodes, tokens, properties, propertyType, config, true, failed);
    }

    /** Whether only Cypher 25, of Neo4j 2026.01 and later, can create it. */
    boolean needsCypher25() {
        return kind.equals("VECTOR") && (tokens.size() > 1 || properties.size() > 1);
    }

    /** What Community can hold; the other kinds of constraints need Enterprise. */
    boolean needsEnterprise() {
        return constraint && !kind.equals("UNIQUENESS");
    }

    /** Its kind as a person would say it. */
    String shown() {
        return (ofNodes ? "node " : "relationship ")
                + kind.toLowerCase(Locale.ROOT)
                + (constraint ? " constraint" : " index");
    }

    Canonical canonical(Canonical record) {
        record.begin(constraint ? 'C' : 'I')
                .field(kind)
                .tag(ofNodes ? 'n' : 'r')
                .sorted(tokens);
        record.number(properties.size());
        properties.forEach(record::field);
        return record.field(propertyType).map(config);
    }

    /** A key that two objects of the same shape share. */
    String shape() {
        return HexFormat.of().formatHex(canonical(new Canonical()).digest());
    }

    /** The command that creates it, with {@code $config} as its parameter; without a name, the server makes one up. */
    String create(boolean named) {
        String start = (needsCypher25() ? "CYPHER 25 " : "") + "CREATE "
                + (constraint ? "CONSTRAINT " : kind + " INDEX ")
                + (named ? Scope.quoted(name) + " " : "") + "IF NOT EXISTS FOR " + pattern();
        if (constraint) {
            return start + " REQUIRE (" + list(properties) + ") " + requirement();
        }
        String on =
                switch (kind) {
                    case "FULLTEXT" -> " ON EACH [" + list(properties) + "]";
                    case "VECTOR" -> {
                        // The first property holds the vector, and a search can be filtered by the others.
                        String filters = list(properties.subList(1, properties.size()));
                        yield " ON (" + list(properties.subList(0, 1)) + ")"
                                + (filters.isEmpty() ? "" : " WITH [" + filters + "]");
                    }
                    default -> " ON (" + list(properties) + ")";
                };
        return start + on + (config.isEmpty() ? "" : " OPTIONS {indexConfig: $config}");
    }

    private String requirement() {
        return switch (kind) {
            case "UNIQUENESS" -> "IS UNIQUE";
            case "KEY" -> ofNodes ? "IS NODE KEY" : "IS RELATIONSHIP KEY";
            case "EXISTENCE" -> "IS NOT NULL";
            default -> "IS :: " + propertyType;
        };
    }

    private String pattern() {
        String names = tokens.stream().map(Scope::quoted).collect(Collectors.joining("|"));
        return ofNodes ? "(x:" + names + ")" : "()-[x:" + names + "]-()";
    }

    private static String list(List<String> properties) {
        return properties.stream()
                .map(property -> "x." + Scope.quoted(property))
                .collect(Collectors.joining(", "));
    }

    void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField(constraint ? "constraint" : "index", kind);
        json.writeStringField("name", name);
        json.writeStringField("of", ofNodes ? "nodes" : "relationships");
        texts(json, "tokens", tokens);
        texts(json, "properties", properties);
        if (!propertyType.isEmpty()) {
            json.writeStringField("type", propertyType);
        }
        if (!config.isEmpty()) {
            json.writeFieldName("config");
            PropertyJson.writeMap(json, config);
        }
        if (shared) {
            json.writeBooleanField("shared", true);
        }
        if (failed) {
            json.writeStringField("state", FAILED);
        }
        json.writeEndObject();
    }

    private static void texts(JsonGenerator json, String name, List<String> texts) throws IOException {
        json.writeArrayFieldStart(name);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }

    /** Reads the rest of an object whose first member named its kind. */
    static SchemaObject read(JsonParser json, boolean constraint, String kind) throws IOException {
        String name = "";
        String of = "";
        List<String> tokens = List.of();
        List<String> properties = List.of();
        String type = "";
        Map<String, Object> config = Map.of();
        boolean shared = false;
        boolean failed = false;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String member = json.currentName();
            json.nextToken();
            switch (member) {
                case "name" -> name = json.getText();
                case "of" -> of = json.getText();
                case "tokens" -> tokens = DumpReader.texts(json);
                case "properties" -> properties = DumpReader.texts(json);
                case "type" -> type = json.getText();
                case "config" -> config = PropertyJson.readMap(json);
                case "shared" -> shared = json.getBooleanValue();
                case "state" -> failed = FAILED.equals(json.getText());
                default -> json.skipChildren();
            }
        }
        SchemaObject object = new SchemaObject(
                constraint, name, kind, of.equals("nodes"), tokens, properties, type, config, shared, failed);
        if (!object.isCarried() || !List.of("nodes", "relationships").contains(of)) {
            throw new Malformed("has a constraint or an index that is none");
        }
        return object;
    }

    /**
     * Whether an archive can hold it. An exporter leaves out all others, since readers refuse them. What becomes part of a
     * command without quotes is checked here.
     */
    boolean isCarried() {
        List<String> kinds = constraint
                ? List.of("UNIQUENESS", "KEY", "EXISTENCE", "TYPE")
                : List.of("RANGE", "TEXT", "POINT", "FULLTEXT", "VECTOR");
        return kinds.contains(kind)
                && !name.isEmpty()
                && !tokens.isEmpty()
                && !properties.isEmpty()
                && propertyType.matches("[A-Z0-9 _<>|()]*")
                && propertyType.isEmpty() != kind.equals("TYPE");
    }
}
