package dev.ngbak.redis;

import dev.ngbak.spi.RecordHandler.Detail;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/** Reads the values of the keys in a table from the server, in the order of the table and in batches. */
final class KeyReader implements KeyWalk {

    /** How much of a value that is not a string is read. */
    enum Depth {
        /** Only its type and its expiry. */
        TYPE,
        /** Its type, its expiry and its content digest. */
        DIGEST,
        /** All of these, and its DUMP. */
        DUMP;

        /** Returns what a handler needs when nothing is written. */
        static Depth of(Detail detail) {
            return detail == Detail.DIGESTS ? DIGEST : TYPE;
        }
    }

    private static final int BATCH_KEYS = 500;
    private static final long BATCH_BYTES = 1 << 20;
    private static final long NOT_A_STRING = -1;

    private final RedisConnection connection;
    private final byte[] prefix;
    private final KeyTable.Walk keys;
    private final Depth depth;
    private final ProgressMeter meter;
    private final LogicalContent logicalContent;
    private final Deque<Measured> measured = new ArrayDeque<>();
    private final Deque<Fetched> fetched = new ArrayDeque<>();
    private byte[] suffix;
    private KeyValue value;
    private long vanished;
    private int rdbVersion;

    /** @param length of a string, or {@link #NOT_A_STRING} */
    private record Measured(byte[] key, long length) {}

    /** @param bytes {@code null} if the key is not a string, or no longer exists */
    private record Fetched(byte[] key, byte[] bytes, long expires) {}

    KeyReader(RedisConnection connection, KeyTable.Walk keys, Depth depth, ProgressMeter meter) {
        this.connection = connection;
        this.prefix = connection.settings().prefixBytes();
        this.keys = keys;
        this.depth = depth;
        this.meter = meter;
        this.logicalContent = new LogicalContent(connection);
    }

    /** Moves to the next key that still exists. Returns false at the end. */
    @Override
    public boolean next() throws IOException {
        // Lets go of a large value before the next one is read.
        value = null;
        do {
            if (fetched.isEmpty() && measured.isEmpty() && !measure()) {
                meter.flush();
                return false;
            }
            if (fetched.isEmpty()) {
                fetch();
            }
            Fetched found = fetched.remove();
            suffix = Arrays.copyOfRange(found.key(), prefix.length, found.key().length);
            value = found.bytes() == null
                    ? readAlone(found.key()).orElse(null)
                    : KeyValue.string(found.bytes(), found.expires());
            vanished += value == null ? 1 : 0;
        } while (value == null);
        meter.record(suffix.length + (long) value.size());
        return true;
    }

    /** Returns the current key without the prefix. */
    @Override
    public byte[] suffix() {
        return suffix;
    }

    @Override
    public KeyValue value() {
        return value;
    }

    /** Returns the number of keys so far that no longer existed. */
    long vanished() {
        return vanished;
    }

    /** Returns the highest RDB version of the DUMPs so far, or 0 if there are none. */
    int rdbVersion() {
        return rdbVersion;
    }

    /** Asks for the lengths of the next strings, so that no reply is too large for the server or for this process. */
    private boolean measure() throws IOException {
        List<byte[]> batch = new ArrayList<>();
        while (batch.size() < BATCH_KEYS && keys.next()) {
            byte[] key = RedisConnection.concat(prefix, keys.suffix());
            if (key.length > ValueLimit.MAX_KEY_BYTES) {
                throw ValueLimit.keyTooLong(KeyName.quoted(key), key.length);
            }
            connection.send(Command.STRLEN, key);
            batch.add(key);
        }
        for (byte[] key : batch) {
            Object reply = connection.receiveOrError();
            if (reply instanceof Long length) {
                requireAllowed(key, length);
                measured.add(new Measured(key, length));
            } else if (RedisConnection.isWrongType(reply)) {
                measured.add(new Measured(key, NOT_A_STRING));
            } else {
                throw connection.translate((JedisDataException) reply);
            }
        }
        return !batch.isEmpty();
    }

    private void fetch() {
        List<Measured> batch = new ArrayList<>();
        List<byte[]> strings = new ArrayList<>();
        for (long bytes = 0; bytes < BATCH_BYTES && !measured.isEmpty(); ) {
            Measured next = measured.remove();
            batch.add(next);
            if (next.length() != NOT_A_STRING) {
                strings.add(next.key());
                bytes += next.length();
            }
        }
        long now = serverTime();
        List<?> values = List.of();
        if (!strings.isEmpty()) {
            connection.send(Command.MGET, strings.toArray(new byte[0][]));
            strings.forEach(this::sendExpiry);
            values = (List<?>) connection.receive();
        }
        Iterator<?> next = values.iterator();
        for (Measured key : batch) {
            fetched.add(
                    key.length() == NOT_A_STRING
                            ? new Fetched(key.key(), null, KeyValue.NEVER)
                            : new Fetched(key.key(), bytes(key.key(), next.next()), receiveExpiry(now)));
        }
    }

