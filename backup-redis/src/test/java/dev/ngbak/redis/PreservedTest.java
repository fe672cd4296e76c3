package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.export;
import static dev.ngbak.redis.Fixtures.readBack;
import static dev.ngbak.redis.Fixtures.restore;
import static dev.ngbak.redis.Fixtures.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.RedisServer;
import dev.ngbak.testkit.ServerPrograms;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.params.XAddParams;
import redis.clients.jedis.params.XReadGroupParams;

/**
 * Backs up and restores a value of every kind, and compares the table in docs/preserved-redis.md with {@link #table}, which
 * {@link #main} prints.
 */
final class PreservedTest {

    private static final long LATER = 4_000_000_000_123L;

    private static final long NINETEEN_DIGITS = 1_000_000_000_000_000_000L;

    @FunctionalInterface
    private interface Writer {
        void write(Jedis jedis, byte[] key);
    }

    /**
     * A value of one kind.
     *
     * @param inObject whether the value is in the JSON object of its namespace
     * @param needed decides whether a server has such values; {@code null} if all have
     * @param restored where the value can be restored
     */
    private record Row(
            String what, byte[] id, boolean inObject, Writer writer, Predicate<ServerInfo> needed, String restored) {

        Row(String what, byte[] id, boolean inObject, Writer writer) {
            this(what, id, inObject, writer, null, "yes");
        }

        boolean isIn(ServerInfo server) {
            return needed == null || needed.test(server);
        }
    }

