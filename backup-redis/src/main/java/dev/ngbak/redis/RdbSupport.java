package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/** Finds out which RDB versions a server reads. Writes nothing. */
final class RdbSupport {

    /** More than two bytes can hold, so no payload has it. */
    private static final int FIRST_INVALID_VERSION = 1 << 16;

    private final RedisConnection connection;
    private final Map<Integer, Boolean> known = new HashMap<>();

    RdbSupport(RedisConnection connection) {
        this.connection = connection;
    }

    /** Returns a problem if the server does not permit or know RESTORE. */
    Optional<BackupException> restoreProblem() {
        return tryRestore(DumpCompatibility.LAST_COMMON_VERSION) instanceof JedisDataException e
                        && (message(e).startsWith("NOPERM") || message(e).startsWith("ERR unknown command"))
                ? Optional.of(connection.translate(e))
                : Optional.empty();
    }

    /** Returns whether the server reads DUMPs of a version, also from servers of the same product. */
    boolean reads(int version) {
        return known.computeIfAbsent(version, this::probe);
    }

    private boolean probe(int version) {
        if (version <= 0
                || version >= FIRST_INVALID_VERSION
                || !DumpCompatibility.isOfFamily(version, connection.server().isValkey())) {
            return false;
        }
        String error = tryRestore(version) instanceof JedisDataException e ? message(e) : "";
        if (error.contains("Bad data format")) {
            return true;
        }
        // A server whose memory is full does not look at the payload.
        return !error.contains("DUMP payload version") && version <= writtenVersion();
    }

    /**
     * Tries to restore a payload that no server can load. A server checks the RDB version first, so its error shows
     * whether it reads that version.
     */
    private Object tryRestore(int version) {
        byte[] key = RestorePreflight.unusedKey(connection.settings());
        connection.send(Command.RESTORE, key, RedisConnection.bytes(0), Dump.unloadable(version));
        return connection.receiveOrError();
    }

    private static String message(JedisDataException e) {
        return RedisConnection.message(e);
    }

    /**
     * Returns the RDB version that the server writes: that of a payload, if the server contains one, otherwise the one
     * that belongs to the server's own version.
     */
    private int writtenVersion() {
        connection.send(Command.FUNCTION, RedisConnection.bytes("DUMP"));
        if (connection.receiveOrError() instanceof byte[] functions && functions.length >= Dump.FOOTER_BYTES) {
            return Dump.version(functions);
        }
        connection.send(Command.RANDOMKEY);
        if (connection.receiveOrError() instanceof byte[] key) {
            connection.send(Command.DUMP, key);
            if (connection.receiveOrError() instanceof byte[] dump) {
                return Dump.version(dump);
            }
        }
        return versionOf(connection.server());
    }

    /** Returns the RDB version that a version of a product writes. The last known one also counts for newer versions. */
    static int versionOf(ServerInfo server) {
        if (server.isValkey()) {
            return server.isAtLeast(9, 2) ? 81 : server.isAtLeast(9, 0) ? 80 : DumpCompatibility.LAST_COMMON_VERSION;
        }
        int[][] versions = {
            {8, 10, 15},
            {8, 8, 14},
            {8, 6, 13},
            {7, 4, 12},
            {7, 2, DumpCompatibility.LAST_COMMON_VERSION},
            {7, 0, 10},
            {5, 0, 9}
        };
        for (int[] version : versions) {
            if (server.isAtLeast(version[0], version[1])) {
                return version[2];
            }
        }
        return 8;
    }
}
