package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
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
            link.send(Command.STRLEN, key);
            keys.add(key);
        }
        for (byte[] key : keys) {
            Object length = link.receiveAny();
            if (length instanceof Long bytes) {
                checkLength(key, bytes);
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
                            : new Fetched(key.key(), (byte[]) next.next(), expiry(now)));
        }
    }

    /** What a key holds that is no string, or was none a moment ago; {@code null} when it is gone. */
    private KeyValue alone(byte[] key) {
        String type = RedisLink.text(link.call(Command.TYPE, key));
        if (type.equals("none")) {
            return null;
        }
        boolean string = type.equals(KeyValue.STRING);
        byte[] content = string ? null : logical.of(key, type);
        long now = now();
        byte[] bytes = string ? string(key) : dumps ? (byte[]) link.call(Command.DUMP, key) : new byte[0];
        sendExpiry(key);
        long expires = expiry(now);
        if (bytes == null || !string && content == null) {
            return null;
        }
        if (string) {
            return KeyValue.string(bytes, expires);
        }
        if (dumps) {
            rdbVersion = Math.max(rdbVersion, Dump.version(bytes));
        }
        return new KeyValue(type, expires, content, bytes);
    }

    private byte[] string(byte[] key) {
        Long length = (Long) link.ask(Command.STRLEN, key);
        if (length == null) {
            return null;
        }
        checkLength(key, length);
        return (byte[]) link.ask(Command.GET, key);
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

    /** One value at a time must fit into memory, beside what else is in flight. */
    private static void checkLength(byte[] key, long bytes) {
        long most = Runtime.getRuntime().maxMemory() / 6;
        if (bytes > most) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The key " + RedisFailures.shown(RedisLink.text(key)) + " has a value of " + bytes
                            + " bytes, too much for the memory that Java has. Nothing was backed up",
                    "Give Java at least " + (6 * bytes >> 20) + " MiB (-Xmx in NGBAK_JAVA_OPTS)");
        }
    }
}
