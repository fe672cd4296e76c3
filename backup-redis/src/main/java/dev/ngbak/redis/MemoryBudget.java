package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import redis.clients.jedis.Protocol.Command;

/**
 * Estimates whether the keys of an archive fit into a server with a memory limit. A full server may evict keys, even
 * those out of scope. Uses only INFO, because many providers forbid CONFIG.
 *
 * @param limit the server's maxmemory, or 0 if there is no limit
 * @param free the bytes that are free once the keys in scope are removed; if {@code exact} is false, only the bytes
 *     that are free now
 * @param exact whether the server reports how much memory the keys in scope use
 */
record MemoryBudget(String server, long limit, long free, String policy, boolean exact) {

    /**
     * The memory for each key in addition to its bytes: table entries, headers, the prefix. Measured with Redis 7.0.
     */
    private static final long BYTES_PER_KEY = 120;

    /** The fraction of the memory limit above which a restore causes a warning. */
    private static final double WARNING_FRACTION = 0.9;

    private static final int SAMPLE_KEYS = 200;

    static MemoryBudget of(RedisConnection connection) throws IOException {
        String server = connection.settings().server();
        ServerInfo info = connection.info();
        long limit = info.number("maxmemory");
        String policy = info.text("maxmemory_policy", "noeviction");
        if (limit == 0) {
            return new MemoryBudget(server, 0, Long.MAX_VALUE, policy, true);
        }
        // The buffers of replicas and of the append-only file do not count towards the limit, so they cause no
        // eviction.
        long used = info.number("used_memory") - info.number("mem_not_counted_for_evict");
        OptionalLong scope = scopeUsage(connection);
        long freed = Math.min(used, scope.orElse(0));
        return new MemoryBudget(server, limit, limit - used + freed, policy, scope.isPresent());
    }

    /** Returns the approximate memory that the keys in scope use, from a sample. Empty if the server does not report it. */
    private static OptionalLong scopeUsage(RedisConnection connection) throws IOException {
        try (KeyTable table = new KeyScanner(connection).keysInScope()) {
            KeyTable.Walk walk = table.walk();
            long step = Math.max(1, table.count() / SAMPLE_KEYS);
            long keys = 0;
            long sampled = 0;
            long bytes = 0;
            while (walk.next()) {
                if (keys++ % step == 0) {
                    byte[] key = RedisConnection.concat(connection.settings().prefixBytes(), walk.suffix());
                    connection.send(Command.MEMORY, RedisConnection.bytes("USAGE"), key);
                    if (connection.receiveOrError() instanceof Long size) {
                        sampled++;
                        bytes += size;
                    }
                }
            }
            if (keys == 0) {
                return OptionalLong.of(0);
            }
            return sampled == 0 ? OptionalLong.empty() : OptionalLong.of((long) ((double) bytes / sampled * keys));
        }
    }

    /** Adds an eighth to the bytes, because allocators round sizes up. */
    private static long need(long records, long bytes) {
        return bytes + bytes / 8 + Math.max(0, records) * BYTES_PER_KEY;
    }

    private boolean evicts() {
        return !policy.equals("noeviction");
    }

    /** Returns a problem if the keys of an archive do not fit. */
    Optional<BackupException> problem(long records, long bytes) {
        long need = need(records, bytes);
        if (need <= free || !exact && bytes <= limit) {
            return Optional.empty();
        }
        return Optional.of(new BackupException(
                Kind.NO_SPACE,
                server + " has a memory limit (maxmemory) of " + limit + " bytes, of which " + Math.max(0, free)
                        + " are free once the old keys are removed. The archived keys need about " + need + " bytes"
                        + (evicts()
                                ? ". With its policy " + policy + " it would evict keys, even those of other"
                                        + " programs"
                                : ""),
                "Raise maxmemory on the server"));
    }

    /** Returns a warning if the keys of an archive fit, but only just, and the server evicts keys when it is full. */
    List<String> warnings(long records, long bytes) {
        long left = free - need(records, bytes);
        boolean tight = limit > 0 && left <= limit * (1 - WARNING_FRACTION);
        if (!tight || !evicts() || problem(records, bytes).isPresent()) {
            return List.of();
        }
        return List.of(server + " will be full or nearly full after the restore: its memory limit (maxmemory) is "
                + limit
                + " bytes, "
                + (exact
                        ? "of which about " + Math.max(0, left) + " will be free"
                        : "and it does not report how much the old keys use")
                + ". With its policy " + policy + " it then evicts keys, even those of other programs. Raise maxmemory"
                + " before the restore.");
    }
}
