package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Watches whether a server evicts keys during a restore because its memory limit is reached. The server reports only their
 * number, so evicted keys may be in scope or not.
 */
final class EvictionWatch {

    private final RedisConnection connection;
    private final Map<RedisNode, Long> before;

    /** Starts to watch. */
    EvictionWatch(RedisConnection connection) {
        this.connection = connection;
        this.before = totals();
    }

    private Map<RedisNode, Long> totals() {
        Map<RedisNode, Long> totals = new HashMap<>();
        connection.infos().forEach((node, info) -> totals.put(node, info.number("evicted_keys")));
        return totals;
    }

    /** Does not count what a node evicted before it became a master of the cluster. */
    private long evicted() {
        return totals().entrySet().stream()
                .mapToLong(now -> now.getValue() - before.getOrDefault(now.getKey(), now.getValue()))
                .sum();
    }

    /**
     * Reports that keys of the archive are missing after a restore.
     *
     * @param found the number of keys that exist
     * @param expected the number of keys that were written and have not expired
     */
    BackupException keysMissing(long found, long expected) {
        String server = connection.settings().server();
        long evicted = evicted();
        if (evicted == 0) {
            return new BackupException(
                    Kind.INCOMPATIBLE,
                    server + " contains " + found + " of the " + expected
                            + " restored keys. Another program removed the others during the restore",
                    "Stop the programs that write to the database, and run the restore again");
        }
        long foreign = evicted - (expected - found);
        return new BackupException(
                Kind.NO_SPACE,
                server + " evicted " + evicted + " keys during the restore, because its memory limit (maxmemory) was"
                        + " reached. It contains " + found + " of the " + expected + " restored keys. "
                        + (foreign > 0
                                ? "AT LEAST " + foreign + " OF THE EVICTED KEYS may be out of scope. ngbak has no copy"
                                        + " of those and cannot restore them"
                                : "Evicted keys may also be out of scope. ngbak has no copy of those and cannot restore"
                                        + " them"),
                "Raise maxmemory on the server, and run the restore again");
    }

    /** Adds the evictions to a failure: a server may evict keys before it refuses more data. */
    BackupException explain(BackupException e) {
        if (e.kind() != Kind.NO_SPACE || e.problem().contains("evicted")) {
            return e;
        }
        long evicted;
        try {
            evicted = evicted();
        } catch (RuntimeException unreachable) {
            return e;
        }
        return evicted == 0
                ? e
                : new BackupException(
                        e.kind(),
                        e.problem() + ". Before that it evicted " + evicted
                                + " keys. Any KEYS OUT OF SCOPE among them are in no" + " archive of this scope"
                                + " and cannot be restored",
                        e.remedy(),
                        e);
    }

    /** Returns a warning if keys were evicted although all keys of the archive exist. */
    Optional<String> warning() {
        long evicted = evicted();
        return evicted == 0
                ? Optional.empty()
                : Optional.of(
                        connection.settings().server() + " EVICTED " + evicted + " KEYS during the restore, because"
                                + " its memory limit (maxmemory) was reached. All keys of the archive exist, so the evicted ones"
                                + " belong to other programs, and are in no archive of this scope. Raise maxmemory, and check what"
                                + " uses this server.");
    }
}
