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

    /** Keys that begin so, or all others: type, logical content, absolute expiry. */
    static Map<String, String> of(Jedis jedis, String prefix, boolean inside) {
        Map<String, String> picture = new TreeMap<>();
        for (byte[] key : jedis.keys(new byte[] {'*'})) {
            boolean begins = new String(key, StandardCharsets.ISO_8859_1).startsWith(prefix);
            if (begins == inside) {
                picture.put(hex(key), picture(jedis, key));
            }
        }
        return picture;
    }

    private static String picture(Jedis jedis, byte[] key) {
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
        return type + " " + content + " " + jedis.pexpireTime(key);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
