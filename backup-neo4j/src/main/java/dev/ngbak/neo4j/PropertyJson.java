package dev.ngbak.neo4j;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
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
import org.neo4j.driver.Values;
import org.neo4j.driver.types.IsoDuration;
import org.neo4j.driver.types.Point;

/**
 * Values of properties as JSON. Texts, truth values and lists are what they are in JSON, an integer is a number without
 * and a float one with a point; everything else is an object whose one member names the type.
 */
final class PropertyJson {

    private static final Set<Integer> FLAT = Set.of(4326, 7203);
    private static final Set<Integer> SPATIAL = Set.of(4979, 9157);
    private static final int DEEPEST = 64;

    private PropertyJson() {}

    /** Whether a point has two coordinates. Throws for a coordinate system that Neo4j does not have. */
    static boolean isFlat(Point point) {
        if (!FLAT.contains(point.srid()) && !SPATIAL.contains(point.srid())) {
            throw new UnsupportedValue(point);
        }
        return FLAT.contains(point.srid());
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
        } else if (value instanceof Boolean truth) {
            json.writeBoolean(truth);
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
            tagged(json, "float", Double.toString(number));
        }
    }

    private static void writeTyped(JsonGenerator json, Object value) throws IOException {
        if (value instanceof byte[] bytes) {
            json.writeStartObject();
            json.writeBinaryField("bytes", bytes);
            json.writeEndObject();
        } else if (value instanceof LocalDate) {
            tagged(json, "date", value.toString());
        } else if (value instanceof LocalTime) {
            tagged(json, "localtime", value.toString());
        } else if (value instanceof OffsetTime) {
            tagged(json, "time", value.toString());
        } else if (value instanceof LocalDateTime) {
            tagged(json, "localdatetime", value.toString());
        } else if (value instanceof ZonedDateTime time) {
            String local = time.toOffsetDateTime().toString();
            boolean zoned = !(time.getZone() instanceof ZoneOffset);
            tagged(json, "datetime", zoned ? local + "[" + time.getZone().getId() + "]" : local);
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
        } else {
            throw new UnsupportedValue(value);
        }
    }

    private static void writePoint(JsonGenerator json, Point point) throws IOException {
        boolean flat = isFlat(point);
        json.writeStartObject();
        json.writeArrayFieldStart("point");
        json.writeNumber(point.srid());
        writeDouble(json, point.x());
        writeDouble(json, point.y());
        if (!flat) {
            writeDouble(json, point.z());
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void tagged(JsonGenerator json, String type, String text) throws IOException {
        json.writeStartObject();
        json.writeStringField(type, text);
        json.writeEndObject();
    }

    /** Reads an object of properties; the parser stands on its beginning. */
    static Map<String, Object> readMap(JsonParser json) throws IOException {
        expect(json, JsonToken.START_OBJECT);
        Map<String, Object> properties = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String key = json.currentName();
            json.nextToken();
            if (properties.put(key, read(json, 0)) != null) {
                throw new Malformed("has the property \"" + Texts.shown(key) + "\" twice");
            }
        }
        expect(json, JsonToken.END_OBJECT);
        return properties;
    }

    /** Reads a value; the parser stands on its first token, and then on its last. */
    private static Object read(JsonParser json, int depth) throws IOException {
        if (depth > DEEPEST) {
            throw new Malformed("has lists within lists");
        }
        return switch (json.currentToken()) {
            case VALUE_STRING -> json.getText();
            case VALUE_NUMBER_INT -> json.getLongValue();
            case VALUE_NUMBER_FLOAT -> real(json);
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
            default -> throw new Malformed("has a value that is none");
        };
    }

    private static double real(JsonParser json) throws IOException {
        double number = Double.parseDouble(json.getText());
        if (Double.isInfinite(number)) {
            throw new Malformed("has a number that no float is");
        }
        return number;
    }

    private static Object readTyped(JsonParser json) throws IOException {
        if (json.nextToken() != JsonToken.FIELD_NAME) {
            throw new Malformed("has an object without a type");
        }
        String type = json.currentName();
        json.nextToken();
        Object value;
        try {
            value = typed(type, json);
        } catch (DateTimeException e) {
            throw new Malformed("has a " + type + " that is none");
        }
        json.nextToken();
        expect(json, JsonToken.END_OBJECT);
        return value;
    }

    private static Object typed(String type, JsonParser json) throws IOException {
        return switch (type) {
            case "float" -> special(text(json));
            case "bytes" -> json.getBinaryValue();
            case "date" -> LocalDate.parse(text(json));
            case "localtime" -> LocalTime.parse(text(json));
            case "time" -> OffsetTime.parse(text(json));
            case "localdatetime" -> LocalDateTime.parse(text(json));
            case "datetime" -> dateTime(text(json));
            case "duration" -> duration(list(json));
            case "point" -> point(list(json));
            default -> throw new Malformed("has a value of the type \"" + Texts.shown(type) + "\", which is unknown");
        };
    }

    private static String text(JsonParser json) throws IOException {
        expect(json, JsonToken.VALUE_STRING);
        return json.getText();
    }

    private static List<?> list(JsonParser json) throws IOException {
        return read(json, DEEPEST - 1) instanceof List<?> list ? list : List.of();
    }

    private static Double special(String text) throws Malformed {
        return switch (text) {
            case "NaN" -> Double.NaN;
            case "Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            default -> throw new Malformed("has a float that is none");
        };
    }

    /** The offset decides, also in the hour that clocks are put back over. */
    private static ZonedDateTime dateTime(String text) throws Malformed {
        int zone = text.indexOf('[');
        if (zone < 0) {
            return OffsetDateTime.parse(text).toZonedDateTime();
        }
        if (!text.endsWith("]")) {
            throw new Malformed("has a datetime that is none");
        }
        return OffsetDateTime.parse(text.substring(0, zone))
                .atZoneSameInstant(ZoneId.of(text.substring(zone + 1, text.length() - 1)));
    }

    private static IsoDuration duration(List<?> parts) throws Malformed {
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
        throw new Malformed("has a duration that is none");
    }

    private static Point point(List<?> parts) throws Malformed {
        if (parts.size() >= 3
                && parts.get(0) instanceof Long srid
                && parts.get(1) instanceof Double x
                && parts.get(2) instanceof Double y) {
            if (parts.size() == 3 && FLAT.contains(srid.intValue())) {
                return Values.point(srid.intValue(), x, y).asPoint();
            }
            if (parts.size() == 4 && SPATIAL.contains(srid.intValue()) && parts.get(3) instanceof Double z) {
                return Values.point(srid.intValue(), x, y, z).asPoint();
            }
        }
        throw new Malformed("has a point that is none");
    }

    static void expect(JsonParser json, JsonToken token) throws IOException {
        if (json.currentToken() != token) {
            throw new Malformed("has " + (json.currentToken() == null ? "nothing" : "something else")
                    + " where its form wants " + token);
        }
    }
}
