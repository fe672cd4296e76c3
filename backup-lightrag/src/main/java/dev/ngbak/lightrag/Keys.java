package dev.ngbak.lightrag;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.UUID;

/** Derives keys and ids as LightRAG does. */
final class Keys {

    private static final long VERSION_4 = 0x4000L;
    private static final long VERSION_MASK = 0xF000L;
    private static final long VARIANT = 0x8000000000000000L;
    private static final long VARIANT_MASK = 0xC000000000000000L;

    private Keys() {}

    /** Returns a prefix and the hexadecimal MD5 of a text. */
    static String md5(String prefix, String text) {
        return prefix + HexFormat.of().formatHex(digest("MD5", text));
    }

    /** Returns the id of a point: the first half of the SHA-256 of the workspace and the key, as a random UUID is written. */
    static String pointId(String workspace, String key) {
        ByteBuffer hash = ByteBuffer.wrap(digest("SHA-256", workspace + key));
        long most = hash.getLong() & ~VERSION_MASK | VERSION_4;
        long least = hash.getLong() & ~VARIANT_MASK | VARIANT;
        return new UUID(most, least).toString();
    }

    private static byte[] digest(String algorithm, String text) {
        try {
            return MessageDigest.getInstance(algorithm).digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + algorithm, e);
        }
    }
}
