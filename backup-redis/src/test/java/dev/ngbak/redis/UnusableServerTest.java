package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.export;
import static dev.ngbak.redis.Fixtures.failure;
import static dev.ngbak.redis.Fixtures.fill;
import static dev.ngbak.redis.Fixtures.jedis;
import static dev.ngbak.redis.Fixtures.settings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.redis.Fixtures.Archive;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.support.RecordDigester;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.RedisServer;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** Servers that are down, die, or are of a kind that is not supported. */
final class UnusableServerTest {

    @Test
    void openFailsWhenNoServerListens() {
        RedisServer server = RedisServer.start();
        server.close();
        BackupException e = failure(() -> new RedisExporter().open(settings(server)));
        assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(e)
                .hasMessageContaining("Cannot connect to Redis at 127.0.0.1")
                .hasMessageContaining("REDIS_URL");
    }

    @Test
    void exportAndRestoreFailWhenTheServerDies() throws IOException {
        try (RedisServer server = RedisServer.start();
                Jedis jedis = jedis(server)) {
            fill(jedis, 5_000, 200);
            Archive archive = export(settings(server));
            Progress killing = new Progress() {
                @Override
                public void expect(long total, String unit) {}

                @Override
                public void advance(long amount) {
                    server.kill();
                }
            };
            try (ExportSession export = new RedisExporter().open(settings(server));
                    RestoreSession restore = new RedisRestorer().open(settings(server))) {
                BackupException reading =
                        failure(() -> export.export(new InMemoryEntries("kv/"), RecordDigester.digesting(), killing));
                assertThat(reading.kind()).isEqualTo(Kind.UNREACHABLE);
                assertThat(reading).hasMessageContaining("REDIS_URL");
                BackupException writing =
                        failure(() -> restore.restore(archive.source(), RecordDigester.digesting(), killing));
                assertThat(writing.kind()).isEqualTo(Kind.UNREACHABLE);
            }
        }
    }

    @Test
    void preflightRefusesAReplica() throws IOException {
        try (RedisServer master = RedisServer.start();
                RedisServer replica = RedisServer.start("--replicaof", "127.0.0.1", Integer.toString(master.port()));
                RestoreSession session = new RedisRestorer().open(settings(replica))) {
            assertThat(session.problems(session.info(), 0))
                    .anySatisfy(e -> assertThat(e).hasMessageContaining("read-only replica"));
        }
    }
}
