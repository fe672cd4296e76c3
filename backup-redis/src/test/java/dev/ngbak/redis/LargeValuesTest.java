package dev.ngbak.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.check.ReferenceCheck;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.spi.BackupException;
import dev.ngbak.testkit.MemoryStorage;
import dev.ngbak.testkit.RedisServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XAddParams;
import redis.clients.jedis.params.XReadGroupParams;

/** Values up to the limit are restored, and larger ones are refused with their key, in a JVM with little memory. */
@Timeout(900)
final class LargeValuesTest {

    /** Half of what the documentation requires. The limit, and so the test's duration, is half as large too. */
    private static final String SMALL_HEAP = "-Xmx128m";

    private static final String LARGE_HEAP = "-Xmx256m";
    private static final int FAILURE_CODE = 3;

    @TempDir
    Path folder;

    private RedisServer server;
    private Jedis jedis;

    private record Result(int code, String output) {}

    @BeforeEach
    void start() {
        server = RedisServer.start();
        jedis = new Jedis("127.0.0.1", server.port());
    }

    @AfterEach
    void stop() {
        jedis.close();
        server.close();
    }

    @Test
    void restoreBringsBackValuesUpToTheLimit() throws Exception {
        int limit = Integer.parseInt(run(SMALL_HEAP, "limit").output().strip());
        assertThat(limit).isGreaterThan(20 << 20);
        byte[] random = new byte[limit];
        new Random(5).nextBytes(random);
        byte[] json = new byte[limit];
        Arrays.fill(json, (byte) 'x');
        json[0] = '"';
        json[limit - 1] = '"';
        set("json", json);
        set("json again", json);
        set("bytes", random);
        set("control characters, each escaped with six bytes", new byte[limit]);
        set("text", "é".repeat(limit / 2).getBytes(StandardCharsets.UTF_8));
        jedis.pexpireAt(key("text"), 4_000_000_000_000L);
        push("a list of many short elements", 800_000);
        var pipeline = jedis.pipelined();
        for (int i = 0; i < limit - (1 << 20); i += 1 << 20) {
            byte[] field = Arrays.copyOfRange(random, i, i + (1 << 20));
            pipeline.hset(key("hash"), ("field " + i).getBytes(StandardCharsets.UTF_8), field);
        }
        pipeline.sync();
        Map<String, String> before = snapshot();

        assertSuccess(run(SMALL_HEAP, "backup"));
        jedis.del(key("bytes"));
        set("json", new byte[limit]);
        assertSuccess(run(SMALL_HEAP, "verify"));
        assertSuccess(run(SMALL_HEAP, "check"));
        assertSuccess(run(SMALL_HEAP, "restore"));
        assertThat(snapshot()).isEqualTo(before);
    }

    /** Redis 6.2 does not read the DUMPs of Redis 7.0, so the restore writes the elements with commands. */
    @Test
    @Tag("full")
    void restoreWithCommandsBringsBackLargeValues() throws Exception {
        assumeTrue(
                DatabaseSnapshot.reportsExpiryTime(jedis),
                "no redis-server on the PATH that is newer than the embedded one");
        push("a list of many short elements", 800_000);
        byte[] random = new byte[1 << 20];
        var pipeline = jedis.pipelined();
        for (int i = 0; i < 18; i++) {
            new Random(i).nextBytes(random);
            pipeline.hset(key("hash"), ("field " + i).getBytes(StandardCharsets.UTF_8), random);
        }
        for (int i = 0; i < 300_000; i++) {
            pipeline.sadd(key("set"), ("member " + i).getBytes(StandardCharsets.UTF_8));
            pipeline.zadd(key("sorted set"), i / 3.0, ("member " + i).getBytes(StandardCharsets.UTF_8));
            pipeline.xadd(
                    key("stream"),
                    Map.of(bytes("n"), bytes("" + i)),
                    XAddParams.xAddParams().id(new StreamEntryID(5, i + 1L)));
            if (i % 10_000 == 0) {
                pipeline.sync();
            }
        }
        pipeline.sync();
        jedis.xgroupCreate(key("stream"), bytes("group"), bytes("0"), false);
        jedis.xreadGroup(
                "group",
                "consumer",
                XReadGroupParams.xReadGroupParams().count(200_000),
                Map.of("nano_graphrag:large:stream", StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY));
        jedis.xtrim(key("stream"), 250_000, false);
        assertSuccess(run(SMALL_HEAP, "backup"));

        try (RedisServer older = RedisServer.startEmbedded();
                Jedis there = new Jedis("127.0.0.1", older.port())) {
            Result restored = run(SMALL_HEAP, "restore", older.url());
            assertSuccess(restored);
            assertThat(there.llen(key("a list of many short elements"))).isEqualTo(800_000);
            assertThat(there.hgetAll(key("hash"))).hasSize(18);
            assertThat(there.scard(key("set"))).isEqualTo(300_000);
            assertThat(there.zcard(key("sorted set"))).isEqualTo(300_000);
            assertThat(there.xlen(key("stream"))).isEqualTo(250_000);
            assertThat(there.xpending(key("stream"), bytes("group")).toString()).contains("200000");
        }
    }

