package dev.ngbak.spi;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Computes the digest of a set of records: the sum modulo 2<sup>256</sup> of the SHA-256 of each record's canonical
 * bytes. The result does not depend on the order of the records, so neither another scan order nor new internal ids
 * change it. If the order matters, the position of a record is part of its canonical bytes, which docs/FORMAT.md
 * defines. Not thread-safe.
 */
public final class ContentDigest {

    private final byte[] sum = new byte[32];

    /** Adds one record by the SHA-256 of its canonical bytes. */
    public void add(byte[] recordDigest) {
        int carry = 0;
        for (int i = sum.length - 1; i >= 0; i--) {
            int total = (sum[i] & 0xff) + (recordDigest[i] & 0xff) + carry;
            sum[i] = (byte) total;
            carry = total >>> 8;
        }
    }

    /** Adds all records of another digest. */
    public void add(ContentDigest other) {
        add(other.sum);
    }

    /** Returns the sum as 64 lower-case hexadecimal digits; 64 zeros if there is no record. */
    public String text() {
        return HexFormat.of().formatHex(sum);
    }

    /** Returns a new SHA-256 digest, which every Java platform supports. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java platform lacks SHA-256", e);
        }
    }

    /** Adds a field: its length as eight bytes, big-endian, and its bytes, so that different lists of fields have different digests. */
    public static void field(MessageDigest digest, byte[] bytes) {
        number(digest, bytes.length);
        digest.update(bytes);
    }

    /** Adds the UTF-8 bytes of a text as a field. */
    public static void field(MessageDigest digest, String text) {
        field(digest, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds a number as eight bytes, big-endian. */
    public static void number(MessageDigest digest, long number) {
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
    }
}
