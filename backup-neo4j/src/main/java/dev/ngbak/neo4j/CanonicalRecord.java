package dev.ngbak.neo4j;

import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.support.Utf8;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.neo4j.driver.types.IsoDuration;
import org.neo4j.driver.types.Point;
import org.neo4j.driver.types.Vector;

/** A buffer for the canonical bytes of one record, as docs/FORMAT.md defines them. One buffer serves all records. */
final class CanonicalRecord {

    private static final int INITIAL_CAPACITY = 1 << 12;
    private static final int MAX_RETAINED_CAPACITY = 1 << 20;

    private final MessageDigest sha256 = ContentDigest.sha256();
    private ByteBuffer bytes = ByteBuffer.allocate(INITIAL_CAPACITY);

    /** Discards the previous record and starts a new one. */
    CanonicalRecord begin(char kind) {
        if (bytes.capacity() > MAX_RETAINED_CAPACITY) {
            bytes = ByteBuffer.allocate(INITIAL_CAPACITY);
        }
        bytes.clear();
        return tag(kind);
    }

    /** Returns the size of the record in bytes. */
    int size() {
        return bytes.position();
    }

    /** Returns the SHA-256 of the record. */
    byte[] digest() {
        sha256.update(bytes.array(), 0, bytes.position());
        return sha256.digest();
    }

    CanonicalRecord tag(char tag) {
        reserve(1).put((byte) tag);
        return this;
    }

    CanonicalRecord number(long number) {
        reserve(Long.BYTES).putLong(number);
        return this;
    }

    CanonicalRecord raw(byte[] raw) {
        reserve(raw.length).put(raw);
        return this;
    }

    CanonicalRecord field(byte[] field) {
        return number(field.length).raw(field);
    }

    CanonicalRecord field(String text) {
        return field(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Appends a set of texts. */
    CanonicalRecord sorted(Collection<String> texts) {
        number(texts.size());
        texts.stream().sorted(Utf8.BYTE_ORDER).forEach(this::field);
        return this;
    }

    /** Appends properties, sorted by the UTF-8 bytes of their names. */
    CanonicalRecord map(Map<String, ?> properties) {
        record Entry(byte[] key, Object value) {}
        List<Entry> entries = new ArrayList<>(properties.size());
        properties.forEach((key, value) -> entries.add(new Entry(key.getBytes(StandardCharsets.UTF_8), value)));
        entries.sort((one, other) -> Arrays.compareUnsigned(one.key, other.key));
        number(entries.size());
        for (Entry entry : entries) {
            field(entry.key).value(entry.value);
        }
        return this;
    }

    /** Appends the value of a property, after a tag for its type. */
    CanonicalRecord value(Object value) {
        if (value instanceof String text) {
            tag('s').field(text);
        } else if (value instanceof Long number) {
            tag('i').number(number);
        } else if (value instanceof Double number) {
            tag('f').floatBits(number);
        } else if (value instanceof Boolean bool) {
            tag(bool ? '1' : '0');
        } else if (value instanceof byte[] binary) {
            tag('x').field(binary);
        } else if (value instanceof List<?> list) {
            tag('[').number(list.size());
            list.forEach(this::value);
        } else if (value instanceof Point point) {
            point(point);
        } else if (value instanceof IsoDuration duration) {
            tag('P').number(duration.months()).number(duration.days());
            number(duration.seconds()).number(duration.nanoseconds());
        } else if (value instanceof Vector vector) {
            VectorValue elements = VectorValue.of(vector);
            tag('v').field(elements.type().name()).field(elements.data());
        } else if (value instanceof UUID uuid) {
            tag('u').number(uuid.getMostSignificantBits()).number(uuid.getLeastSignificantBits());
        } else {
            time(value);
        }
        return this;
    }

    private void floatBits(double number) {
        number(Double.doubleToLongBits(number));
    }

    private void point(Point point) {
        boolean is2d = PropertyJson.isTwoDimensional(point);
        tag('p').number(point.srid()).number(is2d ? 2 : 3);
        floatBits(point.x());
        floatBits(point.y());
        if (!is2d) {
            floatBits(point.z());
        }
    }

    private void time(Object value) {
        if (value instanceof LocalDate date) {
            tag('d').number(date.toEpochDay());
        } else if (value instanceof LocalTime time) {
            tag('t').number(time.toNanoOfDay());
        } else if (value instanceof OffsetTime time) {
            tag('T').number(time.toLocalTime().toNanoOfDay())
                    .number(time.getOffset().getTotalSeconds());
        } else if (value instanceof LocalDateTime time) {
            tag('l').instant(time.toInstant(ZoneOffset.UTC));
        } else if (value instanceof ZonedDateTime time && time.getZone() instanceof ZoneOffset offset) {
            tag('o').instant(time.toInstant()).number(offset.getTotalSeconds());
        } else if (value instanceof ZonedDateTime time) {
            tag('z').instant(time.toInstant()).field(time.getZone().getId());
        } else {
            throw Neo4jErrors.unsupportedValue(value);
        }
    }

    private CanonicalRecord instant(Instant instant) {
        return number(instant.getEpochSecond()).number(instant.getNano());
    }

    private ByteBuffer reserve(int amount) {
        if (bytes.remaining() < amount) {
            int capacity = Math.toIntExact(Math.max(2L * bytes.capacity(), (long) bytes.position() + amount));
            bytes = ByteBuffer.allocate(capacity).put(bytes.flip());
        }
        return bytes;
    }
}
