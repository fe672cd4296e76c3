package dev.ngbak.qdrant;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The form {@code scroll}: a file of JSON Lines for each collection, a head, the points and a line that ends them. */
final class ScrollFiles {

    static final String SUFFIX = ".jsonl";

    private static final String FORMAT = "ngbak-qdrant-scroll/1";

    private ScrollFiles() {}

    /** Receives what a file holds. */
    interface Receiver {

        void begin(Definition collection) throws IOException;

        void accept(Point point) throws IOException;

        void end() throws IOException;
    }

    /** Writes one file. */
    static final class Writer {
        private final JsonGenerator json;
        private final OutputStream out;
        private long points;

        Writer(OutputStream out, Definition collection) throws IOException {
            this.out = out;
            this.json = Rest.JSON.createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            json.setPrettyPrinter(null);
            ObjectNode head = Rest.JSON.createObjectNode().put("format", FORMAT);
            collection.addTo(head);
            json.writeTree(head);
            line();
        }

        void write(Point point) throws IOException {
            json.writeStartObject();
            json.writeFieldName("id");
            PointJson.writeId(point, json);
            json.writeObjectFieldStart("vectors");
            for (var vector : point.vectors().entrySet()) {
                json.writeObjectFieldStart(vector.getKey());
                write(vector.getValue());
                json.writeEndObject();
            }
            json.writeEndObject();
            json.writeFieldName("payload");
            json.writeTree(point.payload());
            json.writeEndObject();
            line();
            points++;
        }

        private void write(Vector vector) throws IOException {
            String values = Base64.getEncoder().encodeToString(LittleEndian.bytes(vector.values()));
            if (vector.isSparse()) {
                json.writeStringField(
                        "indices", Base64.getEncoder().encodeToString(LittleEndian.bytes(vector.indices())));
                json.writeStringField("sparse", values);
            } else if (vector.isMulti()) {
                json.writeNumberField("width", vector.width());
                json.writeStringField("multi", values);
            } else {
                json.writeStringField("dense", values);
            }
        }

        /** Writes the last line. */
        void end() throws IOException {
            json.writeStartObject();
            json.writeNumberField("points", points);
            json.writeEndObject();
            line();
            json.flush();
        }

        private void line() throws IOException {
            json.writeRaw('\n');
            // Each value is a root of its own, before which the generator would put a space.
            json.flush();
            out.flush();
        }
    }

    static StoreSummary read(EntrySource source, Progress progress) throws IOException {
        Tally tally = new Tally();
        Steps steps = new Steps(progress, Form.SCROLL);
        Set<String> names = new HashSet<>();
        source.forEach((entry, content) -> read(entry, content, names, new Receiver() {
            private String name;

            @Override
            public void begin(Definition collection) {
                name = collection.name();
                tally.add(collection);
            }

            @Override
            public void accept(Point point) {
                tally.add(name, point);
                steps.point(point);
            }

            @Override
            public void end() {
                steps.tell();
            }
        }));
        return tally.summary();
    }

    /** Shows all collections and points. */
    static boolean visit(EntrySource source, RecordVisitor visitor, Progress progress) throws IOException {
        Steps steps = new Steps(progress, Form.SCROLL);
        Set<String> names = new HashSet<>();
        source.forEach((entry, content) -> read(entry, content, names, new Receiver() {
            @Override
            public void begin(Definition collection) throws IOException {
                Shown.collection(collection, visitor);
            }

            @Override
            public void accept(Point point) throws IOException {
                Shown.point(point, visitor);
                steps.point(point);
            }

            @Override
            public void end() {
                steps.tell();
            }
        }));
        return true;
    }

