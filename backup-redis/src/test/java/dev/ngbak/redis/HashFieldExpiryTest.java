package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.assertSameContent;
import static dev.ngbak.redis.Fixtures.export;
import static dev.ngbak.redis.Fixtures.jedis;
import static dev.ngbak.redis.Fixtures.readBack;
import static dev.ngbak.redis.Fixtures.restore;
import static dev.ngbak.redis.Fixtures.settings;
import static dev.ngbak.redis.Fixtures.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.redis.Fixtures.Archive;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.RedisServer;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** Hashes whose fields expire one by one, which Redis 7.4 and Valkey 9 introduced. */
final class HashFieldExpiryTest {

    private static final String HASH = "nano_graphrag:ns:hash";

    private static TestServers servers;
    private static List<String> names;

    @BeforeAll
    static void start() {
        servers = new TestServers();
        names = servers.all().keySet().stream()
                .filter(name -> servers.info(name).hasFieldExpiry())
                .toList();
    }

    @AfterAll
    static void stop() {
        servers.close();
    }

    private interface Scenario {
        void run(RedisServer source, RedisServer target, Jedis from, Jedis to) throws Exception;
    }

    /** Runs a scenario for every pair of servers, so that keys are restored from their DUMP and with commands. */
    private static void onEveryPair(Scenario scenario) throws Exception {
        assumeTrue(!names.isEmpty(), "REDIS_BIN and VALKEY_BIN name no server whose hash fields expire");
        for (String source : names) {
            for (String target : names) {
                RedisServer one = servers.get(source).orElseThrow();
                RedisServer other = servers.get(target).orElseThrow();
                try (Jedis from = jedis(one);
                        Jedis to = jedis(other)) {
                    from.flushAll();
                    scenario.run(one, other, from, to);
                }
            }
        }
    }

    private static void fill(Jedis jedis, long soon) {
        jedis.set("nano_graphrag:ns:string", "{}");
        jedis.hset(HASH, Map.of("stays", "1", "later", "2", "soon", "3", "soon too", "4"));
        jedis.hpexpireAt(HASH, soon, "soon", "soon too");
        jedis.hpexpireAt(HASH, SampleValues.LATER, "later");
        jedis.hset(HASH + " that vanishes", "soon", "5");
        jedis.hpexpireAt(HASH + " that vanishes", soon, "soon");
    }

    private static void awaitTime(long millis) throws InterruptedException {
        Thread.sleep(Math.max(0, millis + 50 - System.currentTimeMillis()));
    }

    @Test
    void fieldsThatExpireAfterTheBackupOrAfterTheRestoreCountAsIfTheyWereThere() throws Exception {
        onEveryPair((source, target, from, to) -> {
            long soon = System.currentTimeMillis() + 400;
            fill(from, soon);
            Archive archive = export(settings(source));
            to.flushAll();
            try (RestoreSession session = new RedisRestorer().open(settings(target))) {
                restore(session, archive.source());
                assertThat(to.hpexpireTime(HASH, "later")).containsExactly(SampleValues.LATER);
                assertThat(to.hgetAll(HASH)).containsKey("stays");
                assertSameContent(readBack(session), archive.summary());
                awaitTime(soon);
                assertThat(to.hgetAll(HASH)).containsOnlyKeys("stays", "later");
                assertSameContent(readBack(session), archive.summary());
            }
            try (RestoreSession session = new RedisRestorer().open(settings(target))) {
                StoreSummary restored = restore(session, archive.source());
                assertThat(restored.warnings())
                        .anySatisfy(
                                warning -> assertThat(warning).startsWith("2 fields of hashes in the archive expired"))
                        .anySatisfy(warning -> assertThat(warning).startsWith("1 keys of the archive expired"));
                assertThat(to.hgetAll(HASH)).containsOnlyKeys("stays", "later");
                assertSameContent(readBack(session), archive.summary());
            }
        });
    }

    @Test
    void readBackDetectsALostFieldAndAChangedExpiry() throws Exception {
        onEveryPair((source, target, from, to) -> {
            fill(from, SampleValues.LATER - 1);
            Archive archive = export(settings(source));
            try (RestoreSession session = new RedisRestorer().open(settings(target))) {
                restore(session, archive.source());
                to.hpersist(HASH, "later");
                assertThat(readBack(session).contentDigest())
                        .isNotEqualTo(archive.summary().contentDigest());
                to.hpexpireAt(HASH, SampleValues.LATER + 1, "later");
                assertThat(readBack(session).contentDigest())
                        .isNotEqualTo(archive.summary().contentDigest());
                to.hpexpireAt(HASH, SampleValues.LATER, "later");
                assertSameContent(readBack(session), archive.summary());
                to.hdel(HASH, "soon");
                assertThat(readBack(session).contentDigest())
                        .isNotEqualTo(archive.summary().contentDigest());
            }
        });
    }

    /** Versions of ngbak that knew no expiry of fields wrote a content without it. */
    @Test
    void archiveOfTheOldFormIsStillProved() throws Exception {
        onEveryPair((source, target, from, to) -> {
            long soon = System.currentTimeMillis() + 300;
            fill(from, soon);
            Archive archive = export(settings(source));
            assertThat(archive.info().form()).isEqualTo(NamespaceReader.FORM_2);
            String lines = archive.lines();
            for (String key : List.of(HASH, HASH + " that vanishes")) {
                byte[] dump = from.dump(key);
                lines = lines.replace(
                        "\"full_content\": \"" + content(dump, true), "\"content\": \"" + content(dump, false));
            }
            StoreInfo info = archive.info();
            StoreInfo old = new StoreInfo(info.product(), info.version(), NamespaceReader.FORM, info.scope(), -1);
            InMemoryEntries entries = new InMemoryEntries("kv/")
                    .with("ns", ".json", archive.entries().content("ns"))
                    .with("ns", ".redis.jsonl", utf8(lines));
            try (RestoreSession session = new RedisRestorer().open(settings(target))) {
                StoreSummary restored = restore(session, entries.source(old));
                assertThat(restored.contentDigest())
                        .isNotEqualTo(archive.summary().contentDigest());
                assertSameContent(readBack(session), restored);
                awaitTime(soon);
                assertSameContent(readBack(session), restored);
            }
        });
    }

    private static String content(byte[] dump, boolean isFull) throws Exception {
        return HexFormat.of()
                .formatHex(DumpContent.of(dump, Long.MIN_VALUE, isFull)
                        .orElseThrow()
                        .all());
    }
}
