package dev.ngbak.redis;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/** Reads what the keys of a table of names hold, in the order of the table, a few at a time. */
final class KeyReader {

    private static final int BATCH_KEYS = 500;
    private static final long BATCH_BYTES = 1 << 20;
    private static final long NO_STRING = -1;

    private final RedisLink link;
    private final byte[] prefix;
    private final KeyWalk names;
    private final boolean dumps;
    private final Meter meter;
    private final boolean absolute;
    private final LogicalContent logical;
    private final Deque<Measured> measured = new ArrayDeque<>();
    private final Deque<Fetched> fetched = new ArrayDeque<>();
    private byte[] rest;
    private KeyValue value;
    private long gone;
    private int rdbVersion;

    /** @param length of a string, or {@link #NO_STRING} */
    private record Measured(byte[] key, long length) {}

    /** @param value {@code null} for what is no string, or is there no longer */
    private record Fetched(byte[] key, byte[] value, long expires) {}

    /** @param dumps whether the value of what is no string is wanted too, or only what it amounts to */
    KeyReader(RedisLink link, RedisSettings settings, KeyWalk names, boolean dumps, Meter meter) {
        this.link = link;
        this.prefix = settings.prefixBytes();
        this.names = names;
        this.dumps = dumps;
        this.meter = meter;
        this.absolute = link.isAtLeast(7, 0);
        this.logical = new LogicalContent(link);
    }

    /** Goes to the next key that is still there; {@code false} at the end. */
    boolean next() throws IOException {
        // It must be garbage before the next value comes.
        value = null;
        do {
            if (fetched.isEmpty() && measured.isEmpty() && !measure()) {
                meter.tell();
                return false;
            }
            if (fetched.isEmpty()) {
                fetch();
            }
            Fetched found = fetched.remove();
            rest = Arrays.copyOfRange(found.key(), prefix.length, found.key().length);
            value = found.value() == null ? alone(found.key()) : KeyValue.string(found.value(), found.expires());
            gone += value == null ? 1 : 0;
        } while (value == null);
        meter.passed(rest.length + (long) value.value().length);
        return true;
    }

    /** The key without the prefix. */
    byte[] rest() {
        return rest;
    }

    KeyValue value() {
        return value;
    }

    /** How many keys were gone when they were to be read. */
    long gone() {
        return gone;
    }

    /** The highest RDB version of the DUMPs that were read, or 0 for none. */
    int rdbVersion() {
        return rdbVersion;
    }

    /** Whether the server tells when a key expires, and not only how long it has left. */
    boolean absolute() {
        return absolute;
    }

    /** Asks how long the strings are, so that no reply is larger than is good for the server and for us. */
    private boolean measure() throws IOException {
        List<byte[]> keys = new ArrayList<>();
        while (keys.size() < BATCH_KEYS && names.next()) {
            byte[] key = RedisLink.joined(prefix, names.rest());
            if (key.length > ValueLimit.KEY) {
                throw ValueLimit.longKey(shown(key), key.length);
            }
            link.send(Command.STRLEN, key);
            keys.add(key);
        }
        for (byte[] key : keys) {
            Object length = link.receiveAny();
            if (length instanceof Long bytes) {
                check(key, bytes);
                measured.add(new Measured(key, bytes));
            } else if (RedisLink.isWrongType(length)) {
                measured.add(new Measured(key, NO_STRING));
            } else {
                throw link.explain((JedisDataException) length);
            }
        }
        return !keys.isEmpty();
    }

    private void fetch() {
        List<Measured> batch = new ArrayList<>();
        List<byte[]> strings = new ArrayList<>();
        for (long bytes = 0; bytes < BATCH_BYTES && !measured.isEmpty(); ) {
            Measured next = measured.remove();
            batch.add(next);
            if (next.length() != NO_STRING) {
                strings.add(next.key());
                bytes += next.length();
            }
        }
        long now = now();
        List<?> values = List.of();
        if (!strings.isEmpty()) {
            link.send(Command.MGET, strings.toArray(new byte[0][]));
            strings.forEach(this::sendExpiry);
            values = (List<?>) link.receive();
        }
        Iterator<?> next = values.iterator();
        for (Measured key : batch) {
            fetched.add(
                    key.length() == NO_STRING
                            ? new Fetched(key.key(), null, KeyValue.NEVER)
                            : new Fetched(key.key(), bytes(key.key(), next.next()), expiry(now)));
        }
    }

