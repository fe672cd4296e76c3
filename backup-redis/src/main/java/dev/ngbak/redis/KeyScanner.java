package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import redis.clients.jedis.Protocol.Command;

/**
 * Finds keys by their prefix with {@code SCAN}. In a cluster it scans all masters, and again if a slot was moved meanwhile,
 * because a key that moves to a master that was scanned already is missed.
 */
final class KeyScanner {

    private static final int PAGE_SIZE = 500;
    /** How often all masters are scanned if slots move during each scan. */
    private static final int MAX_SCANS = 3;

    private static final byte[] FIRST_CURSOR = RedisConnection.bytes(0);

    private final RedisConnection connection;

    /** Receives some of the keys. Returns false to end the scan. */
    @FunctionalInterface
    interface PageHandler {
        boolean take(List<byte[]> keys) throws IOException;
    }

    KeyScanner(RedisConnection connection) {
        this.connection = connection;
    }

    /** Returns a table of the keys in scope, without values. The caller closes it. */
    KeyTable keysInScope() throws IOException {
        KeyTable table = new KeyTable(connection.settings().tempFiles());
        try {
            scanScope(keys -> {
                for (byte[] key : keys) {
                    table.add(suffix(key));
                }
                return true;
            });
            return table;
        } catch (IOException | RuntimeException e) {
            table.close();
            throw e;
        }
    }

    /**
     * Finds the keys in scope. A key may be returned more than once.
     *
     * @return false if the handler ended the scan
     */
    boolean scanScope(PageHandler handler) throws IOException {
        RedisSettings settings = connection.settings();
        return scan(settings.prefixBytes(), keys -> {
            List<byte[]> inScope =
                    keys.stream().filter(key -> settings.includes(suffix(key))).toList();
            return inScope.isEmpty() || handler.take(inScope);
        });
    }

    private byte[] suffix(byte[] key) {
        return Arrays.copyOfRange(key, connection.settings().prefixBytes().length, key.length);
    }

    /**
     * Finds the keys that begin with a prefix. A key may be returned more than once.
     *
     * @return false if the handler ended the scan
     * @throws BackupException {@code UNREACHABLE} if slots of a cluster are moved all the time
     */
    boolean scan(byte[] prefix, PageHandler handler) throws IOException {
        return scan(prefix, Long.MAX_VALUE, handler);
    }

    /** @param maxExamined the approximate number of keys that each server examines before the scan ends */
    boolean scan(byte[] prefix, long maxExamined, PageHandler handler) throws IOException {
        for (int attempt = 1; ; attempt++) {
            ClusterTopology before = connection.stableTopology();
            for (RedisNode master : connection.masters().all()) {
                if (!scan(master, prefix, maxExamined, handler)) {
                    return false;
                }
            }
            if (connection.topology().equals(before)) {
                return true;
            }
            if (attempt == MAX_SCANS) {
                throw RedisErrors.unstable(
                        connection.settings(), "slots were moved during each of " + MAX_SCANS + " scans");
            }
        }
    }

    private boolean scan(RedisNode master, byte[] prefix, long maxExamined, PageHandler handler) throws IOException {
        long examined = 0;
        byte[] cursor = FIRST_CURSOR;
        do {
            List<?> reply = (List<?>) master.call(
                    Command.SCAN,
                    cursor,
                    RedisConnection.bytes("MATCH"),
                    globFor(prefix),
                    RedisConnection.bytes("COUNT"),
                    RedisConnection.bytes(PAGE_SIZE));
            cursor = (byte[]) reply.get(0);
            @SuppressWarnings("unchecked")
            List<byte[]> keys = (List<byte[]>) reply.get(1);
            examined += PAGE_SIZE;
            // A node of a cluster may still have copies of keys that belong to another node.
            List<byte[]> owned = keys.stream()
                    .filter(key -> connection.masters().owner(key) == master)
                    .toList();
            if (!owned.isEmpty() && !handler.take(owned)) {
                return false;
            }
        } while (!Arrays.equals(cursor, FIRST_CURSOR) && examined < maxExamined);
        return true;
    }

    private static byte[] globFor(byte[] prefix) {
        ByteArrayOutputStream glob = new ByteArrayOutputStream();
        for (byte b : prefix) {
            if ("*?[]\\^-".indexOf(b) >= 0) {
                glob.write('\\');
            }
            glob.write(b);
        }
        glob.write('*');
        return glob.toByteArray();
    }
}
