package dev.ngbak.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.Faults;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.RedisServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.params.SetParams;

/** What can go wrong between us and a server, and what is said then. */
final class RedisFaultsTest {

    @TempDir
    Path folder;

    private record Archive(InMemoryEntries shelf, StoreInfo info, StoreSummary summary) {}

    @Test
    void passwordsAndUsers() throws IOException {
        try (RedisServer server = RedisServer.start("--requirepass", "right-secret");
                Jedis jedis = jedis(server)) {
            jedis.auth("right-secret");
            jedis.set("nano_graphrag:full_docs:doc-1", "{}");
            jedis.sendCommand(
                    Protocol.Command.ACL,
                    "SETUSER",
                    "reader",
                    "on",
                    ">s:e@cret",
                    "~nano_graphrag:*",
                    "+info",
                    "+dbsize",
                    "+scan");
            String url = server.url();

            BackupException none = failure(() -> open(Map.of("REDIS_URL", url)));
            assertThat(none.kind()).isEqualTo(Kind.INVALID);
            assertThat(none).hasMessageContaining("REDIS_PASSWORD");
            BackupException wrong = failure(() -> open(Map.of("REDIS_URL", url, "REDIS_PASSWORD", "wrong-secret")));
            assertThat(wrong.kind()).isEqualTo(Kind.INVALID);
            assertThat(wrong).hasMessageContaining("REDIS_PASSWORD").hasMessageNotContaining("secret");
            Path file = Files.writeString(folder.resolve("password"), "right-secret\n");
            open(Map.of("REDIS_URL", url, "REDIS_PASSWORD_FILE", file.toString()))
                    .close();
            open(Map.of("REDIS_URL", url.replace("//", "//:right-secret@"), "REDIS_PASSWORD", "overruled"))
                    .close();

            Settings weak = Settings.of(Map.of("REDIS_URL", url.replace("//", "//reader:s%3Ae%40cret@") + "/0"));
            try (ExportSession session = new RedisExporter().open(weak)) {
                BackupException forbidden = failure(() -> session.digest(Progress.NONE));
                assertThat(forbidden.kind()).isEqualTo(Kind.INVALID);
                assertThat(forbidden).hasMessageContaining("REDIS_URL").hasMessageNotContaining("s:e@cret");
            }
            try (RestoreSession session = new RedisRestorer().open(weak)) {
                assertThat(session.problems(session.info(), 0)).isNotEmpty();
            }
            assertThat(failure(() -> open(Map.of("REDIS_URL", url + "/99", "REDIS_PASSWORD", "right-secret"))))
                    .hasMessageContaining("REDIS_URL");
        }
    }

    @Test
    void aUserWithTheRightsOfTheDocumentationInAnotherDatabase() throws IOException {
        try (RedisServer server = RedisServer.start();
                Jedis jedis = jedis(server)) {
            jedis.select(3);
            fill(jedis, 20, 10);
            jedis.sadd("nano_graphrag:sets:1", "a", "b");
            jedis.set("job:1", "stays");
            jedis.sendCommand(
                    Protocol.Command.ACL,
                    "SETUSER",
                    "keeper",
                    "on",
                    ">secret",
                    "~nano_graphrag:*",
                    "+@read",
                    "+info",
                    "+dbsize",
                    "+scan",
                    "+time",
                    "+select",
                    "+dump",
                    "+xinfo",
                    "+set",
                    "+pexpireat",
                    "+unlink",
                    "+restore");
            Settings settings =
                    Settings.of(Map.of("REDIS_URL", "redis://keeper:secret@127.0.0.1:" + server.port() + "/3"));
            Archive archive = export(settings);
            assertThat(archive.summary().records()).isEqualTo(21);
            jedis.set("nano_graphrag:full_docs:new", "goes");
            try (RestoreSession session = new RedisRestorer().open(settings)) {
                assertThat(session.problems(archive.info(), archive.shelf().size()))
                        .isEmpty();
                assertThat(session.restore(archive.shelf().source(archive.info()), Progress.NONE))
                        .isEqualTo(archive.summary());
                assertThat(session.readBack(Progress.NONE)).isEqualTo(archive.summary());
            }
            assertThat(jedis.dbSize()).isEqualTo(22);
            jedis.select(0);
            assertThat(jedis.dbSize()).isZero();
        }
    }

