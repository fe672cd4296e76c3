package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol.Command;

/**
 * Estimates whether the keys of an archive fit into a server with a memory limit. A full server may evict keys, even
 * those out of scope. Uses only INFO, because many providers forbid CONFIG.
 *
 * @param share the fraction of the archived keys that this server will own: 1 unless it is a master of a cluster
 * @param limit the server's maxmemory, or 0 if there is no limit
 * @param free the bytes that are free once the keys in scope are removed; if {@code exact} is false, only the bytes
 *     that are free now
 * @param exact whether the server reports how much memory the keys in scope use
 */
record MemoryBudget(String server, double share, long limit, long free, String policy, boolean exact) {

    /**
     * The memory for each key in addition to its bytes: table entries, headers, the prefix. Measured with Redis 7.0.
     */
    private static final long BYTES_PER_KEY = 120;

    /** The fraction of the memory limit above which a restore causes a warning. */
    private static final double WARNING_FRACTION = 0.9;

    private static final int SAMPLE_KEYS = 200;

    private static final int MADE_UP_KEYS = 4096;

    /** Returns the budget of the server, or of each master of a cluster. */
    static List<MemoryBudget> of(RedisConnection connection) throws IOException {
        Map<RedisNode, ServerInfo> infos = connection.infos();
        boolean limited = infos.values().stream().anyMatch(info -> info.number("maxmemory") > 0);
        Map<RedisNode, Usage> usage = limited ? scopeUsage(connection) : Map.of();
        Map<RedisNode, Double> shares = shares(connection);
        List<MemoryBudget> budgets = new ArrayList<>();
        infos.forEach((master, info) ->
                budgets.add(of(master.name(), shares.getOrDefault(master, 0.0), info, usage.get(master))));
        return budgets;
    }

    private static MemoryBudget of(String server, double share, ServerInfo info, @Nullable Usage scope) {
        long limit = info.number("maxmemory");
        String policy = info.text("maxmemory_policy", "noeviction");
        if (limit == 0) {
            return new MemoryBudget(server, share, 0, Long.MAX_VALUE, policy, true);
        }
        // The buffers of replicas and of the append-only file do not count towards the limit, so they cause no
        // eviction.
        long used = info.number("used_memory") - info.number("mem_not_counted_for_evict");
        OptionalLong bytes = scope == null ? OptionalLong.of(0) : scope.estimate();
        long freed = Math.min(used, bytes.orElse(0));
        return new MemoryBudget(server, share, limit, limit - used + freed, policy, bytes.isPresent());
    }

    /** Returns the fraction of keys with the prefix of the scope that each master owns, from names that are made up. */
    private static Map<RedisNode, Double> shares(RedisConnection connection) {
        Map<RedisNode, Double> shares = new HashMap<>();
        for (int i = 0; i < MADE_UP_KEYS; i++) {
            byte[] key = RedisConnection.concat(connection.settings().prefixBytes(), RedisConnection.bytes(i));
            shares.merge(connection.masters().owner(key), 1.0 / MADE_UP_KEYS, Double::sum);
        }
        return shares;
    }

    /** The memory that the keys in scope use on one server, from a sample. */
    private static final class Usage {
        private long keys;
        private long sampled;
        private long bytes;

        /** Returns the approximate memory of all keys. Empty if the server does not report it. */
        OptionalLong estimate() {
            return sampled == 0 ? OptionalLong.empty() : OptionalLong.of((long) ((double) bytes / sampled * keys));
        }
    }

    private static Map<RedisNode, Usage> scopeUsage(RedisConnection connection) throws IOException {
        Map<RedisNode, Usage> usage = new HashMap<>();
        try (KeyTable table = new KeyScanner(connection).keysInScope()) {
            KeyTable.Walk walk = table.walk();
            int servers = connection.masters().all().size();
            long step = Math.max(1, table.count() / (SAMPLE_KEYS * servers));
            while (walk.next()) {
                byte[] key = RedisConnection.concat(connection.settings().prefixBytes(), walk.suffix());
                Usage ofOwner = usage.computeIfAbsent(connection.masters().owner(key), any -> new Usage());
                if (ofOwner.keys++ % step == 0) {
                    connection.send(Command.MEMORY, RedisConnection.bytes("USAGE"), key);
                    if (connection.receiveOrError() instanceof Long size) {
                        ofOwner.sampled++;
                        ofOwner.bytes += size;
                    }
                }
            }
        }
        return usage;
    }

    /** Adds an eighth to the bytes, because allocators round sizes up. */
    private long need(long records, long bytes) {
        return (long) ((bytes + bytes / 8 + Math.max(0, records) * BYTES_PER_KEY) * share);
    }

    private boolean evicts() {
        return !policy.equals("noeviction");
    }

    /** Returns a problem if the keys of an archive do not fit. */
    Optional<BackupException> problem(long records, long bytes) {
        long need = need(records, bytes);
        if (need <= free || !exact && bytes * share <= limit) {
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