    /** Reads a key that is not a string, or was not one a moment ago. Returns empty if it no longer exists. */
    private Optional<KeyValue> readAlone(byte[] key) {
        String type = RedisConnection.text(connection.call(Command.TYPE, key));
        if (type.equals("none")) {
            return Optional.empty();
        }
        return type.equals(KeyValue.STRING) ? readString(key) : readOther(key, type);
    }

    private Optional<KeyValue> readString(byte[] key) {
        connection.send(Command.STRLEN, key);
        if (!(connection.receiveValue().orElse(null) instanceof Long length)) {
            return Optional.empty();
        }
        requireAllowed(key, length);
        long now = serverTime();
        connection.send(Command.GET, key);
        sendExpiry(key);
        Optional<byte[]> bytes = connection.receiveValue().map(reply -> bytes(key, reply));
        long expires = receiveExpiry(now);
        return bytes.map(found -> KeyValue.string(found, expires));
    }

    /**
     * Reads a key that is not a string. Requests the elements and the DUMP together, so that they most likely describe
     * the same moment: otherwise, restoring the DUMP would not restore the digested content.
     */
    private Optional<KeyValue> readOther(byte[] key, String type) {
        long now = serverTime();
        if (depth == Depth.DUMP) {
            requireMemory(key);
        }
        if (depth != Depth.TYPE) {
            logicalContent.send(key, type);
        }
        if (depth == Depth.DUMP) {
            connection.send(Command.DUMP, key);
        }
        sendExpiry(key);
        Optional<byte[]> content = depth == Depth.TYPE ? Optional.of(new byte[0]) : logicalContent.receive(type);
        byte[] dump = depth == Depth.DUMP ? bytes(key, connection.receive()) : new byte[0];
        long expires = receiveExpiry(now);
        if (content.isEmpty() || dump == null) {
            return Optional.empty();
        }
        if (depth == Depth.DUMP) {
            rdbVersion = Math.max(rdbVersion, Dump.version(dump));
        }
        return Optional.of(new KeyValue(type, expires, content.get(), dump));
    }

    private long serverTime() {
        return connection.reportsExpiryTime() ? 0 : connection.serverTime();
    }

    private void sendExpiry(byte[] key) {
        connection.send(connection.reportsExpiryTime() ? Command.PEXPIRETIME : Command.PTTL, key);
    }

    /** @param now the time to which the reply is relative, or 0 if it is absolute */
    private long receiveExpiry(long now) {
        long reply = (Long) connection.receive();
        if (reply < 0) {
            return KeyValue.NEVER;
        }
        // The sum must not overflow for the latest possible expiry if the server's clock was set back in between.
        return reply > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + reply;
    }

    /**
     * Refuses a key that is certainly too large before the server builds two replies from it. No command returns the
     * length of a DUMP in advance; the connection checks it when the reply arrives. If the server does not support or
     * permit MEMORY, this method refuses nothing.
     */
    private void requireMemory(byte[] key) {
        long max = Runtime.getRuntime().maxMemory();
        if (memoryUsage(key) > max) {
            // The first answer was an estimate from a few elements.
            long exact = memoryUsage(key, RedisConnection.bytes("SAMPLES"), RedisConnection.bytes(0));
            if (exact > max) {
                throw ValueLimit.keyTooLarge(KeyName.quoted(key), exact);
            }
        }
    }

    /** Returns the memory that a key uses in the server, or 0 if the server does not report it. */
    private long memoryUsage(byte[] key, byte[]... options) {
        byte[][] arguments = new byte[2 + options.length][];
        arguments[0] = RedisConnection.bytes("USAGE");
        arguments[1] = key;
        System.arraycopy(options, 0, arguments, 2, options.length);
        connection.send(Command.MEMORY, arguments);
        return connection.receiveOrError() instanceof Long bytes ? bytes : 0;
    }

    /** Returns the bytes of a reply, which may have grown since they were measured. */
    private static byte[] bytes(byte[] key, Object reply) {
        if (reply instanceof StreamingConnection.Oversized oversized) {
            throw ValueLimit.valueTooLarge(KeyName.quoted(key), oversized.bytes());
        }
        return (byte[]) reply;
    }

    private static void requireAllowed(byte[] key, long bytes) {
        if (bytes > ValueLimit.MAX_VALUE_BYTES) {
            throw ValueLimit.valueTooLarge(KeyName.quoted(key), bytes);
        }
    }
}
