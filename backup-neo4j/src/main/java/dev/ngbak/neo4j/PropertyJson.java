package dev.ngbak.neo4j;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.ngbak.spi.support.MalformedContentException;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.neo4j.driver.Values;
import org.neo4j.driver.types.IsoDuration;
import org.neo4j.driver.types.Point;
import org.neo4j.driver.types.Vector;

/**
 * Writes and reads values of properties as JSON. Strings, booleans and lists are those of JSON; a number with a point
 * or an exponent is a float, any other number an integer; any other value is an object whose only member names the
 * type.
 */
final class PropertyJson {

    private static final Set<Integer> SRIDS_2D = Set.of(4326, 7203);
    private static final Set<Integer> SRIDS_3D = Set.of(4979, 9157);
    private static final int MAX_DEPTH = 64;

    private PropertyJson() {}

    /** Returns whether the coordinate system of a point is known. */
    static boolean isKnown(Point point) {
        return SRIDS_2D.contains(point.srid()) || SRIDS_3D.contains(point.srid());
    }

    /** Returns whether a point has two coordinates. Throws for an unknown coordinate system. */
    static boolean isTwoDimensional(Point point) {
        if (!isKnown(point)) {
            throw Neo4jErrors.unsupportedValue(point);
        }
        return SRIDS_2D.contains(point.srid());
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
            case START_OBJECT -> readTyped(json);
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

    private static Object readTyped(JsonParser json) throws IOException {
        if (json.nextToken() != JsonToken.FIELD_NAME) {
            throw new MalformedContentException("contains an object without a type");
        }
        String type = json.currentName();
        json.nextToken();
        Object value;
        try {
            value = typed(type, json);
        } catch (DateTimeException e) {
            throw new MalformedContentException("contains an invalid " + type);
        }
        json.nextToken();
        expect(json, JsonToken.END_OBJECT);
        return value;
    }

    private static Object typed(String type, JsonParser json) throws IOException {
        return switch (type) {
            case "float" -> nonFinite(text(json));
            case "bytes" -> json.getBinaryValue();
            case "duration" -> duration(list(json));
            case "point" -> point(list(json));
            case "vector" -> vector(json);
            case "uuid" -> uuid(text(json));
            default -> temporal(type, text(json));
        };
    }

    /** @throws DateTimeException for a text that is not of this type */
    static Object temporal(String type, String text) throws MalformedContentException {
        return switch (type) {
            case "date" -> LocalDate.parse(text);
            case "localtime" -> LocalTime.parse(text);
            case "time" -> OffsetTime.parse(text);
            case "localdatetime" -> LocalDateTime.parse(text);
            case "datetime" -> dateTime(text);
            default ->
                throw new MalformedContentException("contains a value of the unknown type " + SafeText.quoted(type));
        };
    }

    private static String text(JsonParser json) throws IOException {
        expect(json, JsonToken.VALUE_STRING);
        return json.getText();
    }

    private static List<?> list(JsonParser json) throws IOException {
        return read(json, MAX_DEPTH - 1) instanceof List<?> list ? list : List.of();
    }

    private static Double nonFinite(String text) throws MalformedContentException {
        return switch (text) {
            case "NaN" -> Double.NaN;
            case "Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            default -> throw new MalformedContentException("contains an invalid float");
        };
    }

    /** Parses the offset and the zone separately, because the local time is ambiguous when clocks are set back. */
    private static ZonedDateTime dateTime(String text) throws MalformedContentException {
        int zone = text.indexOf('[');
        if (zone < 0) {
            return OffsetDateTime.parse(text).toZonedDateTime();
        }
        if (!text.endsWith("]")) {
            throw new MalformedContentException("contains an invalid datetime");
        }
        return OffsetDateTime.parse(text.substring(0, zone))
                .atZoneSameInstant(ZoneId.of(text.substring(zone + 1, text.length() - 1)));
    }

    private static IsoDuration duration(List<?> parts) throws MalformedContentException {
        if (parts.size() == 4
                && parts.get(0) instanceof Long months
                && parts.get(1) instanceof Long days
                && parts.get(2) instanceof Long seconds
                && parts.get(3) instanceof Long nanoseconds
                && nanoseconds >= 0
                && nanoseconds < 1_000_000_000) {
            return Values.isoDuration(months, days, seconds, nanoseconds.intValue())
                    .asIsoDuration();
        }
        throw new MalformedContentException("contains an invalid duration");
    }

    private static Point point(List<?> parts) throws MalformedContentException {
        if (parts.size() >= 3
                && parts.get(0) instanceof Long srid
                && parts.get(1) instanceof Double x
                && parts.get(2) instanceof Double y) {
            if (parts.size() == 3 && SRIDS_2D.contains(srid.intValue())) {
                return Values.point(srid.intValue(), x, y).asPoint();
            }
            if (parts.size() == 4 && SRIDS_3D.contains(srid.intValue()) && parts.get(3) instanceof Double z) {
                return Values.point(srid.intValue(), x, y, z).asPoint();
            }
        }
        throw new MalformedContentException("contains an invalid point");
    }

    private static Vector vector(JsonParser json) throws IOException {
        expect(json, JsonToken.START_OBJECT);
        String type = "";
        byte[] data = {};
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String member = json.currentName();
            json.nextToken();
            switch (member) {
                case "type" -> type = text(json);
                case "data" -> {
                    expect(json, JsonToken.VALUE_STRING);
                    data = json.getBinaryValue();
                }
                default -> throw new MalformedContentException("contains a vector with an unknown member");
            }
        }
        return VectorValue.of(type, data).vector();
    }

    /** Accepts only the usual form, because Java would also read shorter ones. */
    private static UUID uuid(String text) throws MalformedContentException {
        try {
            UUID uuid = UUID.fromString(text);
            if (uuid.toString().equals(text)) {
                return uuid;
            }
        } catch (IllegalArgumentException e) {
            // Reported below.
        }
        throw new MalformedContentException("contains an invalid uuid");
    }

    /** Throws if the parser is not at this token. */
    static void expect(JsonParser json, JsonToken token) throws IOException {
        if (json.currentToken() != token) {
            throw new MalformedContentException("has " + (json.currentToken() == null ? "its end" : json.currentToken())
                    + " where " + token + " is expected");
        }
    }
}