    @Test
    void anAddressThatCannotBeUsed() {
        for (String url :
                List.of("localhost:6379", "http://x", "redis://h:99999", "redis://u:sec%ZZret@h", "redis://")) {
            BackupException e = failure(() -> open(Map.of("REDIS_URL", url)));
            assertThat(e.kind()).isEqualTo(Kind.INVALID);
            assertThat(e).hasMessageContaining("REDIS_URL").hasMessageNotContaining("sec%");
        }
        RedisSettings settings = RedisSettings.from(
                Settings.of(Map.of("REDIS_URL", "rediss://us%40er:pass%3Aword@[::1]:7000/5", "REDIS_KEY_PREFIX", "*")));
        assertThat(settings.tls()).isTrue();
        assertThat(settings.user()).isEqualTo("us@er");
        assertThat(settings.password().reveal()).isEqualTo("pass:word");
        assertThat(settings.host()).isEqualTo("::1");
        assertThat(settings.port()).isEqualTo(7000);
        assertThat(settings.database()).isEqualTo(5);
        assertThat(settings.prefixBytes()).isEmpty();
        assertThat(settings.toString()).doesNotContain("pass:word");
        RedisSettings defaults = RedisSettings.from(Settings.of(Map.of()));
        assertThat(defaults.shown()).isEqualTo("Redis at localhost:6379");
        assertThat(defaults.prefix()).isEqualTo("nano_graphrag:");
        assertThat(defaults.database()).isZero();
    }

    @Test
    void aScopeThatFindsNothingIsSaidAndIsEmpty() throws IOException {
        try (RedisServer server = RedisServer.start();
                Jedis jedis = jedis(server);
                ExportSession session = new RedisExporter().open(settings(server))) {
            assertThat(session.scopeProblem()).isNull();
            jedis.set("job:1", "{}");
            assertThat(session.scopeProblem()).isNull();
            jedis.set("other_graphrag:full_docs:doc-1", "a-secret-value");
            BackupException e = session.scopeProblem();
            assertThat(e.kind()).isEqualTo(Kind.INVALID);
            assertThat(e)
                    .hasMessageContaining("other_graphrag:")
                    .hasMessageContaining("REDIS_KEY_PREFIX")
                    .hasMessageNotContaining("a-secret-value");
            assertThat(session.counts().counts()).isEmpty();
            InMemoryEntries shelf = new InMemoryEntries("kv/");
            StoreSummary summary = session.export(shelf, Progress.NONE);
            assertThat(summary.records()).isZero();
            assertThat(summary.contentDigest()).isNotNull();
            assertThat(shelf.paths()).isEmpty();
            assertThat(session.digest(Progress.NONE)).isEqualTo(summary);
            try (ExportSession whole = new RedisExporter().open(settings(server).with("REDIS_KEY_PREFIX", "*"))) {
                assertThat(whole.scopeProblem()).isNull();
                assertThat(whole.counts().counts()).containsEntry("job", 1L).containsEntry("other_graphrag", 1L);
            }
        }
    }

