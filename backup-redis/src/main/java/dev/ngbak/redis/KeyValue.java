package dev.ngbak.redis;

import dev.ngbak.spi.ContentDigest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * What a key holds.
 *
 * @param type as the server names it, such as {@code string}; empty for an expiry alone
 * @param expires in milliseconds of Unix time, or {@link #NEVER}
 * @param content 32 bytes that stand for the content: the SHA-256 of a string, else as {@link LogicalContent} says
 * @param value the bytes of a string, the DUMP of another type; empty where only the content is wanted; {@code null} where
 *     it was left out of a side table
 */
record KeyValue(String type, long expires, byte[] content, byte[] value) {

    static final long NEVER = -1;
    static final String STRING = "string";

    private static final int CONTENT = 32;

    static KeyValue string(byte[] value, long expires) {
        return new KeyValue(STRING, expires, ContentDigest.sha256().digest(value), value);
    }

    /** An expiry whose value stands elsewhere. */
    static KeyValue expiry(long expires) {
        return new KeyValue("", expires, new byte[CONTENT], new byte[0]);
    }

    boolean isExpiryAlone() {
        return type.isEmpty();
    }

    boolean isString() {
        return type.equals(STRING);
    }

    boolean lapsed(long now) {
        return expires != NEVER && expires <= now;
    }

    KeyValue expiring(long when) {
        return new KeyValue(type, when, content, value);
    }

    /** @param whole with its value */
    byte[] packed(boolean whole) {
        byte[] name = type.getBytes(StandardCharsets.UTF_8);
        byte[] value = whole ? this.value : new byte[0];
        return ByteBuffer.allocate(Long.BYTES + Integer.BYTES + name.length + CONTENT + 1 + value.length)
                .putLong(expires)
                .putInt(name.length)
                .put(name)
                .put(content)
                .put((byte) (whole ? 1 : 0))
                .put(value)
                .array();
    }

    static KeyValue unpacked(byte[] packed) {
        ByteBuffer in = ByteBuffer.wrap(packed);
        long expires = in.getLong();
        byte[] name = new byte[in.getInt()];
        in.get(name);
        byte[] content = new byte[CONTENT];
        in.get(content);
        boolean whole = in.get() == 1;
        byte[] value = new byte[in.remaining()];
        in.get(value);
        return new KeyValue(new String(name, StandardCharsets.UTF_8), expires, content, whole ? value : null);
    }

    /** Adds the key's records to a digest: one for what it holds, and one for when it expires. */
    void addTo(ContentDigest sum, byte[] rest) {
        MessageDigest record = ContentDigest.sha256();
        if (isString()) {
            record.update((byte) 's');
            ContentDigest.field(record, rest);
        } else {
            record.update((byte) 'o');
            ContentDigest.field(record, rest);
            ContentDigest.field(record, type);
        }
        record.update(content);
        sum.add(record.digest());
        if (expires != NEVER) {
            record.update((byte) 't');
            ContentDigest.field(record, rest);
            ContentDigest.number(record, expires);
            sum.add(record.digest());
        }
    }
}
