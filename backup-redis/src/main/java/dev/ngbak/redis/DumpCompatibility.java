package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.SafeText;
import java.util.Optional;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Checks whether a server can read the DUMPs of an archive. RDB versions up to 11 are common to Redis and Valkey. Versions
 * 12 to 79 belong to Redis, and higher ones to Valkey; neither reads those of the other.
 */
final class DumpCompatibility {

    /** The member of an archived scope with the highest RDB version of its DUMPs. Missing if there are none. */
    static final String RDB_VERSION = "rdb_version";

    private static final int LAST_COMMON_VERSION = 11;
    private static final int FIRST_VALKEY_VERSION = 80;

    /** The RDB version that Redis 8.10 writes. */
    private static final int LAST_KNOWN_REDIS_VERSION = 15;

    /** Whether the server reads an RDB version. {@code UNKNOWN} if its answer does not show that. */
    private enum Support {
        YES,
        NO,
        UNKNOWN
    }

    private final RedisConnection connection;

    DumpCompatibility(RedisConnection connection) {
        this.connection = connection;
    }

    /** Returns a problem if the archive contains DUMPs that the server cannot read. Writes nothing. */
    Optional<BackupException> problem(StoreInfo archived) {
        String text = archived.scope().get(RDB_VERSION);
        if (text == null) {
            return Optional.empty();
        }
        int version = text.matches("\\d{1,5}") ? Integer.parseInt(text) : Integer.MAX_VALUE;
        Support support = Support.NO;
        if (version <= 0xffff) {
            Object reply = tryRestore(version);
            String message = reply instanceof JedisDataException e ? RedisConnection.message(e) : "";
            if (message.startsWith("NOPERM") || message.startsWith("ERR unknown command")) {
                return Optional.of(connection.translate((JedisDataException) reply));
            }
            support = support(message);
        }
        if (support == Support.YES) {
            return Optional.empty();
        }
        int written = writtenVersion();
        if (support == Support.UNKNOWN && isReadable(version, written)) {
            return Optional.empty();
        }
        ServerInfo server = connection.server();
        return Optional.of(new BackupException(
                Kind.INCOMPATIBLE,
                "The archive contains keys that are not strings, in RDB version " + SafeText.forMessage(text) + ". "
                        + connection.settings().server() + " is " + server.product() + " "
                        + SafeText.forMessage(server.version()) + ", which writes RDB version " + written
                        + " and cannot read that one",
                "Restore to the product that the archive was made from (Redis or Valkey), in the same version or a newer"
                        + " one. Redis 7.4 or newer and Valkey 9 or newer cannot read each other's data"));
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

    private static Support support(String error) {
        if (error.contains("Bad data format")) {
            return Support.YES;
        }
        return error.contains("DUMP payload version") ? Support.NO : Support.UNKNOWN;
    }

    private static boolean isReadable(int archived, int written) {
        return archived <= written && (archived <= LAST_COMMON_VERSION || isOfValkey(archived) == isOfValkey(written));
    }

    private static boolean isOfValkey(int version) {
        return version >= FIRST_VALKEY_VERSION;
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
        String version = connection.server().version();
        if (connection.server().isValkey()) {
            if (version.matches("[78]\\..*")) {
                return LAST_COMMON_VERSION;
            }
            return version.matches("9\\.[01]\\..*") ? FIRST_VALKEY_VERSION : FIRST_VALKEY_VERSION + 1;
        }
        if (version.matches("[0-4]\\..*")) {
            return 8;
        }
        if (version.matches("[56]\\..*")) {
            return 9;
        }
        if (version.matches("7\\.[01]\\..*")) {
            return 10;
        }
        return version.startsWith("7.2") ? LAST_COMMON_VERSION : LAST_KNOWN_REDIS_VERSION;
    }
}
