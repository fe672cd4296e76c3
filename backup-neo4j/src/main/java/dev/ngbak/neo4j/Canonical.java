package dev.ngbak.neo4j;

import dev.ngbak.spi.ContentDigest;
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
import org.neo4j.driver.types.IsoDuration;
import org.neo4j.driver.types.Point;

/** The canonical bytes of one record, as docs/FORMAT.md lays them down. One is used for all, one after the other. */
final class Canonical {

    private final MessageDigest sha256 = ContentDigest.sha256();
    private ByteBuffer bytes = ByteBuffer.allocate(1 << 12);

    Canonical begin(char kind) {
        if (bytes.capacity() > 1 << 20) {
            bytes = ByteBuffer.allocate(1 << 12);
        }
        bytes.clear();
        return tag(kind);
    }

    int size() {
        return bytes.position();
    }

    byte[] digest() {
        sha256.update(bytes.array(), 0, bytes.position());
        return sha256.digest();
    }

    Canonical tag(char tag) {
        room(1).put((byte) tag);
        return this;
    }

    Canonical number(long number) {
        room(Long.BYTES).putLong(number);
        return this;
    }

    Canonical raw(byte[] raw) {
        room(raw.length).put(raw);
        return this;
    }

    Canonical field(byte[] field) {
        return number(field.length).raw(field);
    }

    Canonical field(String text) {
        return field(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Texts whose order means nothing. */
    Canonical sorted(Collection<String> texts) {
        number(texts.size());
        texts.stream().sorted(Texts.BY_BYTES).forEach(this::field);
        return this;
    }

    Canonical map(Map<String, ?> properties) {
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

    /** A value of a property, with a tag for its type. */
    Canonical value(Object value) {
        if (value instanceof String text) {
            tag('s').field(text);
        } else if (value instanceof Long number) {
            tag('i').number(number);
        } else if (value instanceof Double number) {
            tag('f').real(number);
        } else if (value instanceof Boolean truth) {
            tag(truth ? '1' : '0');
        } else if (value instanceof byte[] array) {
            tag('x').field(array);
        } else if (value instanceof List<?> list) {
            tag('[').number(list.size());
            list.forEach(this::value);
        } else if (value instanceof Point point) {
            point(point);
        } else if (value instanceof IsoDuration duration) {
            tag('P').number(duration.months()).number(duration.days());
            number(duration.seconds()).number(duration.nanoseconds());
        } else {
            time(value);
        }
        return this;
    }

    private void real(double number) {
        number(Double.doubleToLongBits(number));
    }

    private void point(Point point) {
        boolean flat = PropertyJson.isFlat(point);
        tag('p').number(point.srid()).number(flat ? 2 : 3);
        real(point.x());
        real(point.y());
        if (!flat) {
            real(point.z());
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
            throw new UnsupportedValue(value);
        }
    }

    private Canonical instant(Instant instant) {
        return number(instant.getEpochSecond()).number(instant.getNano());
    }

    private ByteBuffer room(int amount) {
        if (bytes.remaining() < amount) {
            int capacity = Math.toIntExact(Math.max(2L * bytes.capacity(), (long) bytes.position() + amount));
            bytes = ByteBuffer.allocate(capacity).put(bytes.flip());
        }
        return bytes;
    }
}
