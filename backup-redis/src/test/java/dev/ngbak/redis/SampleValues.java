package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.utf8;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XAddParams;
import redis.clients.jedis.params.XClaimParams;
import redis.clients.jedis.params.XReadGroupParams;

/** Values of every type, in every encoding that a server chooses by itself, and an independent description of them. */
final class SampleValues {

    static final String PREFIX = "nano_graphrag:values:";

    static final long LATER = 4_000_000_000_123L;

    /** Numbers and texts of all lengths that a listpack or a ziplist encodes differently. */
    private static final List<String> SMALL = List.of(
            "0",
            "12",
            "13",
            "63",
            "127",
            "128",
            "-1",
            "4095",
            "4096",
            "-4096",
            "-4097",
            "32767",
            "-32768",
            "8388607",
            "-8388608",
            "2147483647",
            "-2147483648",
            "9223372036854775807",
            "-9223372036854775808",
            "",
            "007",
            "-0",
            "x".repeat(63),
            "y".repeat(64));

    private static final List<String> COUNTERS =
            List.of("entries-added", "max-deleted-entry-id", "recorded-first-entry-id", "entries-read");

    private SampleValues() {}

    /** Writes values of the types that every server has. */
    static void write(Jedis jedis) {
        jedis.set(PREFIX + "json", "{\"a\": 1}");
        jedis.set(key("binary"), new byte[] {-1, 0, 1});
        for (String text : SMALL) {
            jedis.hset(PREFIX + "hash small", text + "f", text);
            jedis.hset(PREFIX + "hash numbers", text, "v" + text);
            jedis.rpush(PREFIX + "list small", text);
            jedis.sadd(PREFIX + "set small", text);
            jedis.zadd(PREFIX + "zset small", text.length() * 1.1, text);
        }
        for (int i = 0; i < 1500; i++) {
            jedis.hset(PREFIX + "hash large", "field " + i, "value ".repeat(i % 30) + i);
            jedis.rpush(PREFIX + "list large", "element " + i + "-".repeat(i % 200), "" + i * 1_000_003L);
            jedis.sadd(PREFIX + "set large", "member " + i);
            jedis.sadd(PREFIX + "set of numbers", "" + i * (i % 2 == 0 ? 1L : -3_000_000_000L));
            jedis.zadd(PREFIX + "zset large", i / 7.0 - 100, "member " + i);
        }
        jedis.sadd(PREFIX + "set of short numbers", "1", "-30000");
        jedis.sadd(PREFIX + "set of middle numbers", "1", "-3000000");
        jedis.rpush(PREFIX + "list with a large element", "a", "z".repeat(100_000), "b");
        jedis.zadd(PREFIX + "zset of special scores", Map.of("a", Double.POSITIVE_INFINITY, "b", -0.0, "c", 1e300));
        jedis.zadd(PREFIX + "zset of special scores", Double.NEGATIVE_INFINITY, "d");
        jedis.zadd(PREFIX + "zset of special scores", 1234567890123456.8, "e");
        writeStreams(jedis);
    }

    private static void writeStreams(Jedis jedis) {
        String stream = PREFIX + "stream";
        for (int i = 1; i <= 300; i++) {
            Map<String, String> fields =
                    i % 10 == 0 ? Map.of("other", "x" + i, "n", "" + i) : Map.of("n", "" + i * 1_000_000L);
            jedis.xadd(stream, XAddParams.xAddParams().id(new StreamEntryID(1000 + i / 3, i)), fields);
        }
        jedis.xgroupCreate(stream, "readers", new StreamEntryID(0, 0), false);
        jedis.xgroupCreate(stream, "another", new StreamEntryID(1050, 150), false);
        jedis.xgroupCreateConsumer(stream, "readers", "idle");
        for (String consumer : List.of("one", "two", "one")) {
            jedis.xreadGroup(
                    "readers",
                    consumer,
                    XReadGroupParams.xReadGroupParams().count(20),
                    Map.of(stream, StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY));
        }
        jedis.xack(stream, "readers", new StreamEntryID(1001, 5));
        // Two deliveries of one entry, and entries that are pending but deleted: the first, one in the middle, and the
        // last.
        jedis.xclaim(
                stream,
                "readers",
                "two",
                0,
                XClaimParams.xClaimParams().time(1_700_000_000_000L).retryCount(7),
                new StreamEntryID(1000, 1));
        jedis.xreadGroup(
                "another",
                "last",
                XReadGroupParams.xReadGroupParams().count(1000),
                Map.of(stream, StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY));
        jedis.xdel(stream, new StreamEntryID(1000, 2), new StreamEntryID(1012, 37), new StreamEntryID(1100, 300));
        jedis.xadd(PREFIX + "stream emptied", XAddParams.xAddParams().id(new StreamEntryID(5, 1)), Map.of("a", "b"));
        jedis.xdel(PREFIX + "stream emptied", new StreamEntryID(5, 1));
        jedis.xgroupCreate(PREFIX + "stream never filled", "g", new StreamEntryID(0, 0), true);
        jedis.xadd(PREFIX + "stream trimmed", XAddParams.xAddParams().id(new StreamEntryID(7, 1)), Map.of("a", "b"));
        jedis.xadd(PREFIX + "stream trimmed", XAddParams.xAddParams().id(new StreamEntryID(8, 1)), Map.of("a", ""));
        jedis.xtrim(PREFIX + "stream trimmed", 1, false);
    }

