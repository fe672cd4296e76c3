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
            return detail.hasDigests() ? DIGEST : TYPE;
        }
    }

    private static final int BATCH_KEYS = 500;
    private static final long BATCH_BYTES = 1 << 20;
    private static final long NOT_A_STRING = -1;

    private final RedisConnection connection;
    private final byte[] prefix;
    private final KeyTable.Walk keys;
    private final ProgressMeter meter;
    private final ExpiryReader expiries;
    private final CompositeReader composites;
    private final Deque<Measured> measured = new ArrayDeque<>();
    private final Deque<Fetched> fetched = new ArrayDeque<>();
    private byte[] suffix;
    private KeyValue value;
    private long vanished;

    /** @param length of a string, or {@link #NOT_A_STRING} */
    private record Measured(byte[] key, long length) {}

    /** @param bytes {@code null} if the key is not a string, or no longer exists */
    private record Fetched(byte[] key, byte[] bytes, long expires) {}

    /** @param isFull whether content digests include what only a DUMP has */
    KeyReader(RedisConnection connection, KeyTable.Walk keys, Depth depth, boolean isFull, ProgressMeter meter) {
        this.connection = connection;
        this.prefix = connection.settings().prefixBytes();
        this.keys = keys;
        this.meter = meter;
        this.expiries = new ExpiryReader(connection);
        this.composites = new CompositeReader(connection, depth, isFull);
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

    /** Returns the types of the keys so far that are not strings, if their DUMPs are read. */
    ArchivedTypes types() {
        return composites.types();
    }

    /** Returns the time as of which fields are missing in the current value, a hash; 0 if it has no field that expires. */
    long readAt() {
        return value.fields() == null ? 0 : composites.readAt();
    }

    /** Returns whether the content of the current value may lack a part, as {@link CompositeReader#isIncomplete} says. */
    boolean isIncomplete() {
        return !value.isString() && composites.isIncomplete();
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
        expiries.begin();
        List<?> values = List.of();
        if (!strings.isEmpty()) {
            connection.send(Command.MGET, strings.toArray(new byte[0][]));
            strings.forEach(expiries::send);
            values = (List<?>) connection.receive();
        }
        Iterator<?> next = values.iterator();
        for (Measured key : batch) {
            fetched.add(
                    key.length() == NOT_A_STRING
                            ? new Fetched(key.key(), null, KeyValue.NEVER)
                            : new Fetched(key.key(), bytes(key.key(), next.next()), expiries.receive()));
        }
    }

    /** Reads a key that is not a string, or was not one a moment ago. Returns empty if it no longer exists. */
    private Optional<KeyValue> readAlone(byte[] key) throws IOException {
        String type = RedisConnection.text(connection.call(Command.TYPE, key));
        if (type.equals("none")) {
            return Optional.empty();
        }
        return type.equals(KeyValue.STRING) ? readString(key) : composites.read(key, type);
    }

    private Optional<KeyValue> readString(byte[] key) {
        connection.send(Command.STRLEN, key);
        if (!(connection.receiveValue().orElse(null) instanceof Long length)) {
            return Optional.empty();
        }
        requireAllowed(key, length);
        expiries.begin();
        connection.send(Command.GET, key);
        expiries.send(key);
        Optional<byte[]> bytes = connection.receiveValue().map(reply -> bytes(key, reply));
        long expires = expiries.receive();
        return bytes.map(found -> KeyValue.string(found, expires));
    }

    /** Returns the bytes of a reply, which may have grown since they were measured. */
    static byte[] bytes(byte[] key, Object reply) {
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
