package dev.ngbak.neo4j;

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
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.neo4j.driver.Values;
import org.neo4j.driver.types.IsoDuration;
import org.neo4j.driver.types.Point;
import org.neo4j.driver.types.Vector;

/** Reads the values that {@link PropertyJson} writes as an object whose only member names their type. */
final class TypedValues {

    static final Set<Integer> SRIDS_2D = Set.of(4326, 7203);
    static final Set<Integer> SRIDS_3D = Set.of(4979, 9157);

    private TypedValues() {}

    /** Reads a value. Moves the parser from the start of its object to the end. */
    static Object read(JsonParser json) throws IOException {
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
        PropertyJson.expect(json, JsonToken.END_OBJECT);
        return value;
    }

    private static Object typed(String type, JsonParser json) throws IOException {
        return switch (type) {
            case "float" -> nonFinite(text(json));
            case "bytes" -> json.getBinaryValue();
            case "duration" -> duration(PropertyJson.list(json));
            case "point" -> point(PropertyJson.list(json));
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
        PropertyJson.expect(json, JsonToken.VALUE_STRING);
        return json.getText();
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
        PropertyJson.expect(json, JsonToken.START_OBJECT);
        String type = "";
        byte[] data = {};
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String member = json.currentName();
            json.nextToken();
            switch (member) {
                case "type" -> type = text(json);
                case "data" -> {
                    PropertyJson.expect(json, JsonToken.VALUE_STRING);
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
}
