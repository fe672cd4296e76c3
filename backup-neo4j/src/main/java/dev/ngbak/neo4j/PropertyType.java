package dev.ngbak.neo4j;

import dev.ngbak.spi.support.ProductVersion;
import dev.ngbak.spi.support.SafeText;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetTime;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.neo4j.driver.Value;
import org.neo4j.driver.types.IsoDuration;
import org.neo4j.driver.types.Point;
import org.neo4j.driver.types.UnsupportedType;
import org.neo4j.driver.types.Vector;

/** The types of values that a property may have, as far as an archive can contain them. */
enum PropertyType {
    /** A type that every release of Neo4j 5 can store. */
    BASIC(new ProductVersion(5, 0)),
    VECTOR(new ProductVersion(2025, 10)),
    UUID(new ProductVersion(2026, 8)),
    /** A type that no archive can contain. */
    UNSUPPORTED(new ProductVersion(0, 0));

    private final ProductVersion since;

    PropertyType(ProductVersion since) {
        this.since = since;
    }

    /** Returns the first release that can store the type. */
    ProductVersion since() {
        return since;
    }

    /** Returns the type that a manifest names, if not every server can store it. */
    static Optional<PropertyType> ofName(String name) {
        return Stream.of(VECTOR, UUID).filter(type -> type.name().equals(name)).findFirst();
    }

    /** Stands for a value that the driver could not convert, such as a time in a zone that this Java does not know. */
    private record Unreadable(String why) {}

    /** Returns properties as the driver converts them. What it cannot convert becomes a value that is unsupported. */
    static Map<String, Object> read(Value properties) {
        return properties.asMap(value -> {
            try {
                return value.asObject();
            } catch (DateTimeException e) {
                return new Unreadable(String.valueOf(e.getMessage()));
            }
        });
    }

    /** Returns the type of a value; that of its elements for a list. */
    static PropertyType of(Object value) {
        if (value instanceof List<?> list) {
            PropertyType type = BASIC;
            for (Object element : list) {
                PropertyType other = element instanceof List<?> ? UNSUPPORTED : of(element);
                type = other.compareTo(type) > 0 ? other : type;
            }
            return type;
        }
        if (value instanceof Vector) {
            return VECTOR;
        }
        if (value instanceof UUID) {
            return UUID;
        }
        return isBasic(value) ? BASIC : UNSUPPORTED;
    }

    private static boolean isBasic(Object value) {
        return value instanceof String
                || value instanceof Long
                || value instanceof Double
                || value instanceof Boolean
                || value instanceof byte[]
                || value instanceof LocalDate
                || value instanceof LocalTime
                || value instanceof OffsetTime
                || value instanceof LocalDateTime
                || value instanceof ZonedDateTime
                || value instanceof IsoDuration
                || value instanceof Point point && PropertyJson.isKnown(point);
    }

    /**
     * Returns the name of the type of an unsupported value for messages. For a type that is newer than the driver, the driver or
     * the server puts another value in its place, which names the type.
     */
    static String describe(Object value) {
        if (value instanceof UnsupportedType type) {
            return SafeText.quoted(type.name()) + ", which needs Bolt "
                    + SafeText.forMessage(type.minProtocolVersion());
        }
        if (value instanceof Map<?, ?> map && map.get("originalType") != null) {
            return SafeText.quoted(String.valueOf(map.get("originalType")));
        }
        if (value instanceof Unreadable unreadable) {
            return SafeText.forMessage(unreadable.why());
        }
        if (value instanceof List<?> list) {
            return list.stream()
                    .filter(element -> element instanceof List<?> || of(element) == UNSUPPORTED)
                    .findFirst()
                    .map(element -> "a list that contains " + describe(element))
                    .orElse("a list");
        }
        return value == null ? "null" : value.getClass().getSimpleName();
    }
}
