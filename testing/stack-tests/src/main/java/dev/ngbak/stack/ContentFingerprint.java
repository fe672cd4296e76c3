package dev.ngbak.stack;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Summarises the content of a store as one line for comparison: the number of records and an order-independent sum of their
 * hashes. It shares no code with the product, so that tests can use it to verify the product.
 */
final class ContentFingerprint {

    private BigInteger sum = BigInteger.ZERO;
    private long records;

    void add(String record) {
        sum = sum.add(new BigInteger(1, hash(record.getBytes(StandardCharsets.UTF_8))));
        records++;
    }

    static byte[] hash(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    static String hash(String text) {
        return HexFormat.of().formatHex(hash(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Returns a text form of a value that includes the Java types of its parts. Members are sorted by name. */
    static String text(Object value) {
        if (value instanceof Map<?, ?> map) {
            StringBuilder text = new StringBuilder("{");
            new TreeMap<>(map)
                    .forEach((key, element) ->
                            text.append(key).append('=').append(text(element)).append('\0'));
            return text.append('}').toString();
        }
        if (value instanceof List<?> list) {
            return list.stream().map(ContentFingerprint::text).toList().toString();
        }
        if (value instanceof byte[] bytes) {
            return "byte[]:" + HexFormat.of().formatHex(bytes);
        }
        return value == null ? "null" : value.getClass().getSimpleName() + ":" + value;
    }

    @Override
    public String toString() {
        return records + " records " + sum.toString(36);
    }
}