    /** Writes hashes whose fields expire, to a server that has them. */
    static void writeExpiringFields(Jedis jedis) {
        for (String name : List.of("small", "large")) {
            String key = PREFIX + "expiring " + name;
            for (int i = 0; i < (name.equals("small") ? 5 : 1000); i++) {
                jedis.hset(key, "f" + i, "v" + i);
                if (i % 2 == 0) {
                    jedis.hpexpireAt(key, LATER + i, "f" + i);
                }
            }
        }
        jedis.hset(PREFIX + "expiring all", "f", "v");
        jedis.hpexpireAt(PREFIX + "expiring all", LATER, "f");
    }

    /** Writes vector sets, to a server that has them. */
    static void writeVectorSets(Jedis jedis) {
        for (String option : List.of("Q8", "NOQUANT", "BIN")) {
            for (int i = 0; i < 30; i++) {
                jedis.sendCommand(
                        () -> utf8("VADD"),
                        PREFIX + "vectors " + option,
                        "VALUES",
                        "3",
                        "" + i % 7,
                        "" + (i + 1),
                        "" + i * 0.3,
                        "e" + i,
                        option,
                        "SETATTR",
                        "{\"n\": " + i + "}");
            }
        }
        String[] reduced = {PREFIX + "vectors reduced", "REDUCE", "2", "VALUES", "3", "1", "2", "3", "e"};
        jedis.sendCommand(() -> utf8("VADD"), reduced);
        jedis.sendCommand(() -> utf8("VREM"), PREFIX + "vectors Q8", "e3");
    }

    private static byte[] key(String name) {
        return utf8(PREFIX + name);
    }

    /** Describes all values by the replies to commands. Leaves out what Redis before 7.0 does not know, if wanted. */
    static Map<String, Object> describe(Jedis jedis, boolean withCounters) {
        Map<String, Object> values = new TreeMap<>();
        boolean hasFieldExpiry = hasFieldExpiry(jedis);
        for (String key : jedis.keys("*")) {
            String type = jedis.type(key);
            values.put(
                    key,
                    switch (type) {
                        case "string" -> hex(jedis.get(utf8(key)));
                        case "list" -> jedis.lrange(key, 0, -1);
                        case "set" ->
                            new TreeMap<>(Map.of(
                                    "members",
                                    jedis.smembers(key).stream().sorted().toList()));
                        case "zset" -> jedis.zrangeWithScores(key, 0, -1).toString();
                        case "hash" -> hash(jedis, key, hasFieldExpiry);
                        case "stream" ->
                            plain(jedis.sendCommand(Command.XINFO, "STREAM", key, "FULL", "COUNT", "0"), withCounters);
                        case "vectorset" -> vectors(jedis, key);
                        default -> throw new IllegalStateException(type);
                    });
        }
        return values;
    }

    static boolean hasFieldExpiry(Jedis jedis) {
        return ServerInfo.parse(jedis.info()).hasFieldExpiry();
    }

    private static Object hash(Jedis jedis, String key, boolean hasFieldExpiry) {
        Map<String, String> fields = new TreeMap<>(jedis.hgetAll(key));
        if (hasFieldExpiry) {
            fields.replaceAll((name, value) -> {
                long expires = jedis.hpexpireTime(key, name).get(0);
                return expires < 0 ? value : value + " " + expires;
            });
        }
        return fields;
    }

    /** Describes a vector set by its elements, because two DUMPs of equal vector sets differ. */
    static Object vectors(Jedis jedis, String key) {
        Map<String, Object> elements = new TreeMap<>();
        for (Object element : (List<?>) jedis.sendCommand(() -> utf8("VRANDMEMBER"), key, "1000")) {
            String name = RedisConnection.text(element);
            elements.put(
                    name,
                    List.of(
                            plain(jedis.sendCommand(() -> utf8("VEMB"), key, name, "RAW"), true),
                            plain(jedis.sendCommand(() -> utf8("VGETATTR"), key, name), true)));
        }
        return elements;
    }

    /** Returns a reply without bytes, times of the last activity, and internal structure. */
    private static Object plain(Object reply, boolean withCounters) {
        if (!(reply instanceof List<?> list)) {
            return reply instanceof byte[] bytes ? hex(bytes) : String.valueOf(reply);
        }
        List<Object> plain = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            String name = list.get(i) instanceof byte[] bytes ? RedisConnection.text(bytes) : "";
            if (name.matches("seen-time|active-time|lag|radix-tree-.*") || (!withCounters && COUNTERS.contains(name))) {
                i++;
            } else {
                plain.add(plain(list.get(i), withCounters));
            }
        }
        return plain;
    }

    private static String hex(byte[] bytes) {
        return bytes == null ? "null" : HexFormat.of().formatHex(bytes);
    }
}
