package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.ARCHIVED;
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
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.RedisServer;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.params.SetParams;

final class KeyExpiryTest {

    @Test
    void readBackCountsKeysThatExpiredAfterTheRestore() throws Exception {
        try (RedisServer server = RedisServer.start();
                Jedis jedis = jedis(server)) {
            long soon = System.currentTimeMillis() + 1_500;
            fillExpiring(jedis, soon);
            Archive archive = export(settings(server));
            try (RestoreSession session = new RedisRestorer().open(settings(server))) {
                assertThat(restore(session, archive.source()).counts())
                        .isEqualTo(archive.summary().counts());
                awaitTime(soon);
                assertThat(jedis.exists("nano_graphrag:llm_response_cache:1")).isFalse();
                assertSameContent(readBack(session), archive.summary());
            }
        }
    }

    @Test
    void readBackDetectsADeletedKeyAndAChangedValue() throws Exception {
        try (RedisServer server = RedisServer.start();
                Jedis jedis = jedis(server)) {
            assumeTrue(DatabaseSnapshot.reportsExpiryTime(jedis), "this server reports no expiry time");
            fillExpiring(jedis, System.currentTimeMillis() + 100_000);
            Archive archive = export(settings(server));
            try (RestoreSession session = new RedisRestorer().open(settings(server))) {
                restore(session, archive.source());
                jedis.del("nano_graphrag:full_docs:doc-1");
                assertThat(readBack(session).counts())
                        .isNotEqualTo(archive.summary().counts());
                jedis.set("nano_graphrag:full_docs:doc-1", "{\"a\": 2}");
                assertThat(readBack(session).contentDigest())
                        .isNotNull()
                        .isNotEqualTo(archive.summary().contentDigest());
            }
        }
    }

    @Test
    void restoreSkipsKeysThatExpiredAfterTheBackup() throws Exception {
        try (RedisServer server = RedisServer.start();
                Jedis jedis = jedis(server)) {
            long soon = System.currentTimeMillis() + 1_500;
            fillExpiring(jedis, soon);
            Archive archive = export(settings(server));
            awaitTime(soon);
            jedis.set("nano_graphrag:llm_response_cache:1", "newer than the archive");
            try (RestoreSession session = new RedisRestorer().open(settings(server))) {
                StoreSummary restored = restore(session, archive.source());
                assertThat(restored.warnings()).singleElement().asString().startsWith("10 keys");
                assertSameContent(readBack(session), archive.summary());
                assertThat(jedis.keys("nano_graphrag:*")).hasSize(11);
            }
        }
    }

    /** Writes a key that stays, 10 that expire at a time, and 10 that expire a minute later. */
    private static void fillExpiring(Jedis jedis, long when) {
        jedis.set("nano_graphrag:full_docs:doc-1", "{\"a\": 1}");
        for (int i = 0; i < 10; i++) {
            SetParams atTime = SetParams.setParams().pxAt(when);
            SetParams later = SetParams.setParams().pxAt(when + 60_000);
            jedis.set("nano_graphrag:llm_response_cache:" + i, "{}", atTime);
            jedis.set("nano_graphrag:community_reports:" + i, "{}", later);
        }
    }

    private static void awaitTime(long millis) throws InterruptedException {
        Thread.sleep(Math.max(0, millis + 200 - System.currentTimeMillis()));
    }

    @Test
    void restoreAcceptsAnExpiryBeforeItsValue() throws IOException {
        try (RedisServer server = RedisServer.start();
                Jedis jedis = jedis(server)) {
            InMemoryEntries entries = new InMemoryEntries("kv/")
                    .with(
                            "ns",
                            ".redis.jsonl",
                            utf8("{\"id\": \"late\", \"expires\": 4000000000000}\n"
                                    + "{\"id\": \"past\", \"expires\": 5}\n"))
                    .with("ns", ".json", utf8("{\"late\": 1, \"never\": 2, \"past\": 3}"));
            jedis.set("nano_graphrag:ns:never", "x", SetParams.setParams().ex(1_000));
            try (RestoreSession session = new RedisRestorer().open(settings(server))) {
                StoreSummary restored = restore(session, entries.source(ARCHIVED));
                assertThat(restored.records()).isEqualTo(3);
                assertThat(restored.warnings()).singleElement().asString().startsWith("1 keys");
                assertThat(readBack(session).records()).isEqualTo(3);
            }
            assertThat(jedis.keys("*")).containsExactlyInAnyOrder("nano_graphrag:ns:late", "nano_graphrag:ns:never");
            assertThat(jedis.pttl("nano_graphrag:ns:late")).isPositive();
            assertThat(jedis.pttl("nano_graphrag:ns:never")).isEqualTo(-1);
        }
    }
}
