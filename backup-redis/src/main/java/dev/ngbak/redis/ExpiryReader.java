package dev.ngbak.redis;

import redis.clients.jedis.Protocol.Command;

/** Reads when keys expire. A server that reports only how long a key has left is asked for its time first. */
final class ExpiryReader {

    private final RedisConnection connection;
    private final boolean isAbsolute;
    private long now;

    ExpiryReader(RedisConnection connection) {
        this.connection = connection;
        this.isAbsolute = connection.reportsExpiryTime();
    }

    /** Begins a group of keys. Call this while no reply is expected. */
    void begin() {
        now = isAbsolute ? 0 : connection.serverTime();
    }

    void send(byte[] key) {
        connection.send(isAbsolute ? Command.PEXPIRETIME : Command.PTTL, key);
    }

    /** Receives an expiry, in milliseconds of Unix time, or {@link KeyValue#NEVER}. */
    long receive() {
        long reply = (Long) connection.receive();
        if (reply < 0) {
            return KeyValue.NEVER;
        }
        // The sum must not overflow for the latest possible expiry if the server's clock was set back in between.
        return reply > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + reply;
    }
}
