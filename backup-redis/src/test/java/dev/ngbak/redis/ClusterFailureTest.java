package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.export;
import static dev.ngbak.redis.Fixtures.failure;
import static dev.ngbak.redis.Fixtures.fill;
import static dev.ngbak.redis.Fixtures.jedis;
import static dev.ngbak.redis.Fixtures.readBack;
import static dev.ngbak.redis.Fixtures.restore;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.redis.Fixtures.Archive;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.support.RecordDigester;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.RedisCluster;
import dev.ngbak.testkit.RedisServer;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** Nodes of a cluster that die during a backup or a restore. */
final class ClusterFailureTest {

    private static RedisCluster cluster;
    private static Settings settings;
    private static Archive archive;

    @BeforeAll
    static void start() throws IOException {
        cluster = RedisCluster.start(3);
        settings = Settings.of(Map.of("REDIS_URL", cluster.url()));
        try (RedisServer single = RedisServer.start();
                Jedis jedis = jedis(single)) {
            fill(jedis, 3_000, 200);
            archive = export(Fixtures.settings(single));
        }
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    /** As the engine does when it rolls back or recovers. */
    private static void restoreArchive() throws IOException {
        try (RestoreSession session = new RedisRestorer().open(settings)) {
            assertThat(restore(session, archive.source())).isEqualTo(archive.summary());
            assertThat(readBack(session)).isEqualTo(archive.summary());
        }
    }

    @Test
    void exportAndRestoreFailWhenANodeDiesAndARestoreRepairs() throws IOException {
        restoreArchive();
        RedisServer node = cluster.nodes().get(1);
        try (ExportSession session = new RedisExporter().open(settings)) {
            BackupException e = failure(
                    () -> session.export(new InMemoryEntries("kv/"), RecordDigester.digesting(), killing(node)));
            assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
            assertThat(e).hasMessageContaining("Redis at " + "127.0.0.1:" + node.port());
            assertThat(failure(() -> export(session, new InMemoryEntries("kv/")))
                            .kind())
                    .isEqualTo(Kind.UNREACHABLE);
        }
        node.restart();
        try (RestoreSession session = new RedisRestorer().open(settings)) {
            BackupException e =
                    failure(() -> session.restore(archive.source(), RecordDigester.digesting(), killing(node)));
            assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
            assertThat(e).hasMessageContaining("Redis at " + "127.0.0.1:" + node.port());
        }
        node.restart();
        restoreArchive();
    }

    @Test
    void aReplicaTakesOverAndARestoreRepairs() throws IOException {
        RedisServer master = cluster.nodes().get(2);
        RedisServer replica = cluster.addReplica(master);
        String target = new RedisRestorer().target(settings);
        try (RestoreSession session = new RedisRestorer().open(settings)) {
            BackupException e =
                    failure(() -> session.restore(archive.source(), RecordDigester.digesting(), killing(master)));
            assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
        }
        restoreArchive();
        assertThat(replica.command("ROLE")).startsWith("master");
        assertThat(new RedisRestorer().target(settings)).isEqualTo(target);
    }

    private static Progress killing(RedisServer node) {
        return new Progress() {
            @Override
            public void expect(long total, String unit) {}

            @Override
            public void advance(long amount) {
                node.kill();
            }
        };
    }
}
