package dev.ngbak.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.RedisServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.params.XAddParams;

/** Type by type and value by value: what comes back. The table in docs/preserved-redis.md is made here. */
final class PreservedTest {

    private static final long LATER = 4_000_000_000_123L;

    /** Has 19 digits. */
    private static final long FAR = 1_000_000_000_000_000_000L;

    @FunctionalInterface
    private interface Filling {
        void into(Jedis jedis, byte[] key);
    }

    private record Row(String what, byte[] id, boolean plain, Filling filling) {}

    private static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        json(rows, "JSON as Python writes it", "{\"content\": \"caf\\u00e9 \\ud83d\\ude00\", \"tokens\": 12}");
        json(rows, "JSON with line ends and odd white space inside", "{\n\t\"a\" :  [ 1 ,\r\n2 ]\n}");
        json(rows, "spelling of numbers", "[1.50, 1E+02, -0.0, 18446744073709551617, 1e400]");
        json(rows, "order of members, members that occur twice", "{\"b\": 1, \"a\": 2, \"b\": 3}");
        json(rows, "escapes as they are spelled", "\"\\u0041\\/\\u00e9é\"");
        json(rows, "a number, a text, null as the whole value", "null");
        json(rows, "values nested 200 deep", "[".repeat(200) + "]".repeat(200));
        json(rows, "a report of 5 MB", "{\"report\": \"" + "report ".repeat(750_000) + "\"}");
        other(rows, "values nested 300 deep", "[".repeat(300) + "]".repeat(300));
        other(rows, "`NaN` and `Infinity` in JSON, as Python writes them", "{\"weight\": NaN, \"top\": -Infinity}");
        other(rows, "half of a surrogate pair as an escape, which jq 1.6 does not read", "{\"x\": \"\\ud800\"}");
        other(rows, "JSON with white space around it", " {\"a\": 1}\n");
        other(rows, "an empty string", "");
        other(rows, "text that is not JSON", "plain \"text\" with \\ and \t and \u0000 and \u007f");
        other(rows, "text that is nearly JSON", "{\"a\": 01}");
        other(rows, "a text with a byte order mark", "\ufeff{\"a\": 1}");
        rows.add(row(
                "bytes that are not UTF-8", "bytes", false, (j, k) -> j.set(k, new byte[] {-1, 0, -64, -128, 10})));
        rows.add(new Row("a key that is not UTF-8", new byte[] {'i', -1, 0, ':', -2}, false, set("{\"a\": 1}")));
        rows.add(row("a key with quotes, colons, line ends, emoji", "a\":b\\\n\u0001😀 c", true, set("{\"a\": 1}")));
        rows.add(row("an empty id", "", true, set("{\"a\": 1}")));
        rows.add(row(
                "absolute expiry, to the millisecond, of JSON",
                "t1",
                true,
                (j, k) -> j.set(k, bytes("{\"a\": 1}"), SetParams.setParams().pxAt(LATER))));
        rows.add(row(
                "the same of other text",
                "t2",
                false,
                (j, k) -> j.set(k, bytes("x"), SetParams.setParams().pxAt(LATER))));
        rows.add(row("a number (encoding int)", "number", true, set("9223372036854775807")));
        rows.add(row("a bitmap, a HyperLogLog", "hll", false, (j, k) -> j.pfadd(k, bytes("a"), bytes("b"))));
        rows.add(row(
                "a hash",
                "hash",
                false,
                (j, k) -> j.hset(k, Map.of(bytes("f\n"), new byte[] {-1, 0}, bytes(""), bytes("")))));
        rows.add(row(
                "a hash of 2,000 fields",
                "hashes",
                false,
                (j, k) -> many(2000, i -> j.hset(k, bytes("f" + i), bytes("" + i)))));
        rows.add(row(
                "a list, in order, with repeated elements",
                "list",
                false,
                (j, k) -> j.rpush(k, bytes("b"), bytes("a"), bytes("b"), new byte[0])));
        rows.add(row("a set", "set", false, (j, k) -> j.sadd(k, bytes("a"), new byte[] {-1}, bytes("1"))));
        rows.add(row("a set of numbers", "ints", false, (j, k) -> many(600, i -> j.sadd(k, bytes("" + i * 7)))));
        rows.add(row(
                "a set of 2,000 texts", "texts", false, (j, k) -> many(2000, i -> j.sadd(k, bytes("member " + i)))));
        rows.add(row("a sorted set, infinite scores too", "zset", false, (j, k) -> {
            j.zadd(k, 0.1, bytes("a"));
            j.zadd(k, Double.POSITIVE_INFINITY, bytes("b"));
            j.zadd(k, -0.0, bytes("c"));
        }));
        rows.add(row("a geo set", "geo", false, (j, k) -> j.geoadd(k, 13.361389, 38.115556, bytes("Palermo"))));
        rows.add(row("a stream with consumer groups", "stream", false, (j, k) -> {
            j.xadd(k, Map.of(bytes("f"), bytes("v")), XAddParams.xAddParams().id(new StreamEntryID(5, 1)));
            j.xadd(
                    k,
                    Map.of(bytes("g"), new byte[] {-1}),
                    XAddParams.xAddParams().id(new StreamEntryID(6, 0)));
            j.xgroupCreate(k, bytes("group"), bytes("5-1"), false);
        }));
        rows.add(row("absolute expiry of another type", "t3", false, (j, k) -> {
            j.sadd(k, bytes("a"));
            j.pexpireAt(k, LATER);
        }));
        rows.add(row("an expiry of 19 digits", "t4", true, (j, k) -> j.set(k, bytes("{\"a\": 1}"), expiry(FAR))));
        rows.add(row(
                "the latest expiry that Redis accepts, of JSON",
                "t5",
                true,
                (j, k) -> j.set(k, bytes("{\"a\": 1}"), expiry(Long.MAX_VALUE))));
        rows.add(row("the latest expiry that Redis accepts, of another type", "t6", false, (j, k) -> {
            j.sadd(k, bytes("a"));
            j.pexpireAt(k, Long.MAX_VALUE);
        }));
        return rows;
    }

    private static void json(List<Row> rows, String what, String value) {
        rows.add(row(what, "j" + rows.size(), true, set(value)));
    }

    private static void other(List<Row> rows, String what, String value) {
        rows.add(row(what, "o" + rows.size(), false, set(value)));
    }

    private static Row row(String what, String id, boolean plain, Filling filling) {
        return new Row(what, bytes(id), plain, filling);
    }

    private static SetParams expiry(long when) {
        return SetParams.setParams().pxAt(when);
    }

    private static Filling set(String value) {
        return (jedis, key) -> jedis.set(key, bytes(value));
    }

    private static void many(int times, java.util.function.IntConsumer action) {
        java.util.stream.IntStream.range(0, times).forEach(action);
    }

    @Test
    void everythingComesBack() throws Exception {
        comesBack(RedisServer::start);
    }

    @Test
    void everythingComesBackWithAnOldRedis() throws Exception {
        comesBack(RedisServer::startEmbedded);
    }

    private static void comesBack(Supplier<RedisServer> start) throws Exception {
        Map<String, byte[]> keys = new LinkedHashMap<>();
        InMemoryEntries shelf = new InMemoryEntries("kv/");
        StoreInfo archived;
        Map<String, String> before;
        StoreSummary exported;
        boolean exact;
        try (RedisServer server = start.get();
                Jedis jedis = new Jedis("127.0.0.1", server.port())) {
            exact = Pictures.tellsExpiry(jedis);
            for (Row row : rows()) {
                byte[] key = concatenated(bytes("nano_graphrag:ns:"), row.id());
                row.filling().into(jedis, key);
                keys.put(row.what(), key);
            }
            before = Pictures.of(jedis, "nano_graphrag:", true);
            try (ExportSession session = new RedisExporter().open(settings(server))) {
                exported = session.export(shelf, Progress.NONE);
                archived = session.info();
            }
        }
        assertThat(exported.contentDigest() != null).isEqualTo(exact);
        if (exact) {
            assertThat(exported.warnings()).isEmpty();
        } else {
            assertThat(exported.warnings()).singleElement().asString().contains("before 7.0");
        }
        assertThat(archived.scope()).containsKey("rdb_version");

        try (RedisServer server = start.get();
                Jedis jedis = new Jedis("127.0.0.1", server.port());
                RestoreSession session = new RedisRestorer().open(settings(server))) {
            jedis.set("nano_graphrag:ns:old", "goes");
            StoreSummary restored = session.restore(shelf.source(archived), Progress.NONE);
            StoreSummary readBack = session.readBack(Progress.NONE);
            assertThat(readBack.contentDigest()).isEqualTo(exported.contentDigest());
            for (StoreSummary summary : List.of(readBack, restored)) {
                assertThat(summary.records()).isEqualTo(exported.records());
                assertThat(summary.counts()).isEqualTo(exported.counts());
            }
            if (exact) {
                assertThat(restored).isEqualTo(exported);
            }
            Map<String, String> after = Pictures.of(jedis, "nano_graphrag:", true);
            keys.forEach((what, key) -> assertThat(after.get(hex(key))).as(what).isEqualTo(before.get(hex(key))));
            assertThat(after).isEqualTo(before);
        }
        String json = new String(shelf.content("ns"), StandardCharsets.UTF_8);
        for (Row row : rows()) {
            String id = new String(row.id(), StandardCharsets.UTF_8);
            boolean there = id.matches("[a-z]+\\d*") && json.contains("\n\"" + id + "\": ");
            if (id.matches("[a-z]+\\d*")) {
                assertThat(there).as(row.what()).isEqualTo(row.plain());
            }
        }
        jqReads(shelf.content("ns"));
        assertThat(Path.of("../docs/preserved-redis.md")).hasContent(table());
    }

    private static void jqReads(byte[] json) throws Exception {
        Process jq;
        try {
            jq = new ProcessBuilder("jq", "-c", "[.j0.tokens, .j3.b, (keys | length)]")
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            System.out.println("jq is not installed; its part was not tried");
            return;
        }
        try (var in = jq.getOutputStream()) {
            in.write(json);
        } catch (IOException e) {
            // It has read enough to refuse; what it says is compared below.
        }
        String said = new String(jq.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(jq.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(said.strip())
                .isEqualTo("[12,3," + rows().stream().filter(Row::plain).count() + "]");
    }

    private static String table() {
        StringBuilder table = new StringBuilder("""
                # What is preserved: Redis

                Made by `PreservedTest`, which puts each of these into one server and compares it, byte for byte, on another.

                | In Redis | Where it stands in the archive | Comes back |
                |---|---|---|
                """);
        for (Row row : rows()) {
            boolean expiry = row.what().contains("expiry");
            table.append("| ")
                    .append(row.what())
                    .append(" | ")
                    .append(row.plain() ? expiry ? "`.json`; expiry in `.redis.jsonl`" : "`.json`" : "`.redis.jsonl`")
                    .append(" | yes |\n");
        }
        return table.toString();
    }

    /** Prints the table, to be put into docs/ when a row was added. */
    public static void main(String[] arguments) {
        System.out.print(table());
    }

    private static Settings settings(RedisServer server) {
        return Settings.of(Map.of("REDIS_URL", server.url()));
    }

    private static byte[] concatenated(byte[] one, byte[] other) {
        byte[] both = java.util.Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }

    private static String hex(byte[] bytes) {
        return java.util.HexFormat.of().formatHex(bytes);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