    @Test
    void backupRefusesALargerValueWithItsKey() throws Exception {
        byte[] random = new byte[1 << 20];
        new Random(6).nextBytes(random);
        for (String name : List.of("list", "hash", "string")) {
            jedis.flushAll();
            for (int i = 0; i < 25; i++) {
                random[0] = (byte) i;
                if (name.equals("list")) {
                    jedis.rpush(key(name), random);
                } else if (name.equals("hash")) {
                    jedis.hset(key(name), ("" + i).getBytes(StandardCharsets.UTF_8), random);
                } else {
                    jedis.append(key(name), random);
                }
            }
            assertRefused(run(SMALL_HEAP, "backup"), name);
        }
    }

    @Test
    void backupDoesNotFetchAValueLargerThanTheHeapIfTheServerReportsItsSize() throws Exception {
        byte[] random = new byte[1 << 20];
        new Random(7).nextBytes(random);
        for (int i = 0; i < 150; i++) {
            jedis.rpush(key("enormous"), random);
        }
        jedis.sendCommand(Protocol.Command.CONFIG, "RESETSTAT");
        assertRefused(run(SMALL_HEAP, "backup"), "enormous");
        assertThat(jedis.info("commandstats")).contains("memory|usage").doesNotContain("cmdstat_dump");

        jedis.sendCommand(
                Protocol.Command.ACL, "SETUSER", "default", "on", "nopass", "~*", "+@all", "-memory|usage", "-memory");
        assertRefused(run(SMALL_HEAP, "backup"), "enormous");
    }

    @Test
    void anArchiveWithALargerValueIsNotReportedAsDamaged() throws Exception {
        set("large", new byte[30 << 20]);
        assertSuccess(run(LARGE_HEAP, "backup"));
        for (String action : List.of("verify", "check", "restore")) {
            Result result = run(SMALL_HEAP, action);
            assertRefused(result, "large");
            assertThat(result.output()).doesNotContain("damaged").contains("31457280 bytes");
        }
        assertSuccess(run(LARGE_HEAP, "restore"));
    }

    /** Each namespace is a file in the archive. No file may hold memory until the archive is complete. */
    @Test
    @Tag("full")
    void tenThousandNamespacesFitIntoMemory() throws Exception {
        var pipeline = jedis.pipelined();
        for (int i = 0; i < 10_000; i++) {
            pipeline.set("nano_graphrag:namespace" + i + ":key", "{\"number\": " + i + "}");
        }
        pipeline.sync();
        Map<String, String> before = snapshot();

        assertSuccess(run(LARGE_HEAP, "backup"));
        assertSuccess(run(LARGE_HEAP, "verify"));
        jedis.flushAll();
        assertSuccess(run(LARGE_HEAP, "restore"));

        assertThat(snapshot()).isEqualTo(before);
    }

