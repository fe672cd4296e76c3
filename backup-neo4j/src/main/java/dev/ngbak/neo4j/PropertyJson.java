package dev.ngbak.neo4j;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.ngbak.spi.support.MalformedContentException;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.neo4j.driver.types.IsoDuration;
import org.neo4j.driver.types.Point;
import org.neo4j.driver.types.Vector;

/**
 * Writes and reads values of properties as JSON. Strings, booleans and lists are those of JSON; a number with a point
 * or an exponent is a float, any other number an integer; any other value is an object whose only member names the
 * type.
 */
final class PropertyJson {

    private static final int MAX_DEPTH = 64;

    private PropertyJson() {}

    /** Returns whether the coordinate system of a point is known. */
    static boolean isKnown(Point point) {
        return TypedValues.SRIDS_2D.contains(point.srid()) || TypedValues.SRIDS_3D.contains(point.srid());
    }

    /** Returns whether a point has two coordinates. Throws for an unknown coordinate system. */
    static boolean isTwoDimensional(Point point) {
        if (!isKnown(point)) {
            throw Neo4jErrors.unsupportedValue(point);
        }
        return TypedValues.SRIDS_2D.contains(point.srid());
    }

    static void writeMap(JsonGenerator json, Map<String, ?> properties) throws IOException {
        json.writeStartObject();
        for (var property : properties.entrySet()) {
            json.writeFieldName(property.getKey());
            write(json, property.getValue());
        }
        json.writeEndObject();
    }

    static void write(JsonGenerator json, Object value) throws IOException {
        if (value instanceof String text) {
            json.writeString(text);
        } else if (value instanceof Long number) {
            json.writeNumber(number);
        } else if (value instanceof Double number) {
            writeDouble(json, number);
        } else if (value instanceof Boolean bool) {
            json.writeBoolean(bool);
        } else if (value instanceof List<?> list) {
            json.writeStartArray();
            for (Object element : list) {
                write(json, element);
            }
            json.writeEndArray();
        } else {
            writeTyped(json, value);
        }
    }

    private static void writeDouble(JsonGenerator json, double number) throws IOException {
        if (Double.isFinite(number)) {
            json.writeNumber(Double.toString(number));
        } else {
            writeTagged(json, "float", Double.toString(number));
        }
    }

    private static void writeTyped(JsonGenerator json, Object value) throws IOException {
        if (value instanceof byte[] bytes) {
            json.writeStartObject();
            json.writeBinaryField("bytes", bytes);
            json.writeEndObject();
        } else if (value instanceof LocalDate) {
            writeTagged(json, "date", value.toString());
        } else if (value instanceof LocalTime) {
            writeTagged(json, "localtime", value.toString());
        } else if (value instanceof OffsetTime) {
            writeTagged(json, "time", value.toString());
        } else if (value instanceof LocalDateTime) {
            writeTagged(json, "localdatetime", value.toString());
        } else if (value instanceof ZonedDateTime time) {
            String local = time.toOffsetDateTime().toString();
            boolean zoned = !(time.getZone() instanceof ZoneOffset);
            writeTagged(json, "datetime", zoned ? local + "[" + time.getZone().getId() + "]" : local);
        } else if (value instanceof IsoDuration duration) {
            json.writeStartObject();
            json.writeArrayFieldStart("duration");
            json.writeNumber(duration.months());
            json.writeNumber(duration.days());
            json.writeNumber(duration.seconds());
            json.writeNumber(duration.nanoseconds());
            json.writeEndArray();
            json.writeEndObject();
        } else if (value instanceof Point point) {
            writePoint(json, point);
        } else if (value instanceof Vector vector) {
            writeVector(json, VectorValue.of(vector));
        } else if (value instanceof UUID) {
            writeTagged(json, "uuid", value.toString());
        } else {
            throw Neo4jErrors.unsupportedValue(value);
        }
    }

    private static void writePoint(JsonGenerator json, Point point) throws IOException {
        boolean is2d = isTwoDimensional(point);
        json.writeStartObject();
        json.writeArrayFieldStart("point");
        json.writeNumber(point.srid());
        writeDouble(json, point.x());
        writeDouble(json, point.y());
        if (!is2d) {
            writeDouble(json, point.z());
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void writeVector(JsonGenerator json, VectorValue vector) throws IOException {
        json.writeStartObject();
        json.writeObjectFieldStart("vector");
        json.writeStringField("type", vector.type().name());
        json.writeBinaryField("data", vector.data());
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void writeTagged(JsonGenerator json, String type, String text) throws IOException {
        json.writeStartObject();
        json.writeStringField(type, text);
        json.writeEndObject();
    }

    /** Reads an object of properties. Moves the parser from the start of the object to its end. */
    static Map<String, Object> readMap(JsonParser json) throws IOException {
        expect(json, JsonToken.START_OBJECT);
        Map<String, Object> properties = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String key = json.currentName();
            json.nextToken();
            if (properties.put(key, read(json, 0)) != null) {
                throw new MalformedContentException("contains the property " + SafeText.quoted(key) + " twice");
            }
        }
        expect(json, JsonToken.END_OBJECT);
        return properties;
    }

    /** Reads a list of numbers. Moves the parser from its start to its end. Returns an empty list for any other value. */
    static List<?> list(JsonParser json) throws IOException {
        return read(json, MAX_DEPTH - 1) instanceof List<?> list ? list : List.of();
    }

    /** Reads a value. Moves the parser from the first token of the value to the last. */
    private static Object read(JsonParser json, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw new MalformedContentException("contains lists that are nested too deeply");
        }
        return switch (json.currentToken()) {
            case VALUE_STRING -> json.getText();
            case VALUE_NUMBER_INT -> json.getLongValue();
            case VALUE_NUMBER_FLOAT -> finite(json);
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case START_ARRAY -> {
                List<Object> list = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    list.add(read(json, depth + 1));
                }
                yield list;
            }
            case START_OBJECT -> TypedValues.read(json);
            default -> throw new MalformedContentException("contains an invalid value");
        };
    }

    private static double finite(JsonParser json) throws IOException {
        double number = Double.parseDouble(json.getText());
        if (Double.isInfinite(number)) {
            throw new MalformedContentException("contains a number that is too large for a float");
        }
        return number;
    }

    /** Throws if the parser is not at this token. */
    static void expect(JsonParser json, JsonToken token) throws IOException {
        if (json.currentToken() != token) {
            throw new MalformedContentException("has " + (json.currentToken() == null ? "its end" : json.currentToken())
                    + " where " + token + " is expected");
        }
    }
}