    @Test
    void keysOfTheSameSystemThatAreOutOfScopeAreNamed() throws IOException {
        Set<String> namespaces = Set.of("full_docs", "text_chunks", "llm_response_cache", "doc_status");
        try (RedisServer server = RedisServer.start();
                Jedis jedis = jedis(server)) {
            for (String key : List.of(
                    "full_docs:1", "text_chunks:1", "llm_response_cache:a:b", "doc_status__sched:status:x", "job:1")) {
                jedis.set(key, "{}");
                jedis.set("tenant2_" + key, "{}");
                jedis.set("nano_graphrag:" + key, "{}");
            }
            Map<String, List<String>> expected = Map.of(
                    "full_docs:", List.of("\"llm_response_cache:\", \"text_chunks:\" ARE LEFT OUT"),
                    "full", List.of("\"llm_response_cache:\", \"text_chunks:\" ARE LEFT OUT"),
                    "text_chunks:1", List.of("\"full_docs:\", \"llm_response_cache:\" ARE LEFT OUT"),
                    "tenant2_text_chunks:",
                            List.of("\"tenant2_full_docs:\", \"tenant2_llm_response_cache:\" ARE LEFT OUT"),
                    "nano_graphrag:full_docs:",
                            List.of(
                                    "\"nano_graphrag:llm_response_cache:\", \"nano_graphrag:text_chunks:\" ARE LEFT OUT"),
                    "nano_graphrag:", List.of(),
                    "tenant2_", List.of(),
                    "job:", List.of(),
                    "*", List.of());
            for (var prefix : expected.entrySet()) {
                try (ExportSession session =
                        new RedisExporter().open(settings(server).with("REDIS_KEY_PREFIX", prefix.getKey()))) {
                    List<String> warnings = session.outsideScope(namespaces);
                    assertThat(warnings).as(prefix.getKey()).hasSameSizeAs(prefix.getValue());
                    prefix.getValue()
                            .forEach(text -> assertThat(warnings.get(0)).contains(text, "REDIS_KEY_PREFIX"));
                }
            }
        }
    }

    @Test
    void valuesOfOtherTypesAreShownAsSuch() throws IOException {
        try (RedisServer server = RedisServer.start();
                Jedis jedis = jedis(server)) {
            jedis.sadd("nano_graphrag:doc_status__sched:a", "1");
            jedis.set("nano_graphrag:full_docs:b", "{}");
            List<String> seen = new ArrayList<>();
            RecordVisitor visitor = new RecordVisitor() {
                @Override
                public void entry(String namespace, String key, byte[] value, long expires) {
                    seen.add(namespace + " " + key + " " + (value == null ? "null" : "text"));
                }

                @Override
                public void composite(String namespace, String key, String type, long expires) {
                    seen.add(namespace + " " + key + " " + type);
                }
            };
            Archive archive = export(settings(server));
            try (ExportSession session = new RedisExporter().open(settings(server))) {
                session.visit(visitor, Progress.NONE);
            }
            new RedisRestorer().visit(archive.shelf().source(archive.info()), visitor, Progress.NONE);
            assertThat(seen)
                    .containsExactly(
                            "doc_status__sched a set",
                            "full_docs b text",
                            "doc_status__sched a set",
                            "full_docs b text");
        }
    }

    @Test
    void aServerThatDies() throws IOException {
        RedisServer server = RedisServer.start();
        try (server;
                Jedis jedis = jedis(server)) {
            fill(jedis, 5_000, 200);
            Archive archive = export(settings(server));
            try (ExportSession session = new RedisExporter().open(settings(server));
                    RestoreSession restore = new RedisRestorer().open(settings(server))) {
                Progress deadly = new Progress() {
                    @Override
                    public void expect(long total, String unit) {}

                    @Override
                    public void advance(long amount) {
                        server.kill();
                    }
                };
                BackupException reading = failure(() -> session.export(new InMemoryEntries("kv/"), deadly));
                assertThat(reading.kind()).isEqualTo(Kind.UNREACHABLE);
                assertThat(reading).hasMessageContaining("REDIS_URL");
                BackupException writing =
                        failure(() -> restore.restore(archive.shelf().source(archive.info()), deadly));
                assertThat(writing.kind()).isEqualTo(Kind.UNREACHABLE);
            }
        }
    }

    @Test
    void aServerThatIsNotThere() throws IOException {
        RedisServer server = RedisServer.start();
        server.close();
        BackupException e = failure(() -> new RedisExporter().open(settings(server)));
        assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(e).hasMessageContaining("does not answer").hasMessageContaining("REDIS_URL");
    }

