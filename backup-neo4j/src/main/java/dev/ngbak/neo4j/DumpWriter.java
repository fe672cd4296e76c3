package dev.ngbak.neo4j;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;

/** Writes a graph as {@code neo4j-jsonl/1}: one JSON object per line. */
final class DumpWriter implements GraphReceiver {

    /** The name of the form, with its version. */
    static final String FORM = "neo4j-jsonl/1";

    private final JsonGenerator json;
    private final String version;
    private final GraphScope scope;
    private long schemaObjects;
    private long nodes;
    private long relationships;

    /** @param version the version of the server that the graph comes from */
    DumpWriter(OutputStream out, String version, GraphScope scope) throws IOException {
        this.json = new JsonFactory()
                .createGenerator(out)
                .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                .disable(JsonGenerator.Feature.AUTO_CLOSE_JSON_CONTENT)
                .setPrettyPrinter(new MinimalPrettyPrinter("\n"));
        this.version = version;
        this.scope = scope;
    }

    @Override
    public void expect(long records) throws IOException {
        json.writeStartObject();
        json.writeStringField("form", FORM);
        json.writeStringField(
                "about",
                "A Neo4j graph as ngbak reads it over Bolt, one JSON object a line."
                        + " Not for neo4j-admin database load: restore it with ngbak.");
        json.writeStringField("version", version);
        json.writeStringField("scope", scope.namespace());
        json.writeNumberField("expected", records);
        json.writeEndObject();
    }

    @Override
    public void schema(SchemaObject object) throws IOException {
        if (!object.isSupported()) {
            throw new IllegalArgumentException("an archive cannot contain the " + object.displayName());
        }
        object.write(json);
        schemaObjects++;
    }

    @Override
    public void node(long number, List<String> labels, Map<String, Object> properties) throws IOException {
        json.writeStartObject();
        json.writeNumberField("node", number);
        json.writeArrayFieldStart("labels");
        for (String label : labels) {
            json.writeString(label);
        }
        json.writeEndArray();
        writeProperties(properties);
        nodes++;
    }

    @Override
    public void relationship(String type, long from, long to, Map<String, Object> properties) throws IOException {
        json.writeStartObject();
        json.writeStringField("relationship", type);
        json.writeNumberField("from", from);
        json.writeNumberField("to", to);
        writeProperties(properties);
        relationships++;
    }

    private void writeProperties(Map<String, Object> properties) throws IOException {
        json.writeFieldName("properties");
        PropertyJson.writeMap(json, properties);
        json.writeEndObject();
    }

    /** Writes the last line and flushes the buffer. */
    void finish() throws IOException {
        json.writeStartObject();
        json.writeObjectFieldStart("end");
        json.writeNumberField("schema", schemaObjects);
        json.writeNumberField("nodes", nodes);
        json.writeNumberField("relationships", relationships);
        json.writeEndObject();
        json.writeEndObject();
        json.writeRaw('\n');
        json.flush();
    }
}
