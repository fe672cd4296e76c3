package dev.ngbak.redis;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A key without the prefix, and its two parts: the namespace, whose file holds it, and its id there. A key that has no
 * proper namespace is wholly an id of the namespace {@code _other}.
 */
record KeyName(String namespace, byte[] id) {

    static final String OTHER = "_other";

    private static final int MAX_LENGTH = 200;

    /** Takes a key apart that the prefix is already taken from. */
    static KeyName of(byte[] rest) {
        int colon = colon(rest);
        String namespace = colon < 0 ? null : plain(rest, colon);
        return namespace == null || namespace.equals(OTHER)
                ? new KeyName(OTHER, rest)
                : new KeyName(namespace, Arrays.copyOfRange(rest, colon + 1, rest.length));
    }

    /** Where a namespace may end, or -1. */
    private static int colon(byte[] rest) {
        for (int i = 0; i < rest.length && i <= MAX_LENGTH; i++) {
            if (rest[i] == ':') {
                return i == 0 ? -1 : i;
            }
        }
        return -1;
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
    private static String plain(byte[] bytes, int length) {
        if (isAscii(bytes, length)) {
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

    /** Decodes a piece at a time, since the text may be large. */
    static boolean isUtf8(byte[] bytes) {
        if (isAscii(bytes, bytes.length)) {
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

    /** Whether it is ASCII without control characters, as nearly all names are. */
    private static boolean isAscii(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            if (bytes[i] < ' ' || bytes[i] == 0x7f) {
                return false;
            }
        }
        return true;
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