    /** What a key holds that is no string, or was none a moment ago; {@code null} when it is gone. */
    private KeyValue alone(byte[] key) {
        String type = RedisLink.text(link.call(Command.TYPE, key));
        if (type.equals("none")) {
            return null;
        }
        return type.equals(KeyValue.STRING) ? string(key) : other(key, type);
    }

    private KeyValue string(byte[] key) {
        link.send(Command.STRLEN, key);
        if (!(link.receiveValue() instanceof Long length)) {
            return null;
        }
        check(key, length);
        long now = now();
        link.send(Command.GET, key);
        sendExpiry(key);
        byte[] value = bytes(key, link.receiveValue());
        long expires = expiry(now);
        return value == null ? null : KeyValue.string(value, expires);
    }

    /**
     * Asks for the content and the DUMP at once, since the server hardly does anything else in between: they must be of
     * the same moment, or a restore of the DUMP would not have the content.
     */
    private KeyValue other(byte[] key, String type) {
        long now = now();
        if (dumps) {
            checkMemory(key);
        }
        logical.send(key, type);
        if (dumps) {
            link.send(Command.DUMP, key);
        }
        sendExpiry(key);
        byte[] content = logical.receive(type);
        byte[] dump = dumps ? bytes(key, link.receive()) : new byte[0];
        long expires = expiry(now);
        if (content == null || dump == null) {
            return null;
        }
        if (dumps) {
            rdbVersion = Math.max(rdbVersion, Dump.version(dump));
        }
        return new KeyValue(type, expires, content, dump);
    }

    private long now() {
        return absolute ? 0 : link.now();
    }

    private void sendExpiry(byte[] key) {
        link.send(absolute ? Command.PEXPIRETIME : Command.PTTL, key);
    }

    private long expiry(long now) {
        long told = (Long) link.receive();
        // A server clock that was set back in between must not make the latest expiry overflow.
        return told < 0 ? KeyValue.NEVER : told > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + told;
    }

    /**
     * Refuses a key that is certainly too large before the server makes two replies of it. How long the DUMP will be, no
     * command tells; the connection looks at it before it reads it. A server, or the rights of a user, may lack MEMORY.
     */
    private void checkMemory(byte[] key) {
        long most = Runtime.getRuntime().maxMemory();
        if (memory(key) > most) {
            // That was an estimate by a few elements.
            long exact = memory(key, RedisLink.bytes("SAMPLES"), RedisLink.bytes(0));
            if (exact > most) {
                throw ValueLimit.exceededInRedis(shown(key), exact);
            }
        }
    }

    /** How much memory a key takes in the server, or 0 where it is not told. */
    private long memory(byte[] key, byte[]... options) {
        byte[][] arguments = new byte[2 + options.length][];
        arguments[0] = RedisLink.bytes("USAGE");
        arguments[1] = key;
        System.arraycopy(options, 0, arguments, 2, options.length);
        link.send(Command.MEMORY, arguments);
        return link.receiveAny() instanceof Long bytes ? bytes : 0;
    }

    /** The bytes of a reply, which may have become too many since they were counted. */
    private static byte[] bytes(byte[] key, Object reply) {
        if (reply instanceof RedisConnection.Oversized oversized) {
            throw ValueLimit.exceeded(shown(key), oversized.bytes());
        }
        return (byte[]) reply;
    }

    private static void check(byte[] key, long bytes) {
        if (bytes > ValueLimit.BYTES) {
            throw ValueLimit.exceeded(shown(key), bytes);
        }
    }

    private static String shown(byte[] key) {
        return RedisFailures.shown(RedisLink.text(key));
    }
}