    private static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        inObject(rows, "JSON as Python writes it", "{\"content\": \"caf\\u00e9 \\ud83d\\ude00\", \"tokens\": 12}");
        inObject(rows, "JSON with line breaks and unusual white space inside", "{\n\t\"a\" :  [ 1 ,\r\n2 ]\n}");
        inObject(rows, "notation of numbers", "[1.50, 1E+02, -0.0, 18446744073709551617, 1e400]");
        inObject(rows, "order of members, repeated members", "{\"b\": 1, \"a\": 2, \"b\": 3}");
        inObject(rows, "notation of escapes", "\"\\u0041\\/\\u00e9é\"");
        inObject(rows, "`null` as the whole value", "null");
        inObject(rows, "values nested 200 deep", "[".repeat(200) + "]".repeat(200));
        inObject(rows, "a report of 5 MB", "{\"report\": \"" + "report ".repeat(750_000) + "\"}");
        notInObject(rows, "values nested 300 deep", "[".repeat(300) + "]".repeat(300));
        notInObject(
                rows, "`NaN` and `Infinity` in JSON, as Python writes them", "{\"weight\": NaN, \"top\": -Infinity}");
        notInObject(rows, "an escaped unpaired surrogate, which jq 1.6 does not read", "{\"x\": \"\\ud800\"}");
        notInObject(rows, "JSON with white space around it", " {\"a\": 1}\n");
        notInObject(rows, "an empty string", "");
        notInObject(rows, "text that is not JSON", "plain \"text\" with \\ and \t and \u0000 and \u007f");
        notInObject(rows, "text that is nearly JSON", "{\"a\": 01}");
        notInObject(rows, "a text with a byte order mark", "\ufeff{\"a\": 1}");
        rows.add(row(
                "bytes that are not UTF-8", "bytes", false, (j, k) -> j.set(k, new byte[] {-1, 0, -64, -128, 10})));
        rows.add(new Row("a key that is not UTF-8", new byte[] {'i', -1, 0, ':', -2}, false, set("{\"a\": 1}")));
        rows.add(row("a key with quotes, colons, line breaks, emoji", "a\":b\\\n\u0001😀 c", true, set("{\"a\": 1}")));
        rows.add(row("an empty id", "", true, set("{\"a\": 1}")));
        rows.add(row(
                "absolute expiry, to the millisecond, of JSON",
                "t1",
                true,
                (j, k) -> j.set(k, bytes("{\"a\": 1}"), SetParams.setParams().pxAt(LATER))));
        rows.add(row(
                "absolute expiry, to the millisecond, of other text",
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
                "a set of 2,000 strings", "texts", false, (j, k) -> many(2000, i -> j.sadd(k, bytes("member " + i)))));
        rows.add(row("a sorted set with infinite scores", "zset", false, (j, k) -> {
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
        rows.add(row("a stream with entries that are pending, some of them deleted", "pending", false, (j, k) -> {
            for (int i = 1; i <= 5; i++) {
                j.xadd(
                        k,
                        Map.of(bytes("n"), bytes("" + i)),
                        XAddParams.xAddParams().id(new StreamEntryID(5, i)));
            }
            j.xgroupCreate(k, bytes("group"), bytes("0"), false);
            j.xgroupCreateConsumer(k, bytes("group"), bytes("idle"));
            j.xreadGroup(
                    "group",
                    "busy",
                    XReadGroupParams.xReadGroupParams().count(4),
                    Map.of(new String(k, StandardCharsets.UTF_8), StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY));
            j.xdel(k, bytes("5-2"));
        }));
        rows.add(new Row(
                "expiry of single fields of a hash",
                bytes("fields"),
                false,
                (j, k) -> {
                    j.hset(k, Map.of(bytes("stays"), bytes("1"), bytes("expires"), bytes("2")));
                    j.hpexpireAt(k, LATER, bytes("expires"));
                },
                ServerInfo::hasFieldExpiry,
                "yes, to Redis 7.4 or newer and to Valkey 9 or newer"));
        rows.add(new Row(
                "a vector set with attributes",
                bytes("vectors"),
                false,
                (j, k) -> many(
                        30,
                        i -> j.sendCommand(
                                () -> bytes("VADD"),
                                k,
                                bytes("VALUES"),
                                bytes("2"),
                                bytes("" + i % 7),
                                bytes("" + (i + 1)),
                                bytes("e" + i),
                                bytes("SETATTR"),
                                bytes("{\"n\": " + i + "}"))),
                server -> !server.isValkey() && server.isAtLeast(8, 0),
                "yes, to Redis 8 or newer"));
        rows.add(row("absolute expiry of another type", "t3", false, (j, k) -> {
            j.sadd(k, bytes("a"));
            j.pexpireAt(k, LATER);
        }));
        rows.add(row(
                "an expiry of 19 digits",
                "t4",
                true,
                (j, k) -> j.set(k, bytes("{\"a\": 1}"), expiry(NINETEEN_DIGITS))));
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

    private static void inObject(List<Row> rows, String what, String value) {
        rows.add(row(what, "j" + rows.size(), true, set(value)));
    }

    private static void notInObject(List<Row> rows, String what, String value) {
        rows.add(row(what, "o" + rows.size(), false, set(value)));
    }

    private static Row row(String what, String id, boolean inObject, Writer writer) {
        return new Row(what, bytes(id), inObject, writer);
    }

    private static SetParams expiry(long when) {
        return SetParams.setParams().pxAt(when);
    }

    private static Writer set(String value) {
        return (jedis, key) -> jedis.set(key, bytes(value));
    }

    private static void many(int times, IntConsumer action) {
        IntStream.range(0, times).forEach(action);
    }

    @Test
    void restoreBringsBackEveryValue() throws Exception {
        assertEverythingIsRestored(RedisServer::start);
    }

    @Test
    void restoreBringsBackEveryValueWithRedis62() throws Exception {
        assertEverythingIsRestored(RedisServer::startEmbedded);
    }

    @Test
    void restoreBringsBackEveryValueWithNewerVersions() throws Exception {
        List<Path> programs = Stream.of("REDIS_BIN", "VALKEY_BIN")
                .flatMap(variable -> ServerPrograms.of(variable).stream())
                .toList();
        assumeTrue(!programs.isEmpty(), "REDIS_BIN and VALKEY_BIN name no program");
        for (Path program : programs) {
            assertEverythingIsRestored(() -> RedisServer.startProgram(program));
        }
    }

    private static void assertEverythingIsRestored(Supplier<RedisServer> start) throws Exception {
        InMemoryEntries entries = new InMemoryEntries("kv/");
        StoreInfo archived;
        Map<String, String> before;
        StoreSummary exported;
        boolean exactExpiry;
        try (RedisServer server = start.get();
                Jedis jedis = new Jedis("127.0.0.1", server.port())) {
            exactExpiry = DatabaseSnapshot.reportsExpiryTime(jedis);
            writeAll(jedis);
            before = DatabaseSnapshot.of(jedis, "nano_graphrag:");
            try (ExportSession session = new RedisExporter().open(settings(server))) {
                exported = export(session, entries);
                archived = session.info();
            }
        }
        assertThat(exported.contentDigest() != null).isEqualTo(exactExpiry);
        if (exactExpiry) {
            assertThat(exported.warnings()).isEmpty();
        } else {
            assertThat(exported.warnings()).singleElement().asString().contains("before 7.0");
        }
        assertThat(archived.scope()).containsKey("rdb_version");

        try (RedisServer server = start.get();
                Jedis jedis = new Jedis("127.0.0.1", server.port());
                RestoreSession session = new RedisRestorer().open(settings(server))) {
            jedis.set("nano_graphrag:ns:old", "not in the archive");
            StoreSummary restored = restore(session, entries.source(archived));
            StoreSummary readBack = readBack(session);
            assertThat(readBack.contentDigest()).isEqualTo(exported.contentDigest());
            for (StoreSummary summary : List.of(readBack, restored)) {
                assertThat(summary.records()).isEqualTo(exported.records());
                assertThat(summary.counts()).isEqualTo(exported.counts());
            }
            if (exactExpiry) {
                assertThat(restored).isEqualTo(exported);
            }
            Map<String, String> after = DatabaseSnapshot.of(jedis, "nano_graphrag:");
            for (Row row : rows()) {
                String key = HexFormat.of().formatHex(key(row));
                assertThat(after.get(key)).as(row.what()).isEqualTo(before.get(key));
            }
            assertThat(after).isEqualTo(before);
        }
        String json = new String(entries.content("ns"), StandardCharsets.UTF_8);
        for (Row row : rows()) {
            String id = new String(row.id(), StandardCharsets.UTF_8);
            if (id.matches("[a-z]+\\d*")) {
                assertThat(json.contains("\n\"" + id + "\": ")).as(row.what()).isEqualTo(row.inObject());
            }
        }
        assertThat(Path.of("../docs/preserved-redis.md")).hasContent(table());
    }

    @Test
    void jqReadsTheObjectOfANamespace() throws Exception {
        InMemoryEntries entries = new InMemoryEntries("kv/");
        try (RedisServer server = RedisServer.start();
                Jedis jedis = new Jedis("127.0.0.1", server.port());
                ExportSession session = new RedisExporter().open(settings(server))) {
            writeAll(jedis);
            export(session, entries);
        }
        Process jq = startJq("-c", "[.j0.tokens, .j3.b, (keys | length)]");
        try (var in = jq.getOutputStream()) {
            in.write(entries.content("ns"));
        } catch (IOException e) {
            // It stopped reading because the content is invalid. Its output, which is compared below, has the reason.
        }
        String output = new String(jq.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(jq.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(output.strip())
                .isEqualTo("[12,3," + rows().stream().filter(Row::inObject).count() + "]");
    }

    private static Process startJq(String... arguments) {
        List<String> command = new ArrayList<>(List.of("jq"));
        command.addAll(List.of(arguments));
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            return abort("jq is not installed");
        }
    }

    private static String table() {
        StringBuilder table = new StringBuilder("""
                # What is preserved: Redis

                `PreservedTest` generates this table. It writes each value to one server, restores it to another of the same version, and
                compares the two byte for byte. [COMPATIBILITY.md](COMPATIBILITY.md#redis-and-valkey) shows other versions.

                Not preserved: when a consumer of a stream was last seen. A restore with commands sets it to the time of the restore.
                Redis before 7.0 does not have the counters of a stream (entries added, entries read, highest deleted id).

                | In Redis | File in the archive | Restored |
                |---|---|---|
                """);
        for (Row row : rows()) {
            boolean expiry = row.what().contains("expiry");
            table.append("| ")
                    .append(row.what())
                    .append(" | ")
                    .append(
                            row.inObject()
                                    ? expiry ? "`.json`; expiry in `.redis.jsonl`" : "`.json`"
                                    : "`.redis.jsonl`")
                    .append(" | ")
                    .append(row.restored())
                    .append(" |\n");
        }
        return table.toString();
    }

    /** Prints the table. Copy it to docs/preserved-redis.md after adding a row. */
    public static void main(String[] arguments) {
        System.out.print(table());
    }

    private static void writeAll(Jedis jedis) {
        ServerInfo server = ServerInfo.parse(jedis.info());
        rows().stream()
                .filter(row -> row.isIn(server))
                .forEach(row -> row.writer().write(jedis, key(row)));
    }

    private static byte[] key(Row row) {
        return RedisConnection.concat(bytes("nano_graphrag:ns:"), row.id());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