    @Test
    void aMemoryLimit() throws IOException {
        try (RedisServer source = RedisServer.start();
                RedisServer small = RedisServer.start("--maxmemory", "6mb", "--maxmemory-policy", "noeviction");
                RedisServer lossy = RedisServer.start("--maxmemory", "6mb", "--maxmemory-policy", "allkeys-lru");
                Jedis jedis = jedis(source)) {
            fill(jedis, 8_000, 2_000);
            Archive archive = export(settings(source));
            for (RedisServer target : List.of(small, lossy)) {
                try (RestoreSession session = new RedisRestorer().open(settings(target))) {
                    List<BackupException> problems =
                            session.problems(archive.info(), archive.shelf().size());
                    assertThat(problems).hasSize(1);
                    assertThat(problems.get(0).kind()).isEqualTo(Kind.NO_SPACE);
                    assertThat(problems.get(0)).hasMessageContaining("maxmemory");
                    BackupException e =
                            failure(() -> session.restore(archive.shelf().source(archive.info()), Progress.NONE));
                    assertThat(e.kind()).isEqualTo(Kind.NO_SPACE);
                    assertThat(e).hasMessageContaining("maxmemory");
                }
            }
        }
    }

    @Test
    void manySmallKeysCostMoreThanTheirBytes() throws IOException {
        try (RedisServer source = RedisServer.start();
                RedisServer target = RedisServer.start("--maxmemory", "3mb", "--maxmemory-policy", "noeviction");
                Jedis jedis = jedis(source)) {
            fill(jedis, 20_000, 1);
            Archive archive = export(settings(source));
            try (RestoreSession session = new RedisRestorer().open(settings(target))) {
                long bytes = archive.shelf().size();
                assertThat(bytes).isLessThan(2_000_000);
                assertThat(session.problems(archive.info(), 20_000, bytes))
                        .singleElement()
                        .satisfies(problem -> {
                            assertThat(problem.kind()).isEqualTo(Kind.NO_SPACE);
                            assertThat(problem).hasMessageContaining("maxmemory");
                        });
                BackupException e =
                        failure(() -> session.restore(archive.shelf().source(archive.info()), Progress.NONE));
                assertThat(e.kind()).isEqualTo(Kind.NO_SPACE);
            }
        }
    }

    @Test
    void keysOfOthersThatAServerWouldDropAreWarnedOf() throws IOException {
        try (RedisServer source = RedisServer.start();
                RedisServer target = RedisServer.start("--maxmemory", "12mb", "--maxmemory-policy", "allkeys-lru");
                Jedis from = jedis(source);
                Jedis to = jedis(target)) {
            fill(from, 4_000, 1_000);
            Archive archive = export(settings(source));
            long bytes = archive.shelf().size();
            try (RestoreSession session = new RedisRestorer().open(settings(target))) {
                assertThat(session.problems(archive.info(), 4_000, bytes)).isEmpty();
                assertThat(session.warnings(archive.info(), 4_000, bytes)).isEmpty();

                foreign(to, 0, 4_700);
                assertThat(session.problems(archive.info(), 4_000, bytes)).isEmpty();
                assertThat(session.warnings(archive.info(), 4_000, bytes))
                        .singleElement()
                        .asString()
                        .contains("maxmemory", "allkeys-lru");

                foreign(to, 4_700, 7_000);
                assertThat(session.problems(archive.info(), 4_000, bytes))
                        .singleElement()
                        .satisfies(problem -> {
                            assertThat(problem.kind()).isEqualTo(Kind.NO_SPACE);
                            assertThat(problem).hasMessageContaining("allkeys-lru");
                        });
                to.configSet("maxmemory-policy", "noeviction");
                assertThat(session.problems(archive.info(), 4_000, bytes))
                        .singleElement()
                        .satisfies(problem -> assertThat(problem).hasMessageNotContaining("drop"));
            }
        }
    }

