package dev.ngbak.neo4j;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.ngbak.spi.support.MalformedContentException;
import dev.ngbak.spi.support.ProductVersion;
import dev.ngbak.spi.support.SafeText;
import dev.ngbak.spi.support.Utf8;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A constraint or an index.
 *
 * @param constraint true for a constraint, false for an index
 * @param name its name, which the server may have generated
 * @param kind {@code UNIQUENESS}, {@code KEY}, {@code EXISTENCE} or {@code TYPE} for a constraint; {@code RANGE},
 *     {@code TEXT}, {@code POINT}, {@code FULLTEXT} or {@code VECTOR} for an index
 * @param ofNodes true if it is for nodes, false if it is for relationships
 * @param tokens its labels or relationship types
 * @param properties its properties, in order
 * @param propertyType the type that a {@code TYPE} constraint requires; otherwise empty
 * @param config the configuration of an index
 * @param shared whether it also applies to data out of scope. A restore creates a shared object if it is missing, but
 *     never drops one, and the content digest does not include it
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

    /** The first release with vector indexes for several labels or with filter properties. */
    private static final ProductVersion VECTOR_INDEX_WITH_FILTERS = new ProductVersion(2026, 1);

    SchemaObject {
        tokens = tokens.stream().sorted(Utf8.BYTE_ORDER).toList();
        properties = List.copyOf(properties);
    }

    SchemaObject asShared() {
        return new SchemaObject(
                constraint, name, kind, ofNodes, tokens, properties, propertyType, config, true, failed);
    }

    /** Returns the same object with another name and for other labels. */
    SchemaObject with(String newName, List<String> newTokens) {
        return new SchemaObject(
                constraint, newName, kind, ofNodes, newTokens, properties, propertyType, config, shared, failed);
    }

    /** Returns whether only a statement in Cypher 25 can create it. */
    private boolean needsCypher25() {
        return isFilteredVectorIndex() || newerPropertyType().isPresent();
    }

    private boolean isFilteredVectorIndex() {
        return kind.equals("VECTOR") && (tokens.size() > 1 || properties.size() > 1);
    }

    /**
     * Returns the oldest release that can create it, or empty if all can.
     *
     * @param source the server that showed it, which stands for the oldest one if nothing else is known
     */
    Optional<ProductVersion> since(ServerVersion source) {
        if (!IndexConfig.isKnownToAll(config.keySet())) {
            return source.release();
        }
        return isFilteredVectorIndex()
                ? Optional.of(VECTOR_INDEX_WITH_FILTERS)
                : newerPropertyType().map(PropertyType::since);
    }

    /** Returns the newer type that a {@code TYPE} constraint requires, such as that of {@code LIST<UUID NOT NULL>}. */
    private Optional<PropertyType> newerPropertyType() {
        return Stream.of(PropertyType.UUID, PropertyType.VECTOR)
                .filter(type -> propertyType.contains(type.name()))
                .findFirst();
    }

    /** Returns whether it needs Neo4j Enterprise Edition. */
    boolean needsEnterprise() {
        return constraint && !kind.equals("UNIQUENESS");
    }

    /** Returns its kind for messages: {@code node range index}. */
    String description() {
        return (ofNodes ? "node " : "relationship ")
                + kind.toLowerCase(Locale.ROOT)
                + (constraint ? " constraint" : " index");
    }

    /** Returns its kind and name for messages: {@code node range index "i"}. */
    String displayName() {
        return description() + " " + SafeText.quoted(name);
    }

    /** Puts its canonical bytes into a record. */
    CanonicalRecord canonical(CanonicalRecord record) {
        record.begin(constraint ? 'C' : 'I')
                .field(kind)
                .tag(ofNodes ? 'n' : 'r')
                .sorted(tokens);
        record.number(properties.size());
        properties.forEach(record::field);
        return record.field(propertyType).map(config);
    }

    /** Returns a key that is equal for two objects that differ only in their names. */
    String shape() {
        return HexFormat.of().formatHex(canonical(new CanonicalRecord()).digest());
    }

    /**
     * Returns the command that creates it. The command has the parameter {@code $config}.
     *
     * @param named false to let the server generate a name
     */
    String createCommand(boolean named) {
        String command = command(named);
        return needsCypher25() ? ServerVersion.inCypher25(command) : command;
    }

    private String command(boolean named) {
        String start = "CREATE " + (constraint ? "CONSTRAINT " : kind + " INDEX ")
                + (named ? Cypher.quote(name) + " " : "") + "IF NOT EXISTS FOR " + pattern();
        if (constraint) {
            return start + " REQUIRE (" + list(properties) + ") " + requirement();
        }
        String on =
                switch (kind) {
                    case "FULLTEXT" -> " ON EACH [" + list(properties) + "]";
                    case "VECTOR" -> {
                        // The first property contains the vector. Searches can filter by the others.
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
        String names = tokens.stream().map(Cypher::quote).collect(Collectors.joining("|"));
        return ofNodes ? "(x:" + names + ")" : "()-[x:" + names + "]-()";
    }

    private static String list(List<String> properties) {
        return properties.stream()
                .map(property -> "x." + Cypher.quote(property))
                .collect(Collectors.joining(", "));
    }

    void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField(constraint ? "constraint" : "index", kind);
        json.writeStringField("name", name);
        json.writeStringField("of", ofNodes ? "nodes" : "relationships");
        writeTexts(json, "tokens", tokens);
        writeTexts(json, "properties", properties);
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

    private static void writeTexts(JsonGenerator json, String name, List<String> texts) throws IOException {
        json.writeArrayFieldStart(name);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }

    /** Reads the rest of an object whose first member was its kind. */
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
        if (!object.isSupported() || !List.of("nodes", "relationships").contains(of)) {
            throw new MalformedContentException("contains an invalid constraint or index");
        }
        return object;
    }

    /**
     * Returns whether an archive can contain this object. The kind and the property type become part of a command without
     * quotes, so this check also prevents injection.
     */
    boolean isSupported() {
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
