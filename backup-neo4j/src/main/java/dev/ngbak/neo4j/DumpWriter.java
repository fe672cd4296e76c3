package dev.ngbak.neo4j;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;

/** Writes {@code graph/neo4j.dump}: one JSON object in each line. */
final class DumpWriter {

    /** The name of the form, with its version. */
    static final String FORM = "neo4j-jsonl/1";

    private final JsonGenerator json;

    DumpWriter(OutputStream out) throws IOException {
        json = new JsonFactory()
                .createGenerator(out)
                .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                .disable(JsonGenerator.Feature.AUTO_CLOSE_JSON_CONTENT)
                .setPrettyPrinter(new MinimalPrettyPrinter("\n"));
    }

    void header(String version, Scope scope, long nodes, long relationships) throws IOException {
        json.writeStartObject();
        json.writeStringField("form", FORM);
        json.writeStringField(
                "about",
                "A Neo4j graph as ngbak reads it over Bolt, one JSON object a line."
                        + " Not for neo4j-admin database load: restore it with ngbak.");
        json.writeStringField("version", version);
        json.writeStringField("scope", scope.namespace());
        json.writeNumberField("expected", nodes + relationships);
        json.writeEndObject();
    }

    void schema(SchemaObject object) throws IOException {
        object.write(json);
    }

    void node(long number, List<String> labels, Map<String, Object> properties) throws IOException {
        json.writeStartObject();
        json.writeNumberField("node", number);
        json.writeArrayFieldStart("labels");
        for (String label : labels) {
            json.writeString(label);
        }
        json.writeEndArray();
        properties(properties);
    }

    void relationship(String type, long from, long to, Map<String, Object> properties) throws IOException {
        json.writeStartObject();
        json.writeStringField("relationship", type);
        json.writeNumberField("from", from);
        json.writeNumberField("to", to);
        properties(properties);
    }

    private void properties(Map<String, Object> properties) throws IOException {
        json.writeFieldName("properties");
        PropertyJson.writeMap(json, properties);
        json.writeEndObject();
    }

    /** Writes the last line, and all that was held back. */
    void end(GraphTally tally) throws IOException {
        json.writeStartObject();
        json.writeObjectFieldStart("end");
        json.writeNumberField("schema", tally.schemaObjects());
        json.writeNumberField("nodes", tally.entities());
        json.writeNumberField("relationships", tally.relationships());
        json.writeEndObject();
        json.writeEndObject();
        json.writeRaw('\n');
        json.flush();
    }
}