    /** The estimate is not asked here: what it got wrong, the server's own counter tells. */
    @Test
    void keysOfOthersThatAServerDroppedAreReported() throws IOException {
        try (RedisServer source = RedisServer.start();
                RedisServer target = RedisServer.start("--maxmemory", "12mb", "--maxmemory-policy", "volatile-lru");
                Jedis from = jedis(source);
                Jedis to = jedis(target)) {
            fill(from, 4_000, 1_000);
            Archive archive = export(settings(source));
            foreign(to, 0, 7_500);
            assertThat(to.info("stats")).contains("evicted_keys:0");
            try (RestoreSession session = new RedisRestorer().open(settings(target))) {
                StoreSummary restored = session.restore(archive.shelf().source(archive.info()), Progress.NONE);
                assertThat(restored.warnings())
                        .singleElement()
                        .asString()
                        .contains("DROPPED", "maxmemory", "no archive of this scope");
                assertSame(session.readBack(Progress.NONE), archive.summary());
            }
            assertThat(to.dbSize()).isLessThan(11_500);
        }
    }

    @Test
    void keysOfOthersThatAServerDroppedBeforeItWasFullAreReported() throws IOException {
        try (RedisServer source = RedisServer.start();
                RedisServer target = RedisServer.start("--maxmemory", "6mb", "--maxmemory-policy", "volatile-lru");
                Jedis from = jedis(source);
                Jedis to = jedis(target)) {
            fill(from, 8_000, 2_000);
            Archive archive = export(settings(source));
            foreign(to, 0, 1_000);
            try (RestoreSession session = new RedisRestorer().open(settings(target))) {
                BackupException e =
                        failure(() -> session.restore(archive.shelf().source(archive.info()), Progress.NONE));
                assertThat(e.kind()).isEqualTo(Kind.NO_SPACE);
                assertThat(e).hasMessageContaining("dropped").hasMessageContaining("OUT OF SCOPE");
            }
            assertThat(to.keys("other:*")).hasSizeLessThan(1_000);
        }
    }

    private static void foreign(Jedis jedis, int from, int to) {
        var pipeline = jedis.pipelined();
        for (int i = from; i < to; i++) {
            pipeline.set("other:" + i, "x".repeat(1_000), SetParams.setParams().ex(100_000));
        }
        pipeline.sync();
    }

    @Test
    void aReplicaAndAClusterAreRefused() throws IOException {
        try (RedisServer master = RedisServer.start();
                RedisServer replica = RedisServer.start("--replicaof", "127.0.0.1", Integer.toString(master.port()));
                RedisServer cluster = RedisServer.start("--cluster-enabled", "yes")) {
            try (RestoreSession session = new RedisRestorer().open(settings(replica))) {
                assertThat(session.problems(session.info(), 0))
                        .anySatisfy(e -> assertThat(e).hasMessageContaining("replica"));
            }
            assertThat(failure(() -> new RedisExporter().open(settings(cluster)))
                            .kind())
                    .isEqualTo(Kind.INCOMPATIBLE);
        }
    }

    @Test
    void aNewerDumpAndAnotherScopeAreFoundBeforehand() throws IOException {
        try (RedisServer server = RedisServer.start();
                RestoreSession session = new RedisRestorer().open(settings(server))) {
            assertThat(session.problems(with(session.info(), "rdb_version", "9"), 0))
                    .isEmpty();
            for (String foreign : List.of("12", "14", "80", "99", "65535", "65536", "99999", "-1", "x")) {
                assertThat(session.problems(with(session.info(), "rdb_version", foreign), 0))
                        .as(foreign)
                        .singleElement()
                        .satisfies(e -> assertThat(e).hasMessageContaining("RDB version " + foreign));
            }
            assertThat(session.problems(with(session.info(), "REDIS_KEY_PREFIX", "*"), 0))
                    .anySatisfy(e -> assertThat(e).hasMessageContaining("REDIS_KEY_PREFIX"));
            assertThat(session.problems(with(session.info(), "REDIS_KEY_PREFIX", "mine:"), 0))
                    .isEmpty();
        }
    }