    /** Hands over what one file holds. What the stream and the receiver throw comes out unchanged. */
    static void read(EntrySource.Entry entry, InputStream content, Set<String> names, Receiver receiver)
            throws IOException {
        if (!entry.path().endsWith(SUFFIX) || !names.add(entry.name())) {
            throw SnapshotFiles.damaged(entry.path() + " in the archive is no collection, or is there twice", null);
        }
        try (JsonParser json = Rest.JSON.createParser(content)) {
            json.disable(JsonParser.Feature.AUTO_CLOSE_SOURCE);
            Definition collection = head(json, entry);
            receiver.begin(collection);
            long points = 0;
            Object next = next(json);
            while (next instanceof Point point) {
                receiver.accept(point);
                points++;
                next = next(json);
            }
            if (!next.equals(points)) {
                throw new JsonParseException(json, "it has " + points + " points and says " + next);
            }
            if (json.nextToken() != null) {
                throw new JsonParseException(json, "something follows its last line");
            }
            receiver.end();
        } catch (JsonProcessingException e) {
            throw SnapshotFiles.damaged(
                    entry.path() + " in the archive is not what its form says: " + e.getOriginalMessage(), e);
        }
    }

    private static Definition head(JsonParser json, EntrySource.Entry entry) throws IOException {
        JsonNode head = json.nextToken() == null ? null : Rest.JSON.readTree(json);
        if (head == null || !head.path("format").isTextual()) {
            throw new JsonParseException(json, "it does not begin with its head");
        }
        if (!FORMAT.equals(head.path("format").textValue())) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    entry.path() + " is not of the format \"" + FORMAT + "\". Nothing was changed",
                    "Restore it with the version of ngbak that made it");
        }
        Definition collection = Definition.from(head);
        if (!collection.name().equals(entry.name())) {
            throw new JsonParseException(json, "it is of another collection");
        }
        return collection;
    }

    /** A point, or the number in the last line. */
    private static Object next(JsonParser json) throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT || json.nextToken() != JsonToken.FIELD_NAME) {
            throw new JsonParseException(json, "it is cut off, or a line is no point");
        }
        if (json.currentName().equals("points")) {
            json.nextToken();
            long points = json.getLongValue();
            if (json.nextToken() != JsonToken.END_OBJECT) {
                throw new JsonParseException(json, "its last line is no count");
            }
            return points;
        }
        String id = null;
        Map<String, Vector> vectors = new LinkedHashMap<>();
        ObjectNode payload = Rest.JSON.createObjectNode();
        for (JsonToken token = json.currentToken(); token == JsonToken.FIELD_NAME; token = json.nextToken()) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
                case "id" -> id = PointJson.id(json);
                case "vectors" -> {
                    while (json.nextToken() == JsonToken.FIELD_NAME) {
                        String vector = json.currentName();
                        json.nextToken();
                        vectors.put(vector, vector(json, Rest.JSON.readTree(json)));
                    }
                }
                case "payload" -> payload = PointJson.payload(json);
                default -> throw new JsonParseException(json, "a point has an unknown member");
            }
        }
        if (id == null) {
            throw new JsonParseException(json, "a point has no id");
        }
        return new Point(id, vectors, payload);
    }

    private static Vector vector(JsonParser json, JsonNode vector) throws IOException {
        Vector decoded = null;
        if (vector.has("dense")) {
            decoded = Vector.dense(LittleEndian.floats(base64(json, vector.get("dense"))));
        } else if (vector.has("sparse")) {
            decoded = Vector.sparse(
                    LittleEndian.ints(base64(json, vector.path("indices"))),
                    LittleEndian.floats(base64(json, vector.get("sparse"))));
        } else if (vector.has("multi")) {
            decoded =
                    Vector.rows(vector.path("width").asInt(-1), LittleEndian.floats(base64(json, vector.get("multi"))));
        }
        if (decoded == null
                || (decoded.isSparse() && decoded.indices().length != decoded.values().length)
                || (vector.has("multi") && (decoded.width() <= 0 || decoded.values().length % decoded.width() != 0))) {
            throw new JsonParseException(json, "a vector is of an unknown kind or of the wrong length");
        }
        return decoded;
    }

    private static byte[] base64(JsonParser json, JsonNode text) throws IOException {
        try {
            byte[] bytes = Base64.getDecoder().decode(text.asText().getBytes(StandardCharsets.US_ASCII));
            if (bytes.length % 4 == 0) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new JsonParseException(json, "a vector is no Base64 of numbers of four bytes");
    }
}
