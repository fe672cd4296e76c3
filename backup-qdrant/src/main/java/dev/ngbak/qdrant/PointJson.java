package dev.ngbak.qdrant;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.BackupException;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** Reads and writes points as JSON of the REST API. */
final class PointJson {

    private static final Pattern UNSIGNED = Pattern.compile("0|[1-9]\\d{0,19}");

    private PointJson() {}

    /**
     * Reads a point. The current token is its opening brace.
     *
     * @throws JsonParseException for a malformed point
     * @throws BackupException {@code INCOMPATIBLE} for a point with a member that no archive would contain
     */
    static Point read(JsonParser json) throws IOException {
        String id = null;
        Map<String, PointVector> vectors = Map.of();
        ObjectNode payload = Json.object();
        Optional<ShardKey> key = Optional.empty();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
                case "id" -> id = readId(json);
                case "vector" -> vectors = readVectors(json);
                case "payload" -> payload = readPayload(json);
                case ShardKey.MEMBER -> key = readShardKey(json);
                default -> {
                    if (json.currentToken() != JsonToken.VALUE_NULL) {
                        throw QdrantErrors.unknownPointMember(name);
                    }
                }
            }
        }
        require(json, id != null, "a point has no id");
        return new Point(id, vectors, payload, key);
    }

    /** Reads a shard key, which may be null. The current token is the key. */
    static Optional<ShardKey> readShardKey(JsonParser json) throws IOException {
        if (json.currentToken() == JsonToken.VALUE_NULL) {
            return Optional.empty();
        }
        Optional<ShardKey> key =
                json.currentToken().isScalarValue() ? ShardKey.of(Json.MAPPER.readTree(json)) : Optional.empty();
        require(json, key.isPresent(), "a shard key is neither a text nor an unsigned number");
        return key;
    }

    /** Reads an id. The current token is the id. */
    static String readId(JsonParser json) throws IOException {
        String text = json.getText();
        if (json.currentToken() == JsonToken.VALUE_NUMBER_INT) {
            require(json, UNSIGNED.matcher(text).matches(), "an id is not an unsigned number");
            try {
                return Long.toUnsignedString(Long.parseUnsignedLong(text));
            } catch (NumberFormatException e) {
                throw new JsonParseException(json, "an id has more than 64 bits", e);
            }
        }
        require(json, json.currentToken() == JsonToken.VALUE_STRING, "an id is neither a number nor a text");
        try {
            String id = UUID.fromString(text).toString();
            require(json, id.equalsIgnoreCase(text), "an id is not a UUID");
            return id;
        } catch (IllegalArgumentException e) {
            throw new JsonParseException(json, "an id is not a UUID", e);
        }
    }

    /** Reads a payload, which may be null. The current token is its first one. */
    static ObjectNode readPayload(JsonParser json) throws IOException {
        JsonNode tree = Json.MAPPER.readTree(json);
        if (tree instanceof ObjectNode payload) {
            return payload;
        }
        require(json, tree == null || tree.isNull(), "a payload is not an object");
        return Json.object();
    }

    private static Map<String, PointVector> readVectors(JsonParser json) throws IOException {
        Map<String, PointVector> vectors = new LinkedHashMap<>();
        if (json.currentToken() == JsonToken.START_ARRAY) {
            vectors.put("", readArray(json));
        } else if (json.currentToken() == JsonToken.START_OBJECT) {
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                vectors.put(name, json.nextToken() == JsonToken.START_ARRAY ? readArray(json) : readSparse(json));
            }
        } else {
            require(json, json.currentToken() == JsonToken.VALUE_NULL, "a vector has an unknown form");
        }
        return vectors;
    }

    private static PointVector readArray(JsonParser json) throws IOException {
        Floats floats = new Floats();
        if (json.nextToken() != JsonToken.START_ARRAY) {
            readNumbers(json, floats);
            return PointVector.dense(floats.toArray());
        }
        int width = -1;
        for (; json.currentToken() == JsonToken.START_ARRAY; json.nextToken()) {
            int before = floats.size;
            json.nextToken();
            readNumbers(json, floats);
            require(json, width < 0 || width == floats.size - before, "a multivector has rows of different lengths");
            width = floats.size - before;
        }
        return PointVector.multi(width, floats.toArray());
    }

    private static void readNumbers(JsonParser json, Floats floats) throws IOException {
        for (; json.currentToken() != JsonToken.END_ARRAY; json.nextToken()) {
            require(
                    json,
                    json.currentToken() != null && json.currentToken().isNumeric(),
                    "a vector contains a value that is not a number");
            // An integer is parsed from its text, because it can be a negative zero. Neither call goes by way of a
            // double, which would round twice.
            floats.add(
                    json.currentToken() == JsonToken.VALUE_NUMBER_FLOAT
                            ? json.getFloatValue()
                            : Float.parseFloat(json.getText()));
        }
    }

    private static PointVector readSparse(JsonParser json) throws IOException {
        require(json, json.currentToken() == JsonToken.START_OBJECT, "a vector has an unknown form");
        Floats values = new Floats();
        int[] indices = {};
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            require(json, json.nextToken() == JsonToken.START_ARRAY, "a sparse vector has an unknown form");
            json.nextToken();
            if (name.equals("values")) {
                readNumbers(json, values);
            } else {
                require(json, name.equals("indices"), "a vector has an unknown form");
                indices = readIndices(json);
            }
        }
        require(json, values.size == indices.length, "a sparse vector has different numbers of indices and values");
        return PointVector.sparse(indices, values.toArray());
    }

    private static int[] readIndices(JsonParser json) throws IOException {
        int[] indices = new int[64];
        int size = 0;
        for (; json.currentToken() != JsonToken.END_ARRAY; json.nextToken()) {
            require(json, json.currentToken() == JsonToken.VALUE_NUMBER_INT, "an index is not a number");
            if (size == indices.length) {
                indices = Arrays.copyOf(indices, 2 * size);
            }
            long index = json.getLongValue();
            require(json, index >= 0 && index <= 0xffff_ffffL, "an index is out of range");
            indices[size++] = (int) index;
        }
        return Arrays.copyOf(indices, size);
    }

    private static void require(JsonParser json, boolean condition, String problem) throws JsonParseException {
        if (!condition) {
            throw new JsonParseException(json, problem);
        }
    }

    /** Writes a point as the server accepts it. */
    static void write(Point point, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeFieldName("id");
        writeId(point.id(), json);
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

    static void writeId(String id, JsonGenerator json) throws IOException {
        if (Point.isNumeric(id)) {
            json.writeNumber(id);
        } else {
            json.writeString(id);
        }
    }

    private static void write(PointVector vector, JsonGenerator json) throws IOException {
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
            // Writes all digits of the double, because the server parses a double and rounds it to the float. Never
            // writes an integer: if the first row of a multivector of two rows consists of integers, the server
            // mistakes it for a sparse vector.
            json.writeNumber((double) values[i]);
        }
        json.writeEndArray();
    }

    /** A growing list of floats. */
    private static final class Floats {
        private float[] values = new float[64];
        private int size;

        void add(float value) {
            if (size == values.length) {
                values = Arrays.copyOf(values, 2 * size);
            }
            values[size++] = value;
        }

        float[] toArray() {
            return Arrays.copyOf(values, size);
        }
    }
}