    /** Versions of products that are not on this machine: Redis 8 and Valkey 9 do not read each other's. */
    @Test
    void versionsAreComparedWithinTheirFamily() throws IOException {
        try (DumpServer valkey = new DumpServer("redis_version:7.2.4\r\nvalkey_version:9.1.1", 81, true);
                DumpServer redis = new DumpServer("redis_version:8.6.0", 14, true);
                DumpServer full = new DumpServer("redis_version:7.2.4\r\nvalkey_version:9.1.1", 81, false)) {
            for (DumpServer server : List.of(valkey, full)) {
                assertThat(refused(server, 9, 10, 11, 12, 13, 14, 79, 80, 81, 82))
                        .containsExactly(12, 13, 14, 79, 82);
            }
            assertThat(refused(redis, 9, 10, 11, 12, 13, 14, 15, 79, 80, 81)).containsExactly(15, 79, 80, 81);
        }
    }

    private static List<Integer> refused(DumpServer server, int... versions) throws IOException {
        List<Integer> refused = new ArrayList<>();
        try (RestoreSession session = new RedisRestorer().open(Settings.of(Map.of("REDIS_URL", server.url())))) {
            for (int version : versions) {
                List<BackupException> problems =
                        session.problems(with(session.info(), "rdb_version", Integer.toString(version)), 0);
                if (!problems.isEmpty()) {
                    assertThat(problems).singleElement().satisfies(e -> {
                        assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
                        assertThat(e).hasMessageContaining("RDB version " + version);
                    });
                    refused.add(version);
                }
            }
            // Strings need no DUMP, whatever made them.
            assertThat(session.problems(session.info(), 0)).isEmpty();
        }
        return refused;
    }

    private static StoreInfo with(StoreInfo info, String member, String value) {
        Map<String, String> scope = new HashMap<>(info.scope());
        scope.put(member, value);
        return new StoreInfo(info.product(), info.version(), info.form(), scope, info.bytes());
    }

    @Test
    void keysThatExpireAreCountedAndNotMissed() throws Exception {
        try (RedisServer server = RedisServer.start();
                Jedis jedis = jedis(server)) {
            jedis.set("nano_graphrag:full_docs:doc-1", "{\"a\": 1}");
            long soon = System.currentTimeMillis() + 1_500;
            for (int i = 0; i < 10; i++) {
                jedis.set(
                        "nano_graphrag:community_reports:" + i,
                        "{}",
                        SetParams.setParams().pxAt(soon + 60_000));
                jedis.set(
                        "nano_graphrag:llm_response_cache:" + i,
                        "{}",
                        SetParams.setParams().pxAt(soon));
            }
            Archive archive = export(settings(server));
            try (RestoreSession session = new RedisRestorer().open(settings(server))) {
                StoreSummary restored = session.restore(archive.shelf().source(archive.info()), Progress.NONE);
                assertThat(restored.counts()).isEqualTo(archive.summary().counts());
                Thread.sleep(Math.max(0, soon + 200 - System.currentTimeMillis()));
                // They are gone, and that is no reason to call the restore wrong.
                assertThat(jedis.exists("nano_graphrag:llm_response_cache:1")).isFalse();
                assertSame(session.readBack(Progress.NONE), archive.summary());
                jedis.del("nano_graphrag:full_docs:doc-1");
                assertThat(session.readBack(Progress.NONE).counts())
                        .isNotEqualTo(archive.summary().counts());
                jedis.set("nano_graphrag:full_docs:doc-1", "{\"a\": 2}");
                if (Pictures.tellsExpiry(jedis)) {
                    assertThat(session.readBack(Progress.NONE).contentDigest())
                            .isNotNull()
                            .isNotEqualTo(archive.summary().contentDigest());
                }
            }
            jedis.set("nano_graphrag:llm_response_cache:1", "newer, and not in the archive any more");
            try (RestoreSession session = new RedisRestorer().open(settings(server))) {
                StoreSummary restored = session.restore(archive.shelf().source(archive.info()), Progress.NONE);
                assertThat(restored.warnings()).anyMatch(warning -> warning.startsWith("10 keys"));
                assertSame(session.readBack(Progress.NONE), archive.summary());
                assertThat(jedis.keys("nano_graphrag:*")).hasSize(11);
            }
        }
    }

    private static void assertSame(StoreSummary one, StoreSummary other) {
        assertThat(one.records()).isEqualTo(other.records());
        assertThat(one.counts()).isEqualTo(other.counts());
        assertThat(one.contentDigest()).isEqualTo(other.contentDigest());
    }

