package dev.ngbak.redis;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import redis.clients.jedis.Jedis;

/** Describes the content of a database without using the plugin. */
final class DatabaseSnapshot {

    private DatabaseSnapshot() {}

    /** Returns whether the server reports when a key expires, and not only how long it has left. */
    static boolean reportsExpiryTime(Jedis jedis) {
        return !jedis.info("server").contains("redis_version:6.");
    }

    /** Describes the keys with a prefix. */
    static Map<String, String> of(Jedis jedis, String prefix) {
        return of(jedis, prefix, true);
    }

    /** Describes the keys without a prefix. */
    static Map<String, String> outside(Jedis jedis, String prefix) {
        return of(jedis, prefix, false);
    }

    private static Map<String, String> of(Jedis jedis, String prefix, boolean inside) {
        boolean exactExpiry = reportsExpiryTime(jedis);
        Map<String, String> snapshot = new TreeMap<>();
        for (byte[] key : jedis.keys(new byte[] {'*'})) {
            if (new String(key, StandardCharsets.ISO_8859_1).startsWith(prefix) == inside) {
                snapshot.put(hex(key), describe(jedis, key, exactExpiry));
            }
        }
        return snapshot;
    }

    /** Returns the type, the logical content, and the expiry, which is rounded to 10 s if the server does not report it. */
    private static String describe(Jedis jedis, byte[] key, boolean exactExpiry) {
        String type = jedis.type(key);
        Object content =
                switch (type) {
                    case "string" -> hex(jedis.get(key));
                    case "hash" -> {
                        Map<String, String> fields = new TreeMap<>();
                        boolean canExpire =
                                ServerInfo.parse(jedis.info("server")).hasFieldExpiry();
                        jedis.hgetAll(key)
                                .forEach((field, value) -> fields.put(
                                        hex(field), hex(value) + (canExpire ? jedis.hpexpireTime(key, field) : "")));
                        yield fields;
                    }
                    case "list" ->
                        jedis.lrange(key, 0, -1).stream()
                                .map(DatabaseSnapshot::hex)
                                .toList();
                    case "set" -> {
                        TreeSet<String> members = new TreeSet<>();
                        jedis.smembers(key).forEach(member -> members.add(hex(member)));
                        yield members;
                    }
                    case "zset" ->
                        jedis.zrangeWithScores(key, 0, -1).stream()
                                .map(tuple -> hex(tuple.getBinaryElement()) + "=" + tuple.getScore())
                                .toList();
                    case VectorSet.TYPE -> SampleValues.vectors(jedis, new String(key, StandardCharsets.UTF_8));
                    default -> hex(jedis.dump(key));
                };
        return type + " " + content + " " + (exactExpiry ? jedis.pexpireTime(key) : rounded(jedis.pttl(key)));
    }

    private static long rounded(long left) {
        return left < 0 ? left : (System.currentTimeMillis() + left + 5_000) / 10_000;
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
