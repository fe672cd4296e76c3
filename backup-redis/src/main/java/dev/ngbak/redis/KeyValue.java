package dev.ngbak.redis;

import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.RecordVisitor;

/**
 * The value of a key, or only its expiry.
 *
 * @param type as {@code TYPE} returns it, such as {@code string}; empty if this is an expiry whose value is elsewhere
 * @param expires in milliseconds of Unix time, or {@link #NEVER}
 * @param content the result of {@link #contentDigest}, or {@code null} for a string that is not digested yet
 * @param bytes those of a string, or the DUMP of another type; {@code null} if they were not read or not kept
 * @param fields those of a hash that expire by themselves, or {@code null}
 * @param isFull whether the content includes what only a DUMP has
 */
record KeyValue(String type, long expires, byte[] content, byte[] bytes, FieldExpiries fields, boolean isFull) {

    /** The expiry of a key that does not expire. Negative, because Redis accepts every positive number as a time. */
    static final long NEVER = -1;

    static final String STRING = "string";

    KeyValue(String type, long expires, byte[] content, byte[] bytes) {
        this(type, expires, content, bytes, null, false);
    }

    static KeyValue string(byte[] bytes, long expires) {
        return new KeyValue(STRING, expires, null, bytes);
    }

    static KeyValue expiryOnly(long expires) {
        return new KeyValue("", expires, new byte[32], null);
    }

    boolean isExpiryOnly() {
        return type.isEmpty();
    }

    boolean isString() {
        return type.equals(STRING);
    }

    boolean hasExpiry() {
        return expires != NEVER;
    }

    /** Returns whether the key does not exist any more at a time, because it or all fields of the hash have expired. */
    boolean isExpiredAt(long now) {
        return (hasExpiry() && expires <= now) || (fields != null && fields.allExpired(now));
    }

    KeyValue withExpiry(long when) {
        return new KeyValue(type, when, content, bytes, fields, isFull);
    }

    KeyValue withContent(byte[] digest) {
        return new KeyValue(type, expires, digest, bytes, fields, isFull);
    }

    KeyValue withFullContent(byte[] digest) {
        return new KeyValue(type, expires, digest, bytes, fields, true);
    }

    KeyValue withFields(FieldExpiries expiring) {
        return new KeyValue(type, expires, content, bytes, expiring, isFull);
    }

    /** Returns 32 bytes that identify the content: the SHA-256 of a string, or the result of {@link LogicalContent}. */
    byte[] contentDigest() {
        return content != null ? content : ContentDigest.sha256().digest(bytes);
    }

    /** Returns whether the bytes are in memory and short enough for a {@link RecordVisitor}. */
    boolean isShowable() {
        return bytes != null && bytes.length <= RecordVisitor.MAX_LENGTH;
    }

    /** Returns the number of bytes in memory. */
    int size() {
        return bytes == null ? 0 : bytes.length;
    }
}
