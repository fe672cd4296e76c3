package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.assertSameContent;
import static dev.ngbak.redis.Fixtures.export;
import static dev.ngbak.redis.Fixtures.failure;
import static dev.ngbak.redis.Fixtures.fill;
import static dev.ngbak.redis.Fixtures.jedis;
import static dev.ngbak.redis.Fixtures.readBack;
import static dev.ngbak.redis.Fixtures.restore;
import static dev.ngbak.redis.Fixtures.settings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.redis.Fixtures.Archive;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.RedisServer;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.params.SetParams;

/** Restores into servers with a memory limit. */
final class MemoryLimitTest {

    @Test
    void restoreRefusesAnArchiveThatExceedsTheMemoryLimit() throws IOException {
        try (RedisServer source = RedisServer.start();
                RedisServer small = RedisServer.start("--maxmemory", "6mb", "--maxmemory-policy", "noeviction");
                RedisServer evicting = RedisServer.start("--maxmemory", "6mb", "--maxmemory-policy", "allkeys-lru");
                Jedis jedis = jedis(source)) {
            fill(jedis, 8_000, 2_000);
            Archive archive = export(settings(source));
            for (RedisServer target : List.of(small, evicting)) {
                try (RestoreSession session = new RedisRestorer().open(settings(target))) {
                    List<BackupException> problems =
                            session.problems(archive.info(), archive.entries().size());
                    assertThat(problems).hasSize(1);
                    assertThat(problems.get(0).kind()).isEqualTo(Kind.NO_SPACE);
                    assertThat(problems.get(0)).hasMessageContaining("maxmemory");
                    BackupException e = failure(() -> restore(session, archive.source()));
                    assertThat(e.kind()).isEqualTo(Kind.NO_SPACE);
                    assertThat(e).hasMessageContaining("maxmemory");
                }
            }
        }
    }

    @Test
    void smallKeysNeedMoreMemoryThanTheirBytes() throws IOException {
        try (RedisServer source = RedisServer.start();
                RedisServer target = RedisServer.start("--maxmemory", "3mb", "--maxmemory-policy", "noeviction");
                Jedis jedis = jedis(source)) {
            fill(jedis, 20_000, 1);
            Archive archive = export(settings(source));
            try (RestoreSession session = new RedisRestorer().open(settings(target))) {
                long bytes = archive.entries().size();
                assertThat(bytes).isLessThan(2_000_000);
                assertThat(session.problems(archive.info(), 20_000, bytes))
                        .singleElement()
                        .satisfies(problem -> {
                            assertThat(problem.kind()).isEqualTo(Kind.NO_SPACE);
                            assertThat(problem).hasMessageContaining("maxmemory");
                        });
                BackupException e = failure(() -> restore(session, archive.source()));
                assertThat(e.kind()).isEqualTo(Kind.NO_SPACE);
            }
        }
    }

    @Test
    void warnsBeforeTheServerWouldEvictForeignKeys() throws IOException {
        try (RedisServer source = RedisServer.start();
                RedisServer target = RedisServer.start("--maxmemory", "12mb", "--maxmemory-policy", "allkeys-lru");
                Jedis from = jedis(source);
                Jedis to = jedis(target)) {
            fill(from, 4_000, 1_000);
            Archive archive = export(settings(source));
            long bytes = archive.entries().size();
            try (RestoreSession session = new RedisRestorer().open(settings(target))) {
                assertThat(session.problems(archive.info(), 4_000, bytes)).isEmpty();
                assertThat(session.warnings(archive.info(), 4_000, bytes)).isEmpty();

                fillForeign(to, 0, 4_700);
                assertThat(session.problems(archive.info(), 4_000, bytes)).isEmpty();
                assertThat(session.warnings(archive.info(), 4_000, bytes))
                        .singleElement()
                        .asString()
                        .contains("maxmemory", "allkeys-lru");

                fillForeign(to, 4_700, 7_000);
                assertThat(session.problems(archive.info(), 4_000, bytes))
                        .singleElement()
                        .satisfies(problem -> {
                            assertThat(problem.kind()).isEqualTo(Kind.NO_SPACE);
                            assertThat(problem).hasMessageContaining("allkeys-lru");
                        });
                to.configSet("maxmemory-policy", "noeviction");
                assertThat(session.problems(archive.info(), 4_000, bytes))
                        .singleElement()
                        .satisfies(problem -> assertThat(problem).hasMessageNotContaining("evict"));
            }
        }
    }

    /** Skips the preflight, as if its estimate had been too low. */
    @Test
    void warnsAfterTheServerEvictedForeignKeys() throws IOException {
        try (RedisServer source = RedisServer.start();
                RedisServer target = RedisServer.start("--maxmemory", "12mb", "--maxmemory-policy", "volatile-lru");
                Jedis from = jedis(source);
                Jedis to = jedis(target)) {
            fill(from, 4_000, 1_000);
            Archive archive = export(settings(source));
            fillForeign(to, 0, 7_500);
            assertThat(to.info("stats")).contains("evicted_keys:0");
            try (RestoreSession session = new RedisRestorer().open(settings(target))) {
                StoreSummary restored = restore(session, archive.source());
                assertThat(restored.warnings())
                        .singleElement()
                        .asString()
                        .contains("EVICTED", "maxmemory", "no archive of this scope");
                assertSameContent(readBack(session), archive.summary());
            }
            assertThat(to.dbSize()).isLessThan(11_500);
        }
    }

    @Test
    void aFailureReportsForeignKeysThatWereEvictedBefore() throws IOException {
        try (RedisServer source = RedisServer.start();
                RedisServer target = RedisServer.start("--maxmemory", "6mb", "--maxmemory-policy", "volatile-lru");
                Jedis from = jedis(source);
                Jedis to = jedis(target)) {
            fill(from, 8_000, 2_000);
            Archive archive = export(settings(source));
            fillForeign(to, 0, 1_000);
            try (RestoreSession session = new RedisRestorer().open(settings(target))) {
                BackupException e = failure(() -> restore(session, archive.source()));
                assertThat(e.kind()).isEqualTo(Kind.NO_SPACE);
                assertThat(e).hasMessageContaining("evicted").hasMessageContaining("OUT OF SCOPE");
            }
            assertThat(to.keys("other:*")).hasSizeLessThan(1_000);
        }
    }

    private static void fillForeign(Jedis jedis, int from, int to) {
        var pipeline = jedis.pipelined();
        for (int i = from; i < to; i++) {
            pipeline.set("other:" + i, "x".repeat(1_000), SetParams.setParams().ex(100_000));
        }
        pipeline.sync();
    }
}
