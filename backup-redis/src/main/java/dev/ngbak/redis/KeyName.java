package dev.ngbak.redis;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A key without the prefix, and its two parts: the namespace, whose file holds it, and its id there. A key that has no
 * proper namespace is wholly an id of the namespace {@code _other}.
 */
record KeyName(String namespace, byte[] id) {

    static final String OTHER = "_other";

    private static final int LONGEST = 200;

    /** Takes a key apart that the prefix is already taken from. */
    static KeyName of(byte[] rest) {
        int colon = 0;
        while (colon < rest.length && rest[colon] != ':') {
            colon++;
        }
        if (colon > 0 && colon < rest.length && colon <= LONGEST) {
            String namespace = plain(Arrays.copyOf(rest, colon));
            if (namespace != null && !namespace.equals(OTHER)) {
                return new KeyName(namespace, Arrays.copyOfRange(rest, colon + 1, rest.length));
            }
        }
        return new KeyName(OTHER, rest);
    }

    /** The key without the prefix. */
    byte[] rest() {
        if (namespace.equals(OTHER)) {
            return id;
        }
        byte[] begin = (namespace + ":").getBytes(StandardCharsets.UTF_8);
        byte[] rest = Arrays.copyOf(begin, begin.length + id.length);
        System.arraycopy(id, 0, rest, begin.length, id.length);
        return rest;
    }

    /** The text of UTF-8 without control characters, or {@code null}. */
    private static String plain(byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.chars().anyMatch(c -> Character.isISOControl(c) || c == 0xfffd) ? null : text;
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    static boolean isUtf8(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)) != null;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    /** Bytes by which keys sort: those of one namespace together, and by their ids. */
    static byte[] sortable(byte[] rest) {
        byte[] sortable = new byte[rest.length + 1];
        sortable[0] = (byte) (of(rest).namespace().equals(OTHER) ? 1 : 0);
        System.arraycopy(rest, 0, sortable, 1, rest.length);
        return sortable;
    }

    static byte[] unsortable(byte[] sortable) {
        return Arrays.copyOfRange(sortable, 1, sortable.length);
    }
}
