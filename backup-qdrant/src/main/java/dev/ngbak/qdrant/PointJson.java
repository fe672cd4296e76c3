package dev.ngbak.qdrant;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;

/** Points as the REST interface has them. */
final class PointJson {

    private static final Pattern NUMBER = Pattern.compile("0|[1-9]\\d{0,19}");

    private PointJson() {}

    /** Reads a point whose {@code {} is the current token. */
    static Point read(JsonParser json) throws IOException {
        String id = null;
        Map<String, Vector> vectors = Map.of();
        ObjectNode payload = Rest.JSON.createObjectNode();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
                case "id" -> id = id(json);
                case "vector" -> vectors = vectors(json);
                case "payload" -> payload = payload(json);
                default -> json.skipChildren();
            }
        }
        require(json, id != null, "a point without an id");
        return new Point(id, vectors, payload);
    }

    /** Reads the id that is the current token. */
    static String id(JsonParser json) throws IOException {
        String text = json.getText();
        if (json.currentToken() == JsonToken.VALUE_NUMBER_INT) {
            require(json, NUMBER.matcher(text).matches(), "an id that is no unsigned number");
            try {
                return Long.toUnsignedString(Long.parseUnsignedLong(text));
            } catch (NumberFormatException e) {
                throw new JsonParseException(json, "an id of more than 64 bits", e);
            }
        }
        require(json, json.currentToken() == JsonToken.VALUE_STRING, "an id that is no number and no text");
        try {
            String id = UUID.fromString(text).toString();
            require(json, id.equalsIgnoreCase(text), "an id that is no UUID");
            return id;
        } catch (IllegalArgumentException e) {
            throw new JsonParseException(json, "an id that is no UUID", e);
        }
    }

    static ObjectNode payload(JsonParser json) throws IOException {
        JsonNode tree = Rest.JSON.readTree(json);
        if (tree instanceof ObjectNode payload) {
            return payload;
        }
        require(json, tree == null || tree.isNull(), "a payload that is no object");
        return Rest.JSON.createObjectNode();
    }

    private static Map<String, Vector> vectors(JsonParser json) throws IOException {
        Map<String, Vector> vectors = new LinkedHashMap<>();
        if (json.currentToken() == JsonToken.START_ARRAY) {
            vectors.put("", array(json));
        } else if (json.currentToken() == JsonToken.START_OBJECT) {
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                vectors.put(name, json.nextToken() == JsonToken.START_ARRAY ? array(json) : sparse(json));
            }
        } else {
            require(json, json.currentToken() == JsonToken.VALUE_NULL, "a vector of an unknown kind");
        }
        return vectors;
    }

    private static Vector array(JsonParser json) throws IOException {
        Floats floats = new Floats();
        if (json.nextToken() != JsonToken.START_ARRAY) {
            numbers(json, floats);
            return Vector.dense(floats.all());
        }
        int width = -1;
        for (; json.currentToken() == JsonToken.START_ARRAY; json.nextToken()) {
            int before = floats.size;
            json.nextToken();
            numbers(json, floats);
            require(json, width < 0 || width == floats.size - before, "a multivector of uneven rows");
            width = floats.size - before;
        }
        return Vector.rows(width, floats.all());
    }

    private static void numbers(JsonParser json, Floats floats) throws IOException {
        for (; json.currentToken() != JsonToken.END_ARRAY; json.nextToken()) {
            require(
                    json,
                    json.currentToken() != null && json.currentToken().isNumeric(),
                    "a vector with something else than numbers in it");
            // An integer has no negative zero, but its text has. Neither way goes through a double, and rounds twice.
            floats.add(
                    json.currentToken() == JsonToken.VALUE_NUMBER_FLOAT
                            ? json.getFloatValue()
                            : Float.parseFloat(json.getText()));
        }
    }

    private static Vector sparse(JsonParser json) throws IOException {
        require(json, json.currentToken() == JsonToken.START_OBJECT, "a vector of an unknown kind");
        Floats values = new Floats();
        int[] indices = {};
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            require(json, json.nextToken() == JsonToken.START_ARRAY, "a sparse vector of an unknown kind");
            json.nextToken();
            if (name.equals("values")) {
                numbers(json, values);
            } else {
                require(json, name.equals("indices"), "a vector of an unknown kind");
                indices = indices(json);
            }
        }
        require(json, values.size == indices.length, "a sparse vector with more indices than values, or fewer");
        return Vector.sparse(indices, values.all());
    }

    private static int[] indices(JsonParser json) throws IOException {
        int[] indices = new int[64];
        int size = 0;
        for (; json.currentToken() != JsonToken.END_ARRAY; json.nextToken()) {
            require(json, json.currentToken() == JsonToken.VALUE_NUMBER_INT, "an index that is no number");
            if (size == indices.length) {
                indices = Arrays.copyOf(indices, 2 * size);
            }
            long index = json.getLongValue();
            require(json, index >= 0 && index <= 0xffff_ffffL, "an index that is out of range");
            indices[size++] = (int) index;
        }
        return Arrays.copyOf(indices, size);
    }

    private static void require(JsonParser json, boolean condition, String otherwise) throws JsonParseException {
        if (!condition) {
            throw new JsonParseException(json, otherwise);
        }
    }

    /** Writes a point as the server takes it. */
    static void write(Point point, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeFieldName("id");
        writeId(point, json);
        json.writeFieldName("vector");
        if (point.vectors().size() == 1 && point.vectors().containsKey("")) {
            write(point.vectors().get(""), json);
        } else {
            json.writeStartObject();
            for (var vector : point.vectors().entrySet()) {
                json.writeFieldName(vector.getKey());
                write(vector.getValue(), json);
            }
            json.writeEndObject();
        }
        json.writeFieldName("payload");
        json.writeTree(point.payload());
        json.writeEndObject();
    }

    static void writeId(Point point, JsonGenerator json) throws IOException {
        if (point.isNumbered()) {
            json.writeNumber(point.id());
        } else {
            json.writeString(point.id());
        }
    }

    private static void write(Vector vector, JsonGenerator json) throws IOException {
        if (vector.isSparse()) {
            json.writeStartObject();
            json.writeArrayFieldStart("indices");
            for (int index : vector.indices()) {
                json.writeNumber(Integer.toUnsignedLong(index));
            }
            json.writeEndArray();
            json.writeFieldName("values");
            writeRow(vector.values(), 0, vector.values().length, json);
            json.writeEndObject();
        } else if (vector.isMulti()) {
            json.writeStartArray();
            for (int at = 0; vector.width() > 0 && at < vector.values().length; at += vector.width()) {
                writeRow(vector.values(), at, vector.width(), json);
            }
            json.writeEndArray();
        } else {
            writeRow(vector.values(), 0, vector.values().length, json);
        }
    }

    private static void writeRow(float[] values, int from, int length, JsonGenerator json) throws IOException {
        json.writeStartArray();
        for (int i = from; i < from + length; i++) {
            // All digits of the double: the server rounds to a double first, and that must hit the float. And never as
            // an integer: it takes a multivector of two rows for a sparse vector when the first one is of integers.
            json.writeNumber((double) values[i]);
        }
        json.writeEndArray();
    }

    /** A list of floats that grows. */
    private static final class Floats {
        private float[] values = new float[64];
        private int size;

        void add(float value) {
            if (size == values.length) {
                values = Arrays.copyOf(values, 2 * size);
            }
            values[size++] = value;
        }

        float[] all() {
            return Arrays.copyOf(values, size);
        }
    }
}
