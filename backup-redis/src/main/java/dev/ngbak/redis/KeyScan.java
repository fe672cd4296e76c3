package dev.ngbak.redis;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import redis.clients.jedis.Protocol.Command;

/** Finds keys by what they begin with. */
final class KeyScan {

    private static final int PAGE = 500;
    private static final byte[] COUNT = RedisLink.bytes(PAGE);
    private static final byte[] NOTHING = new byte[0];

    private final RedisLink link;
    private final RedisSettings settings;

    /** Takes some of the keys that were found; {@code false} when it wants no more. */
    @FunctionalInterface
    interface Page {
        boolean take(List<byte[]> keys) throws IOException;
    }

    KeyScan(RedisLink link, RedisSettings settings) {
        this.link = link;
        this.settings = settings;
    }

    /** A side table of the keys in scope, without the prefix; to be closed by the caller. */
    Spill names() throws IOException {
        Spill names = new Spill(settings.scratch());
        try {
            byte[] prefix = settings.prefixBytes();
            each(prefix, keys -> {
                for (byte[] key : keys) {
                    names.add(KeyName.sortable(Arrays.copyOfRange(key, prefix.length, key.length)), NOTHING);
                }
                return true;
            });
            return names;
        } catch (IOException | RuntimeException e) {
            names.close();
            throw e;
        }
    }

    /** SCAN may give a key twice. */
    void each(byte[] begin, Page page) throws IOException {
        each(begin, Long.MAX_VALUE, page);
    }

    /** @param most about how many keys of the database the server may look at */
    void each(byte[] begin, long most, Page page) throws IOException {
        long looked = 0;
        byte[] start = RedisLink.bytes(0);
        byte[] cursor = start;
        do {
            List<?> reply = (List<?>) link.call(
                    Command.SCAN, cursor, RedisLink.bytes("MATCH"), pattern(begin), RedisLink.bytes("COUNT"), COUNT);
            cursor = (byte[]) reply.get(0);
            @SuppressWarnings("unchecked")
            List<byte[]> keys = (List<byte[]>) reply.get(1);
            looked += PAGE;
            if (!keys.isEmpty() && !page.take(keys) || looked >= most) {
                return;
            }
        } while (!Arrays.equals(cursor, start));
    }

    /** The glob for keys that begin so. */
    private static byte[] pattern(byte[] begin) {
        ByteArrayOutputStream pattern = new ByteArrayOutputStream();
        for (byte b : begin) {
            if ("*?[]\\^-".indexOf(b) >= 0) {
                pattern.write('\\');
            }
            pattern.write(b);
        }
        pattern.write('*');
        return pattern.toByteArray();
    }
}
