package dev.ngbak.neo4j;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads {@code graph/neo4j.dump}, adds all that it holds to a tally, and hands it on. */
final class DumpReader {

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNestingDepth(100)
                    .build())
            .build();

    private final JsonParser json;
    private final Scope scope;
    private final GraphTally tally;
    private final Receiver receiver;

    /** Takes what is read. The schema comes first, then the nodes, numbered from 0, then the relationships. */
    interface Receiver {

        /** About how many nodes and relationships there are. */
        default void expect(long records) {}

        default void schema(SchemaObject object) {}

        default void node(long number, List<String> labels, Map<String, Object> properties, int size)
                throws IOException {}

        default void relationship(String type, long from, long to, Map<String, Object> properties, int size)
                throws IOException {}
    }

    private DumpReader(JsonParser json, Scope scope, GraphTally tally, Receiver receiver) {
        this.json = json;
        this.scope = scope;
        this.tally = tally;
        this.receiver = receiver;
    }

    /** @throws Malformed for content that is not what the form says; what the stream throws passes unchanged */
    static void read(InputStream content, Scope scope, GraphTally tally, Receiver receiver) throws IOException {
        try (JsonParser json = JSON.createParser(content).disable(JsonParser.Feature.AUTO_CLOSE_SOURCE)) {
            new DumpReader(json, scope, tally, receiver).read();
        } catch (JsonProcessingException | CharConversionException e) {
            Malformed malformed = new Malformed("is not valid JSON");
            malformed.initCause(e);
            throw malformed;
        }
    }

    private void read() throws IOException {
        json.nextToken();
        header();
        boolean ended = false;
        for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
            if (ended) {
                throw new Malformed("goes on behind its end");
            }
            PropertyJson.expect(json, JsonToken.START_OBJECT);
            json.nextToken();
            PropertyJson.expect(json, JsonToken.FIELD_NAME);
            String kind = json.currentName();
            json.nextToken();
            switch (kind) {
                case "constraint", "index" -> schema(kind.equals("constraint"));
                case "node" -> node(json.getLongValue());
                case "relationship" -> relationship(text());
                case "end" -> {
                    end();
                    ended = true;
                }
                default -> throw new Malformed("has a line that is neither schema, node nor relationship");
            }
            PropertyJson.expect(json, JsonToken.END_OBJECT);
        }
        if (!ended) {
            throw new Malformed("is cut off: its last line is missing");
        }
    }

    private void header() throws IOException {
        PropertyJson.expect(json, JsonToken.START_OBJECT);
        String form = "";
        String archived = "";
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String member = json.currentName();
            json.nextToken();
            switch (member) {
                case "form" -> form = text();
                case "scope" -> archived = text();
                case "expected" -> receiver.expect(Math.max(0, json.getLongValue()));
                default -> json.skipChildren();
            }
        }
        if (!form.equals(DumpWriter.FORM)) {
            throw new Malformed("does not begin with the line that says what it is");
        }
        if (!archived.equals(scope.namespace())) {
            throw new Malformed("is of the scope \"" + Texts.shown(archived) + "\", which is not the manifest's");
        }
    }

    private void schema(boolean constraint) throws IOException {
        if (tally.entities() > 0 || tally.relationships() > 0) {
            throw new Malformed("has schema behind the first node");
        }
        SchemaObject object = SchemaObject.read(json, constraint, text());
        tally.schema(object);
        receiver.schema(object);
    }

    private void node(long number) throws IOException {
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
        if (number != tally.entities() || tally.relationships() > 0) {
            throw new Malformed("has a node out of turn");
        }
        if (!scope.includes(labels)) {
            throw new Malformed("has a node that is not in its scope");
        }
        receiver.node(number, labels, properties, tally.node(labels, properties));
    }

    private void relationship(String type) throws IOException {
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
        if (Math.min(from, to) < 0 || Math.max(from, to) >= tally.entities() || type.isEmpty()) {
            throw new Malformed("has a relationship without its end nodes");
        }
        receiver.relationship(type, from, to, properties, tally.relationship(type, from, to, properties));
    }

    private void end() throws IOException {
        PropertyJson.expect(json, JsonToken.START_OBJECT);
        long schema = -1;
        long nodes = -1;
        long relationships = -1;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String member = json.currentName();
            json.nextToken();
            switch (member) {
                case "schema" -> schema = json.getLongValue();
                case "nodes" -> nodes = json.getLongValue();
                case "relationships" -> relationships = json.getLongValue();
                default -> json.skipChildren();
            }
        }
        json.nextToken();
        if (schema != tally.schemaObjects() || nodes != tally.entities() || relationships != tally.relationships()) {
            throw new Malformed("holds another number of records than its last line says");
        }
    }

    private String text() throws IOException {
        PropertyJson.expect(json, JsonToken.VALUE_STRING);
        return json.getText();
    }

    /** Reads an array of texts; the parser stands on its beginning. */
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