    @Test
    void keysThatVanishOrTurnWhileTheyAreReadAreCounted() throws IOException {
        try (RedisServer server = RedisServer.start();
                Jedis jedis = jedis(server)) {
            fill(jedis, 3_000, 1_000);
            InMemoryEntries shelf = new InMemoryEntries("kv/");
            try (ExportSession session = new RedisExporter().open(settings(server))) {
                StoreSummary summary = session.export(
                        Faults.sink(shelf, 0, () -> {
                            for (int i = 2_000; i < 3_000; i++) {
                                jedis.del("nano_graphrag:full_docs:" + i);
                            }
                            jedis.rpush("nano_graphrag:full_docs:2999", "a list now");
                        }),
                        Progress.NONE);
                // What was asked for before the first byte was written had still been there.
                assertThat(summary.records()).isBetween(2_001L, 2_999L);
                assertThat(summary.warnings())
                        .containsExactly(
                                (3_000 - summary.records())
                                        + " keys expired or were deleted while they were being read, and are not in the backup.");
                StoreInfo info = session.info();
                assertThat(info.scope()).containsKey("rdb_version");
                StoreSummary read = new RedisRestorer().read(shelf.source(info), Progress.NONE);
                assertThat(read.records()).isEqualTo(summary.records());
                assertThat(read.contentDigest()).isEqualTo(summary.contentDigest());
            }
        }
    }

    @Test
    void anExpiryMayStandBeforeItsValue() throws IOException {
        try (RedisServer server = RedisServer.start();
                Jedis jedis = jedis(server)) {
            StoreInfo info = new StoreInfo("Redis", "7", "redis", Map.of(), -1);
            InMemoryEntries shelf = new InMemoryEntries("kv/")
                    .with(
                            "ns",
                            ".redis.jsonl",
                            "{\"id\": \"late\", \"expires\": 4000000000000}\n{\"id\": \"past\", \"expires\": 5}\n"
                                    .getBytes(StandardCharsets.UTF_8))
                    .with("ns", ".json", "{\"late\": 1, \"never\": 2, \"past\": 3}".getBytes(StandardCharsets.UTF_8));
            jedis.set("nano_graphrag:ns:never", "x", SetParams.setParams().ex(1_000));
            try (RestoreSession session = new RedisRestorer().open(settings(server))) {
                StoreSummary restored = session.restore(shelf.source(info), Progress.NONE);
                assertThat(restored.records()).isEqualTo(3);
                assertThat(restored.warnings()).singleElement().asString().startsWith("1 keys");
                assertThat(session.readBack(Progress.NONE).records()).isEqualTo(3);
            }
            assertThat(jedis.keys("*")).containsExactlyInAnyOrder("nano_graphrag:ns:late", "nano_graphrag:ns:never");
            assertThat(jedis.pttl("nano_graphrag:ns:late")).isPositive();
            assertThat(jedis.pttl("nano_graphrag:ns:never")).isEqualTo(-1);
        }
    }

    @Test
    void aWriterIsNeverOverlooked() throws Exception {
        try (RedisServer server = RedisServer.start();
                Jedis jedis = jedis(server)) {
            fill(jedis, 300, 50);
            byte[] key = "nano_graphrag:full_docs:7".getBytes(StandardCharsets.UTF_8);
            for (int run = 0; run < 100; run++) {
                try (ExportSession session = new RedisExporter().open(settings(server))) {
                    ChangeMarker before = session.marker();
                    int step = run;
                    InMemoryEntries shelf = new InMemoryEntries("kv/");
                    boolean[] written = {false};
                    session.export(
                            Faults.sink(shelf, 50L * (run % 40), () -> {
                                byte[] value = jedis.get(key);
                                switch (step % 4) {
                                    case 0 -> value[value.length / 2] ^= 1;
                                    case 1 -> jedis.del(key);
                                    case 2 -> jedis.pexpireAt(key, 4_000_000_000_000L + step);
                                    default -> jedis.save();
                                }
                                jedis.set(key, value, SetParams.setParams().keepTtl());
                                written[0] = true;
                            }),
                            Progress.NONE);
                    assertThat(written[0]).isTrue();
                    assertThat(before.until(session.marker())).as("run " + run).isEqualTo(Comparison.CHANGED);
                }
            }
        }
    }

