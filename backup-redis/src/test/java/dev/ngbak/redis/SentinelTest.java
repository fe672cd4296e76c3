package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.export;
import static dev.ngbak.redis.Fixtures.failure;
import static dev.ngbak.redis.Fixtures.fill;
import static dev.ngbak.redis.Fixtures.jedis;
import static dev.ngbak.redis.Fixtures.restore;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.redis.Fixtures.Archive;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.support.RecordDigester;
import dev.ngbak.testkit.RedisCluster;
import dev.ngbak.testkit.RedisServer;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** Servers that are found through a sentinel. */
final class SentinelTest {

    private static final int KEYS = 2_000;
    private static final String PASSWORD = "data-secret";
    private static final String SENTINEL_PASSWORD = "sentinel-secret";

    private RedisServer master;
    private RedisServer replica;
    private RedisServer sentinel;

    @BeforeEach
    void start() {
        master = RedisServer.start(
                "--requirepass", PASSWORD, "--masterauth", PASSWORD, "--repl-diskless-sync-delay", "0");
        replica = RedisServer.start(
                "--requirepass",
                PASSWORD,
                "--masterauth",
                PASSWORD,
                "--replicaof",
                "127.0.0.1",
                Integer.toString(master.port()));
        // A sentinel looks again only every ten seconds.
        RedisCluster.await("the replica is synchronized", () -> {
            try (Jedis jedis = login(replica)) {
                return jedis.info("replication").contains("master_link_status:up");
            }
        });
        sentinel = RedisServer.startSentinel(
                "main", master, "sentinel auth-pass main " + PASSWORD, "requirepass " + SENTINEL_PASSWORD);
    }

    @AfterEach
    void stop() {
        sentinel.close();
        replica.close();
        master.close();
    }

    private Map<String, String> variables(String name) {
        return Map.of(
                "REDIS_URL",
                "redis-sentinel://127.0.0.1:1,127.0.0.1:" + sentinel.port() + "#" + name,
                "REDIS_PASSWORD",
                PASSWORD,
                "REDIS_SENTINEL_PASSWORD",
                SENTINEL_PASSWORD);
    }

    private Settings settings() {
        return Settings.of(variables("main"));
    }

    private static Jedis login(RedisServer server) {
        Jedis jedis = jedis(server);
        jedis.auth(PASSWORD);
        return jedis;
    }

    private Jedis askSentinel() {
        Jedis jedis = jedis(sentinel);
        jedis.auth(SENTINEL_PASSWORD);
        return jedis;
    }

    @Test
    void aRestoreAfterAFailoverGoesToTheNewMaster() throws IOException {
        Archive archive = filledAndExported();
        String target = new RedisRestorer().target(settings());
        master.kill();

        try (RestoreSession session = new RedisRestorer().open(settings())) {
            assertThat(session.problems(archive.info(), archive.entries().size()))
                    .isEmpty();
            assertThat(restore(session, archive.source())).isEqualTo(archive.summary());
        }

        assertThat(new RedisRestorer().target(settings())).isEqualTo(target);
        try (Jedis jedis = login(replica)) {
            assertThat(jedis.role().get(0)).isEqualTo("master");
            assertThat(jedis.dbSize()).isEqualTo(KEYS);
        }
    }

    @Test
    void aFailoverDuringARestoreMakesItFail() throws IOException {
        Archive archive = filledAndExported();
        try (RestoreSession session = new RedisRestorer().open(settings())) {
            Progress failingOver = new Progress() {
                private boolean done;

                @Override
                public void expect(long total, String unit) {}

                @Override
                public void advance(long amount) {
                    if (!done) {
                        done = true;
                        failOver();
                    }
                }
            };
            BackupException e =
                    failure(() -> session.restore(archive.source(), RecordDigester.digesting(), failingOver));
            assertThat(e.kind()).isIn(Kind.UNREACHABLE, Kind.INCOMPATIBLE);
        }
        // As the engine does when it rolls back.
        try (RestoreSession session = new RedisRestorer().open(settings())) {
            assertThat(restore(session, archive.source())).isEqualTo(archive.summary());
        }
        try (Jedis jedis = login(replica)) {
            assertThat(jedis.dbSize()).isEqualTo(KEYS);
        }
    }

