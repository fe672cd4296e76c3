package dev.ngbak.redis;

import dev.ngbak.spi.support.SafeText;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The two parts of a key's suffix, which is the key without the prefix of the scope: its namespace, which names the
 * file in the archive, and its id within that namespace. If a suffix does not begin with a valid namespace, the whole
 * suffix is an id in the namespace {@code _other}.
 */
record KeyName(String namespace, byte[] id) {

    static final String OTHER = "_other";

    private static final int MAX_NAMESPACE_BYTES = 200;

    /** Splits a suffix. */
    static KeyName of(byte[] suffix) {
        int colon = namespaceLength(suffix);
        String namespace = colon < 0 ? null : plainText(suffix, colon);
        return namespace == null || namespace.equals(OTHER)
                ? new KeyName(OTHER, suffix)
                : new KeyName(namespace, Arrays.copyOfRange(suffix, colon + 1, suffix.length));
    }

    /** Returns the length of the namespace in front of the first colon, or -1 if there is no valid namespace. */
    private static int namespaceLength(byte[] suffix) {
        for (int i = 0; i < suffix.length && i <= MAX_NAMESPACE_BYTES; i++) {
            if (suffix[i] == ':') {
                return i == 0 ? -1 : i;
            }
        }
        return -1;
    }

    /** Joins the parts. */
    byte[] suffix() {
        return namespace.equals(OTHER) ? id : RedisConnection.concat(RedisConnection.bytes(namespace + ":"), id);
    }

    /** Returns a suffix as messages show it. */
    static String quoted(byte[] suffix) {
        return SafeText.quoted(RedisConnection.text(suffix));
    }

    /** Returns the text, or {@code null} if it is not UTF-8 or contains control characters. */
    private static String plainText(byte[] bytes, int length) {
        if (isPlainAscii(bytes, length)) {
            return new String(bytes, 0, length, StandardCharsets.US_ASCII);
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, length))
                    .toString();
            return text.chars().anyMatch(c -> Character.isISOControl(c) || c == 0xfffd) ? null : text;
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** Returns whether the bytes are valid UTF-8. Decodes them in pieces, because there may be many. */
    static boolean isUtf8(byte[] bytes) {
        if (isPlainAscii(bytes, bytes.length)) {
            return true;
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(Math.min(1 << 12, bytes.length));
        CoderResult result;
        do {
            result = decoder.decode(in, out.clear(), true);
        } while (result.isOverflow());
        return !result.isError();
    }

    /** Returns whether the bytes are ASCII without control characters, as they nearly always are. */
    private static boolean isPlainAscii(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            if (bytes[i] < ' ' || bytes[i] == 0x7f) {
                return false;
            }
        }
        return true;
    }
}