    @Test
    void damageIsTold() throws IOException {
        RedisRestorer restorer = new RedisRestorer();
        StoreInfo info = new StoreInfo("Redis", "7", "redis", Map.of(), -1);
        for (String broken :
                List.of("{\"a\": 1, \"a\": 2}", "{\"a\": NaN}", "[]", "{\"a\": 1", "{\"\\ud800\": 1}", "{} {}", "")) {
            InMemoryEntries shelf =
                    new InMemoryEntries("kv/").with("ns", ".json", broken.getBytes(StandardCharsets.UTF_8));
            assertThat(failure(() -> restorer.read(shelf.source(info), Progress.NONE))
                            .kind())
                    .as(broken)
                    .isEqualTo(Kind.CORRUPT);
        }
        for (String broken : List.of(
                "{\"id\": \"x\"}",
                "{\"id\": \"x\", \"expires\": 5}",
                "{\"id\": \"x\", \"text\": \"a\", \"strange\": 1}",
                "{\"id\": \"x\", \"text\": \"a\"}{\"id\": \"x\", \"text\": \"b\"}",
                "{\"id64\": \"!\", \"text\": \"a\"}",
                "{\"text\": \"a\"}",
                "{\"id\": \"x\", \"text\": \"a\", \"expires\": -5}",
                "{\"id\": \"x\", \"text\": \"a\", \"expires\": -1}",
                "{\"id\": \"x\", \"text\": \"a\", \"expires\": 1.5}",
                "{\"id\": \"x\", \"text\": \"a\", \"expires\": 1e9}",
                "{\"id\": \"x\", \"text\": \"a\", \"expires\": \"5\"}",
                "{\"id\": \"x\", \"text\": \"a\", \"expires\": null}",
                "{\"id\": \"x\", \"text\": \"a\", \"expires\": 9223372036854775808}",
                "{\"id\": \"x\", \"text\": \"a\", \"expires\": 18446744073709551617}",
                "{\"id\": \"x\", \"text\": \"a\", \"expires\": " + "9".repeat(100_000) + "}",
                "{\"id\": \"x\", \"type\": \"set\", \"content\": \"00\", \"dump\": \"AAAA\"}")) {
            InMemoryEntries shelf =
                    new InMemoryEntries("kv/").with("ns", ".redis.jsonl", broken.getBytes(StandardCharsets.UTF_8));
            assertThat(failure(() -> restorer.read(shelf.source(info), Progress.NONE))
                            .kind())
                    .as(broken)
                    .isEqualTo(Kind.CORRUPT);
        }
    }

    private static void fill(Jedis jedis, int keys, int size) {
        var pipeline = jedis.pipelined();
        for (int i = 0; i < keys; i++) {
            pipeline.set("nano_graphrag:full_docs:" + i, "{\"n\": " + i + ", \"c\": \"" + "x".repeat(size) + "\"}");
        }
        pipeline.sync();
    }

    private static Archive export(Settings settings) throws IOException {
        InMemoryEntries shelf = new InMemoryEntries("kv/");
        try (ExportSession session = new RedisExporter().open(settings)) {
            StoreSummary summary = session.export(shelf, Progress.NONE);
            return new Archive(shelf, session.info(), summary);
        }
    }

    private static ExportSession open(Map<String, String> settings) {
        return new RedisExporter().open(Settings.of(settings));
    }

    private static Settings settings(RedisServer server) {
        return Settings.of(Map.of("REDIS_URL", server.url()));
    }

    private static Jedis jedis(RedisServer server) {
        return new Jedis("127.0.0.1", server.port());
    }

    private static BackupException failure(ThrowingCallable call) {
        Throwable thrown = catchThrowable(call);
        assertThat(thrown).isInstanceOf(BackupException.class);
        return (BackupException) thrown;
    }
}
