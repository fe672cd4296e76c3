package dev.ngbak.redis;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.commands.ProtocolCommand;

/**
 * Replaces the keys in scope. Strings are written first and get their expiry later, because an archive may contain the two
 * in different files. Sends commands in batches: while the server runs one, the next is sent.
 */
final class KeyWriter {

    private static final int BATCH_KEYS = 500;
    private static final long BATCH_BYTES = 4 << 20;

    private final RedisConnection connection;
    private final byte[] prefix;
    private final long startTime;
    private final boolean withCommands;
    private final Map<String, Long> converted = new TreeMap<>();
    private int sentBefore;
    private int sent;
    private long sentBytes;
    private long remaining;
    private long expired;
    private long expiredFields;

    /** @param withCommands whether keys that are not strings are written with commands, and not from their DUMP */
    KeyWriter(RedisConnection connection, boolean withCommands) {
        this.connection = connection;
        this.withCommands = withCommands;
        this.prefix = connection.settings().prefixBytes();
        this.startTime = connection.serverTime();
    }

    /** Removes all keys in scope. */
    void removeAll() throws IOException {
        new KeyScanner(connection).scanScope(keys -> {
            connection.call(Command.UNLINK, keys.toArray(new byte[0][]));
            return true;
        });
    }

    /** Writes a value unless it has expired. Ignores an expiry without a value. */
    void write(byte[] suffix, KeyValue value) throws IOException {
        if (!connection.settings().includes(suffix)) {
            throw RedisErrors.outOfScope(KeyName.quoted(suffix), connection.settings());
        }
        if (value.isExpiryOnly() || value.isExpiredAt(startTime)) {
            return;
        }
        byte[] key = RedisConnection.concat(prefix, suffix);
        if (value.isString()) {
            send(value.size(), Command.SET, key, value.bytes());
        } else if (withCommands) {
            convert(key, value);
        } else {
            send(
                    value.size(),
                    Command.RESTORE,
                    key,
                    RedisConnection.bytes(Math.max(0, value.expires())),
                    value.bytes(),
                    RedisConnection.bytes("REPLACE"),
                    RedisConnection.bytes("ABSTTL"));
        }
    }

    private void convert(byte[] key, KeyValue value) throws IOException {
        try {
            CommandWriter.write(this::send, key, value, startTime, connection.server());
        } catch (UndecodableDumpException e) {
            throw RedisErrors.damaged("the DUMP of the key " + KeyName.quoted(key) + " " + e.getMessage(), e);
        }
        converted.merge(value.type(), 1L, Long::sum);
    }

    /**
     * Sets the expiry of a string that was written, if it has one. A time in the past removes the key. Call this for
     * every key, because it also counts the keys.
     */
    void setExpiry(byte[] suffix, KeyValue value) {
        if (value.isExpiredAt(startTime)) {
            expired++;
        } else {
            remaining++;
            expiredFields += value.fields() == null ? 0 : value.fields().expired(startTime);
        }
        if (value.isString() && value.hasExpiry()) {
            byte[] key = RedisConnection.concat(prefix, suffix);
            send(0, Command.PEXPIREAT, key, RedisConnection.bytes(value.expires()));
        }
    }

    /** Waits until the server has run all commands. */
    void finish() {
        receive(sentBefore + sent);
        sentBefore = 0;
        startBatch();
    }

    /** Returns the number of keys that had not expired when writing began. */
    long remaining() {
        return remaining;
    }

    /** Returns the number of keys that had expired when writing began, and so do not exist now. */
    long expired() {
        return expired;
    }

    /** Returns the number of fields of hashes that had expired when writing began, and so do not exist now. */
    long expiredFields() {
        return expiredFields;
    }

    /** Returns how many keys of each type were written with commands. */
    Map<String, Long> converted() {
        return converted;
    }

    private void send(int size, ProtocolCommand command, byte[]... arguments) {
        connection.send(command, arguments);
        sent++;
        sentBytes += size;
        if (sent >= BATCH_KEYS || sentBytes >= BATCH_BYTES) {
            receive(sentBefore);
            sentBefore = sent;
            startBatch();
        }
    }

    private void startBatch() {
        sent = 0;
        sentBytes = 0;
    }

    private void receive(int replies) {
        for (int i = 0; i < replies; i++) {
            connection.receive();
        }
    }
}
