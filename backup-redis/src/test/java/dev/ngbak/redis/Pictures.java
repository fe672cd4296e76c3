package dev.ngbak.redis;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import redis.clients.jedis.Jedis;

/** Pictures of a database that do not come from the plugin. */
final class Pictures {

    private Pictures() {}

    /** Whether the server tells when a key expires, and not only how long it has left. */
    static boolean tellsExpiry(Jedis jedis) {
        return !jedis.info("server").contains("redis_version:6.");
    }

    /** Keys that begin so, or all others: type, logical content, absolute expiry (to 10 s where the server does not tell it). */
    static Map<String, String> of(Jedis jedis, String prefix, boolean inside) {
        boolean exact = tellsExpiry(jedis);
        Map<String, String> picture = new TreeMap<>();
        for (byte[] key : jedis.keys(new byte[] {'*'})) {
            boolean begins = new String(key, StandardCharsets.ISO_8859_1).startsWith(prefix);
            if (begins == inside) {
                picture.put(hex(key), picture(jedis, key, exact));
            }
        }
        return picture;
    }

    private static String picture(Jedis jedis, byte[] key, boolean exact) {
        String type = jedis.type(key);
        Object content =
                switch (type) {
                    case "string" -> hex(jedis.get(key));
                    case "hash" -> {
                        Map<String, String> fields = new TreeMap<>();
                        jedis.hgetAll(key).forEach((field, value) -> fields.put(hex(field), hex(value)));
                        yield fields;
                    }
                    case "list" ->
                        jedis.lrange(key, 0, -1).stream().map(Pictures::hex).toList();
                    case "set" -> {
                        TreeSet<String> members = new TreeSet<>();
                        jedis.smembers(key).forEach(member -> members.add(hex(member)));
                        yield members;
                    }
                    case "zset" ->
                        jedis.zrangeWithScores(key, 0, -1).stream()
                                .map(tuple -> hex(tuple.getBinaryElement()) + "=" + tuple.getScore())
                                .toList();
                    default -> hex(jedis.dump(key));
                };
        return type + " " + content + " " + (exact ? jedis.pexpireTime(key) : roughly(jedis.pttl(key)));
    }

    private static long roughly(long left) {
        return left < 0 ? left : (System.currentTimeMillis() + left + 5_000) / 10_000;
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