    /** The server computes the hashes, because the values are larger than the memory of this JVM. */
    private Map<String, String> snapshot() {
        Map<String, String> snapshot = new TreeMap<>();
        for (String key : jedis.keys("*")) {
            Object hash = jedis.eval("""
                    local key = KEYS[1]
                    local type = redis.call('TYPE', key).ok
                    if type == 'string' then return redis.sha1hex(redis.call('GET', key)) end
                    if type == 'list' then return redis.sha1hex(table.concat(redis.call('LRANGE', key, 0, -1), ',')) end
                    local fields = redis.call('HKEYS', key)
                    table.sort(fields)
                    local all = {}
                    for i, field in ipairs(fields) do
                      all[i] = field .. redis.sha1hex(redis.call('HGET', key, field))
                    end
                    return redis.sha1hex(table.concat(all, ','))""", 1, key);
            snapshot.put(key, hash + " " + jedis.pexpireTime(key));
        }
        return snapshot;
    }

    private static void assertSuccess(Result result) {
        assertThat(result.code()).as(result.output()).isZero();
    }

    private static void assertRefused(Result result, String name) {
        assertThat(result.output())
                .startsWith("INCOMPATIBLE")
                .contains("large:" + name)
                .containsPattern("\\d+ bytes")
                .containsPattern("-Xmx\\d+m")
                .doesNotContain("disk", "defect");
        assertThat(result.code()).isEqualTo(FAILURE_CODE);
    }

    private void push(String name, int elements) {
        byte[][] some = new byte[1_000][];
        Arrays.fill(some, "1".getBytes(StandardCharsets.UTF_8));
        var pipeline = jedis.pipelined();
        for (int i = 0; i < elements; i += some.length) {
            pipeline.rpush(key(name), some);
        }
        pipeline.sync();
    }

    private void set(String name, byte[] value) {
        jedis.set(key(name), value);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] key(String name) {
        return ("nano_graphrag:large:" + name).getBytes(StandardCharsets.UTF_8);
    }

    private Result run(String memory, String action) throws Exception {
        return run(memory, action, server.url());
    }

    private Result run(String memory, String action, String url) throws Exception {
        Path out = folder.resolve("out");
        Process process = new ProcessBuilder(new ArrayList<>(List.of(
                        ProcessHandle.current().info().command().orElse("java"),
                        memory,
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName(),
                        action,
                        url,
                        folder.resolve("backups").toString())))
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        try {
            assertThat(process.waitFor(600, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Result(process.exitValue(), output(out));
    }

    private static String output(Path out) throws IOException {
        return Files.readAllLines(out).stream()
                .filter(line -> !line.startsWith("SLF4J"))
                .reduce("", (one, other) -> one + other + "\n");
    }

    /** Runs one action of the engine on a Redis store. The other stores are empty. */
    static final class Program {

        private Program() {}

        public static void main(String[] arguments) {
            if (arguments[0].equals("limit")) {
                System.out.println(ValueLimit.MAX_VALUE_BYTES);
                return;
            }
            try (MemoryStorage storage = MemoryStorage.named("others")) {
                BackupManager manager = new BackupManager(storage.settings()
                        .with("KV_BACKEND", "redis")
                        .with("REDIS_URL", arguments[1])
                        .with("BACKUP_DIR", arguments[2]));
                ReadableArchive archive = new ArchiveFile(Path.of(arguments[2], "large.ngbak"));
                switch (arguments[0]) {
                    case "backup" -> manager.create("large", null, new Job());
                    case "verify" -> manager.verify(archive, new Job());
                    case "check" -> ReferenceCheck.archive(manager, archive, new Job());
                    default -> manager.restore(archive, RestoreOptions.DEFAULT, plan -> true, new Job());
                }
            } catch (BackupException e) {
                System.out.println(e.kind() + " " + e.getMessage());
                System.exit(FAILURE_CODE);
            }
        }
    }
}
