package dev.ngbak.layout;

import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.support.Utf8;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Adds properties and payloads to a digest: values are equal if their types and their bits are, in any backend. */
public final class CanonicalValue {

    private CanonicalValue() {}

    /** Adds a value, which may be {@code null}. */
    public static void add(MessageDigest digest, @Nullable Object value) {
        if (value instanceof String text) {
            digest.update((byte) 's');
            ContentDigest.field(digest, text);
        } else if (value instanceof Boolean bool) {
            digest.update((byte) (bool ? '1' : '0'));
        } else if (value instanceof Long || value instanceof Integer || value instanceof BigInteger) {
            digest.update((byte) 'i');
            ContentDigest.field(digest, value.toString());
        } else if (value instanceof Double || value instanceof Float) {
            digest.update((byte) 'f');
            ContentDigest.number(digest, Double.doubleToLongBits(((Number) value).doubleValue()));
        } else if (value instanceof List<?> list) {
            digest.update((byte) 'l');
            ContentDigest.number(digest, list.size());
            list.forEach(element -> add(digest, element));
        } else if (value instanceof Map<?, ?> map) {
            digest.update((byte) 'm');
            ContentDigest.number(digest, map.size());
            map.keySet().stream()
                    .map(String.class::cast)
                    .sorted(Utf8.BYTE_ORDER)
                    .forEach(name -> {
                        ContentDigest.field(digest, name);
                        add(digest, map.get(name));
                    });
        } else {
            // A type of one backend only, such as a date, or null. No other backend holds it, so its text is enough.
            digest.update((byte) 'o');
            ContentDigest.field(digest, String.valueOf(value));
        }
    }
}