    @Test
    void aRestoreIntoAMasterThatWasReplacedIsReported() throws IOException {
        filledAndExported();
        RedisConnection connection = RedisConnection.open(RedisSettings.from(settings()));
        connection.requireSameMaster();
        failOver();
        assertThat(failure(connection::requireSameMaster))
                .hasMessageContaining("The sentinels have replaced the master \"main\"")
                .hasMessageContaining("127.0.0.1:" + replica.port());
        connection.close();
    }

    @Test
    void openRefusesAMasterThatTheSentinelsDoNotKnow() {
        BackupException e = failure(() -> new RedisExporter().open(Settings.of(variables("mian"))));
        assertThat(e.kind()).isEqualTo(Kind.INVALID);
        assertThat(e).hasMessageContaining("no master \"mian\"").hasMessageContaining("\"main\"");
    }

    @Test
    void openReportsAWrongPasswordOfTheSentinelsWithoutShowingIt() {
        Map<String, String> variables = new HashMap<>(variables("main"));
        for (String wrong : new String[] {"wrong-secret", ""}) {
            variables.put("REDIS_SENTINEL_PASSWORD", wrong);
            BackupException e = failure(() -> new RedisExporter().open(Settings.of(variables)));
            assertThat(e.kind()).isEqualTo(Kind.INVALID);
            assertThat(e).hasMessageContaining("REDIS_SENTINEL_PASSWORD").hasMessageNotContaining("secret");
        }
    }

    @Test
    void openRefusesAServerThatIsNoSentinel() {
        Settings settings = Settings.of(Map.of(
                "REDIS_URL",
                "redis-sentinel://127.0.0.1:" + master.port() + "#main",
                "REDIS_SENTINEL_PASSWORD",
                PASSWORD));
        BackupException e = failure(() -> new RedisExporter().open(settings));
        assertThat(e.kind()).isEqualTo(Kind.INVALID);
        assertThat(e).hasMessageContaining("redis://").hasMessageNotContaining(PASSWORD);
    }

    @Test
    void openFailsWhenNoSentinelAnswers() {
        sentinel.kill();
        BackupException e = failure(() -> new RedisExporter().open(settings()));
        assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(e)
                .hasMessageContaining("None of the sentinels at 127.0.0.1:1, 127.0.0.1:" + sentinel.port())
                .hasMessageContaining("REDIS_URL");
    }

    @Test
    void openFailsWhenTheMasterIsGoneAndThereIsNoReplica() {
        replica.kill();
        master.kill();
        BackupException e =
                failure(() -> RedisConnection.open(RedisSettings.from(settings()), 2_000, Duration.ofMillis(300)));
        assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(e)
                .hasMessageContaining("Cannot connect to Redis at 127.0.0.1:" + master.port() + " (master \"main\"");
    }

    /** Returns an archive of keys that the replica and the sentinel know too. */
    private Archive filledAndExported() throws IOException {
        RedisCluster.await("the sentinel knows the replica", () -> {
            try (Jedis jedis = askSentinel()) {
                return jedis.sentinelReplicas("main").stream()
                        .anyMatch(fields -> fields.get("flags").equals("slave")
                                && fields.get("master-link-status").equals("ok"));
            }
        });
        try (Jedis jedis = login(master)) {
            fill(jedis, KEYS, 10);
            Archive archive = export(settings());
            assertThat(archive.summary().records()).isEqualTo(KEYS);
            assertThat(jedis.waitReplicas(1, 10_000)).isEqualTo(1);
            return archive;
        }
    }

    private void failOver() {
        try (Jedis jedis = askSentinel()) {
            jedis.sentinelFailover("main");
        }
        RedisCluster.await("the replica is the master", () -> {
            try (Jedis jedis = askSentinel()) {
                return jedis.sentinelGetMasterAddrByName("main").get(1).equals(Integer.toString(replica.port()));
            }
        });
    }
}
