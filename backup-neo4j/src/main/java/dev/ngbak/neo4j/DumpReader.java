package dev.ngbak.neo4j;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.support.MalformedContentException;
import dev.ngbak.spi.support.SafeText;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads a graph in the form {@code neo4j-jsonl/1}. Checks everything that a receiver relies on. */
final class DumpReader {

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNestingDepth(100)
                    .build())
            .build();

    private final JsonParser json;
    private final GraphScope scope;
    private final GraphReceiver receiver;
    private long schemaObjects;
    private long nodes;
    private long relationships;

    private DumpReader(JsonParser json, GraphScope scope, GraphReceiver receiver) {
        this.json = json;
        this.scope = scope;
        this.receiver = receiver;
    }

    /**
     * Hands an archived graph to a receiver.
     *
     * @throws BackupException {@code CORRUPT} for content that does not match the form
     * @throws IOException any exception of the source or the receiver, unchanged
     */
    static void read(EntrySource source, GraphReceiver receiver) throws IOException {
        GraphScope scope = new GraphScope(Neo4jSettings.archivedNamespace(source.archived()));
        GraphEntry.read(source, (entry, content) -> {
            try {
                read(content, scope, receiver);
            } catch (MalformedContentException e) {
                throw Neo4jErrors.corruptArchive(entry.path(), e);
            }
        });
    }

    private static void read(InputStream content, GraphScope scope, GraphReceiver receiver) throws IOException {
        try (JsonParser json = JSON.createParser(content).disable(JsonParser.Feature.AUTO_CLOSE_SOURCE)) {
            new DumpReader(json, scope, receiver).read();
        } catch (JsonProcessingException | CharConversionException e) {
            MalformedContentException malformed = new MalformedContentException("is not valid JSON");
            malformed.initCause(e);
            throw malformed;
        }
    }

    private void read() throws IOException {
        json.nextToken();
        readHeader();
        boolean ended = false;
        for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
            if (ended) {
                throw new MalformedContentException("continues after its last line");
            }
            PropertyJson.expect(json, JsonToken.START_OBJECT);
            json.nextToken();
            PropertyJson.expect(json, JsonToken.FIELD_NAME);
            String kind = json.currentName();
            json.nextToken();
            switch (kind) {
                case "constraint", "index" -> readSchema(kind.equals("constraint"));
                case "node" -> readNode(json.getLongValue());
                case "relationship" -> readRelationship(text());
                case "end" -> {
                    readEnd();
                    ended = true;
                }
                default -> throw new MalformedContentException("contains a line of an unknown kind");
            }
            PropertyJson.expect(json, JsonToken.END_OBJECT);
        }
        if (!ended) {
            throw new MalformedContentException("is truncated: its last line is missing");
        }
    }

    private void readHeader() throws IOException {
        PropertyJson.expect(json, JsonToken.START_OBJECT);
        String form = "";
        String namespace = "";
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String member = json.currentName();
            json.nextToken();
            switch (member) {
                case "form" -> form = text();
                case "scope" -> namespace = text();
                case "expected" -> receiver.expect(Math.max(0, json.getLongValue()));
                default -> json.skipChildren();
            }
        }
        if (!form.equals(DumpWriter.FORM)) {
            throw new MalformedContentException("does not begin with the header of " + DumpWriter.FORM);
        }
        if (!namespace.equals(scope.namespace())) {
            throw new MalformedContentException(
                    "has the scope " + SafeText.quoted(namespace) + ", which differs from the manifest");
        }
    }

    private void readSchema(boolean constraint) throws IOException {
        if (nodes > 0 || relationships > 0) {
            throw new MalformedContentException("contains schema after the first node");
        }
        SchemaObject object = SchemaObject.read(json, constraint, text());
        schemaObjects++;
        receiver.schema(object);
    }

    private void readNode(long number) throws IOException {
        List<String> labels = List.of();
        Map<String, Object> properties = Map.of();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String member = json.currentName();
            json.nextToken();
            switch (member) {
                case "labels" -> labels = texts(json);
                case "properties" -> properties = PropertyJson.readMap(json);
                default -> json.skipChildren();
            }
        }
        if (number != nodes || relationships > 0) {
            throw new MalformedContentException("contains a node out of order");
        }
        if (!scope.includes(labels)) {
            throw new MalformedContentException("contains a node outside its scope");
        }
        nodes++;
        receiver.node(number, labels, properties);
    }

    private void readRelationship(String type) throws IOException {
        long from = -1;
        long to = -1;
        Map<String, Object> properties = Map.of();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String member = json.currentName();
            json.nextToken();
            switch (member) {
                case "from" -> from = json.getLongValue();
                case "to" -> to = json.getLongValue();
                case "properties" -> properties = PropertyJson.readMap(json);
                default -> json.skipChildren();
            }
        }
        if (Math.min(from, to) < 0 || Math.max(from, to) >= nodes || type.isEmpty()) {
            throw new MalformedContentException("contains a relationship without a type or without its nodes");
        }
        relationships++;
        receiver.relationship(type, from, to, properties);
    }

    private void readEnd() throws IOException {
        PropertyJson.expect(json, JsonToken.START_OBJECT);
        long expectedSchemaObjects = -1;
        long expectedNodes = -1;
        long expectedRelationships = -1;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String member = json.currentName();
            json.nextToken();
            switch (member) {
                case "schema" -> expectedSchemaObjects = json.getLongValue();
                case "nodes" -> expectedNodes = json.getLongValue();
                case "relationships" -> expectedRelationships = json.getLongValue();
                default -> json.skipChildren();
            }
        }
        json.nextToken();
        if (expectedSchemaObjects != schemaObjects
                || expectedNodes != nodes
                || expectedRelationships != relationships) {
            throw new MalformedContentException("contains a different number of records than its last line states");
        }
    }

    private String text() throws IOException {
        PropertyJson.expect(json, JsonToken.VALUE_STRING);
        return json.getText();
    }

    /** Reads an array of strings. Moves the parser from the start of the array to its end. */
    static List<String> texts(JsonParser json) throws IOException {
        PropertyJson.expect(json, JsonToken.START_ARRAY);
        List<String> texts = new ArrayList<>();
        while (json.nextToken() == JsonToken.VALUE_STRING) {
            texts.add(json.getText());
        }
        PropertyJson.expect(json, JsonToken.END_ARRAY);
        return texts;
    }
}
