package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.export;
import static dev.ngbak.redis.Fixtures.fill;
import static dev.ngbak.redis.Fixtures.jedis;
import static dev.ngbak.redis.Fixtures.readArchive;
import static dev.ngbak.redis.Fixtures.settings;
import static dev.ngbak.redis.Fixtures.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.Faults;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.RedisServer;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.params.SetParams;

/** Backups of a database that another program changes. */
final class ConcurrentWriteTest {

    @Test
    void exportCountsKeysThatVanish() throws IOException {
        try (RedisServer server = RedisServer.start();
                Jedis jedis = jedis(server)) {
            fill(jedis, 3_000, 1_000);
            InMemoryEntries entries = new InMemoryEntries("kv/");
            try (ExportSession session = new RedisExporter().open(settings(server))) {
                StoreSummary summary = export(session, Faults.sink(entries, 0, () -> {
                    for (int i = 2_000; i < 3_000; i++) {
                        jedis.del("nano_graphrag:full_docs:" + i);
                    }
                    jedis.rpush("nano_graphrag:full_docs:2999", "a list now");
                }));
                // The first batch was read before the first byte was written.
                assertThat(summary.records()).isBetween(2_001L, 2_999L);
                assertThat(summary.warnings())
                        .containsExactly(
                                (3_000 - summary.records())
                                        + " keys expired or were deleted while they were being read, and are not in the backup.");
                StoreInfo info = session.info();
                assertThat(info.scope()).containsKey("rdb_version");
                StoreSummary read = readArchive(entries.source(info));
                assertThat(read.records()).isEqualTo(summary.records());
                assertThat(read.contentDigest()).isEqualTo(summary.contentDigest());
            }
        }
    }

    @Test
    void theMarkerChangesWithEveryWrite() throws Exception {
        try (RedisServer server = RedisServer.start();
                Jedis jedis = jedis(server)) {
            fill(jedis, 300, 50);
            byte[] key = utf8("nano_graphrag:full_docs:7");
            for (int run = 0; run < 100; run++) {
                try (ExportSession session = new RedisExporter().open(settings(server))) {
                    ChangeMarker before = session.marker();
                    int step = run;
                    InMemoryEntries entries = new InMemoryEntries("kv/");
                    AtomicBoolean written = new AtomicBoolean();
                    export(session, Faults.sink(entries, 50L * (run % 40), () -> {
                        byte[] value = jedis.get(key);
                        switch (step % 4) {
                            case 0 -> value[value.length / 2] ^= 1;
                            case 1 -> jedis.del(key);
                            case 2 -> jedis.pexpireAt(key, 4_000_000_000_000L + step);
                            default -> jedis.save();
                        }
                        jedis.set(key, value, SetParams.setParams().keepTtl());
                        written.set(true);
                    }));
                    assertThat(written).isTrue();
                    assertThat(before.until(session.marker())).as("run " + run).isEqualTo(Comparison.CHANGED);
                }
            }
        }
    }
}
