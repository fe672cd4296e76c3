package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.Protocol.Command;

/**
 * Estimates whether the keys of an archive have room in a server that has a memory limit. A server that is full drops
 * keys where its policy says so, and not only those in scope. INFO tells all of it; CONFIG is not asked, which many
 * providers forbid.
 *
 * @param limit the server's maxmemory, 0 for none
 * @param room what is left of it once the keys in scope are removed
 * @param exact whether the server told how much memory the keys in scope take
 */
record MemoryRoom(String server, long limit, long room, String policy, boolean exact) {

    /** What a key costs beside its bytes: entries in tables, headers, the prefix. Measured with Redis 7.0. */
    private static final long PER_KEY = 120;

    /** A server that would be fuller than this afterwards is worth a warning. */
    private static final double NEARLY = 0.9;

    private static final int SAMPLE = 200;

    static MemoryRoom of(RedisLink link, RedisSettings settings) throws IOException {
        Map<String, String> info = link.info();
        long limit = number(info.get("maxmemory"));
        String policy = info.getOrDefault("maxmemory_policy", "noeviction");
        if (limit == 0) {
            return new MemoryRoom(settings.shown(), 0, Long.MAX_VALUE, policy, true);
        }
        // Buffers of replicas and of the append-only file are no reason to drop keys.
        long used = number(info.get("used_memory")) - number(info.get("mem_not_counted_for_evict"));
        long scope = scope(link, settings);
        return new MemoryRoom(
                settings.shown(), limit, limit - used + Math.min(used, Math.max(0, scope)), policy, scope >= 0);
    }

    /** About how much memory the keys in scope take, by some that are spread over all; -1 where the server does not tell. */
    private static long scope(RedisLink link, RedisSettings settings) throws IOException {
        try (Spill names = new KeyScan(link, settings).names()) {
            KeyWalk walk = new KeyWalk(names, KeyWalk.LAST);
            long step = Math.max(1, names.count() / SAMPLE);
            long keys = 0;
            long sampled = 0;
            long bytes = 0;
            while (walk.next()) {
                if (keys++ % step == 0) {
                    byte[] key = RedisLink.joined(settings.prefixBytes(), walk.rest());
                    link.send(Command.MEMORY, RedisLink.bytes("USAGE"), key);
                    if (link.receiveAny() instanceof Long size) {
                        sampled++;
                        bytes += size;
                    }
                }
            }
            if (keys == 0) {
                return 0;
            }
            return sampled == 0 ? -1 : (long) ((double) bytes / sampled * keys);
        }
    }

    /** An allocator rounds up by a tenth and more. */
    private static long need(long records, long bytes) {
        return bytes + bytes / 8 + Math.max(0, records) * PER_KEY;
    }

    private boolean evicts() {
        return !policy.equals("noeviction");
    }

    /** Why the keys of an archive have no room, or {@code null}. */
    BackupException lack(long records, long bytes) {
        long need = need(records, bytes);
        if (need <= room || !exact && bytes <= limit) {
            return null;
        }
        return new BackupException(
                Kind.NO_SPACE,
                server + " may use " + limit + " bytes (maxmemory), of which " + Math.max(0, room)
                        + " are free once the old keys are gone, and the archive's keys need about " + need
                        + (evicts()
                                ? "; with its policy " + policy
                                        + " it would drop keys in silence, those of other programs too"
                                : ""),
                "Raise maxmemory on the server");
    }

    /** What to know where the keys of an archive have room, but hardly. */
    List<String> warnings(long records, long bytes) {
        long need = need(records, bytes);
        if (limit == 0 || !evicts() || lack(records, bytes) != null || room - need > limit * (1 - NEARLY)) {
            return List.of();
        }
        return List.of(server + " would be nearly full after the restore, or full: it may use " + limit
                + " bytes (maxmemory), "
                + (exact
                        ? "of which about " + Math.max(0, room - need) + " would be left"
                        : "and does not tell how much the old keys take")
                + ". With its policy " + policy + " it then drops keys in silence, those of other programs too. Raise"
                + " maxmemory before.");
    }

    /** A number of INFO, 0 where it is missing. */
    static long number(String text) {
        return text == null || !text.matches("\\d{1,18}") ? 0 : Long.parseLong(text);
    }
}
