package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.assertSameContent;
import static dev.ngbak.redis.Fixtures.export;
import static dev.ngbak.redis.Fixtures.failure;
import static dev.ngbak.redis.Fixtures.fill;
import static dev.ngbak.redis.Fixtures.jedis;
import static dev.ngbak.redis.Fixtures.readBack;
import static dev.ngbak.redis.Fixtures.restore;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.redis.Fixtures.Archive;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageRestorer.TargetSign;
import dev.ngbak.testkit.RedisCluster;
import dev.ngbak.testkit.RedisServer;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** The nodes of a cluster: how they are found, and what each of them permits. */
final class ClusterNodesTest {

    private static final int KEYS = 3_000;

    private static RedisCluster cluster;

    /** An archive of a single server, with keys for all nodes. */
    private static Archive archive;

    @BeforeAll
    static void startCluster() throws IOException {
        cluster = RedisCluster.start(3);
        try (RedisServer single = RedisServer.start();
                Jedis jedis = jedis(single)) {
            fill(jedis, KEYS, 200);
            jedis.zadd("nano_graphrag:scores:1", 1.5, "a");
            if (DatabaseSnapshot.reportsExpiryTime(jedis)) {
                jedis.pexpireAt("nano_graphrag:full_docs:7", 4_000_000_000_000L);
            }
            archive = export(Fixtures.settings(single));
        }
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @BeforeEach
    void empty() {
        cluster.nodes().forEach(node -> node.command("FLUSHALL"));
    }

    private static Settings settings() {
        return settings(Map.of());
    }

    private static Settings settings(Map<String, String> changes) {
        Map<String, String> settings = new HashMap<>(Map.of("REDIS_URL", cluster.url()));
        settings.putAll(changes);
        return Settings.of(settings);
    }

    private static Settings seeds(String... seeds) {
        return Settings.of(Map.of("REDIS_URL", "redis://" + String.join(",", seeds)));
    }

    private static String address(int node) {
        return "127.0.0.1:" + cluster.nodes().get(node).port();
    }

    private static void restoreArchive() throws IOException {
        try (RestoreSession session = new RedisRestorer().open(settings())) {
            assertThat(session.problems(archive.info(), archive.entries().size()))
                    .isEmpty();
            assertThat(restore(session, archive.source())).isEqualTo(archive.summary());
            assertThat(readBack(session)).isEqualTo(archive.summary());
        }
    }

    @Test
    void anArchiveOfASingleServerIsRestoredToAClusterAndBack() throws IOException {
        restoreArchive();
        for (RedisServer node : cluster.nodes()) {
            assertThat(Integer.parseInt(node.command("DBSIZE"))).isGreaterThan(KEYS / 4);
        }
        Archive ofCluster = export(settings());
        assertSameContent(ofCluster.summary(), archive.summary());
        try (RedisServer single = RedisServer.start();
                RestoreSession session = new RedisRestorer().open(Fixtures.settings(single))) {
            assertThat(restore(session, ofCluster.source())).isEqualTo(archive.summary());
        }
    }

    @Test
    void keysOfATenantWithAHashTagStayApartFromThoseOfOthers() throws IOException {
        Settings tenant = settings(Map.of("REDIS_KEY_PREFIX", "{tenant}_"));
        restoreArchive();
        try (RestoreSession session = new RedisRestorer().open(tenant)) {
            assertThat(session.problems(archive.info(), archive.entries().size()))
                    .isEmpty();
            assertThat(restore(session, archive.source())).isEqualTo(archive.summary());
        }
        assertSameContent(export(tenant).summary(), archive.summary());
        assertSameContent(export(settings()).summary(), archive.summary());
    }

    @Test
    void anyNodeIsEnoughAndAnotherOneReplacesItWhenItIsGone() throws IOException {
        restoreArchive();
        for (String seed : List.of(address(1), address(2), "127.0.0.1:1," + address(2))) {
            assertThat(export(seeds(seed)).summary()).isEqualTo(archive.summary());
        }
        BackupException e = failure(() -> new RedisExporter().open(seeds("127.0.0.1:1", "127.0.0.1:2")));
        assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
    }

    @Test
    void openRefusesSeveralServersThatAreNoCluster() {
        try (RedisServer single = RedisServer.start()) {
            BackupException e =
                    failure(() -> new RedisExporter().open(seeds("127.0.0.1:" + single.port(), address(1))));
            assertThat(e.kind()).isEqualTo(Kind.INVALID);
            assertThat(e).hasMessageContaining("not a node of a cluster").hasMessageContaining("REDIS_URL");
        }
    }

    @Test
    void openRefusesANumberedDatabase() {
        BackupException e =
                failure(() -> new RedisExporter().open(settings(Map.of("REDIS_URL", cluster.url() + "/3"))));
        assertThat(e.kind()).isEqualTo(Kind.INVALID);
        assertThat(e).hasMessageContaining("database").hasMessageContaining("REDIS_URL");
    }

    @Test
    void openNamesANodeWhoseAnnouncedAddressIsUnreachable() {
        RedisServer node = cluster.nodes().get(1);
        node.command("CONFIG SET cluster-announce-port 1");
        try {
            RedisCluster.await(
                    "the address is known",
                    () -> cluster.nodes().get(0).command("CLUSTER NODES").contains("127.0.0.1:1@"));
            BackupException e =
                    failure(() -> RedisConnection.open(RedisSettings.from(settings()), 2_000, Duration.ZERO));
            assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
            assertThat(e)
                    .hasMessageContaining("Cannot connect to Redis at 127.0.0.1:1. The cluster of Redis at "
                            + address(0) + " announced this address");
        } finally {
            node.command("CONFIG SET cluster-announce-port 0");
            cluster.awaitAgreement();
            RedisCluster.await(
                    "the address is known",
                    () -> !cluster.nodes().get(0).command("CLUSTER NODES").contains("127.0.0.1:1@"));
        }
    }

    @Test
    void userAndPasswordApplyToEveryNode() throws IOException {
        String permissions = "+@read +info +dbsize +scan +time +dump +xinfo +set +pexpireat +unlink +restore"
                + " +cluster|slots +cluster|nodes +asking";
        for (RedisServer node : cluster.nodes()) {
            node.command("ACL SETUSER keeper on >secret ~nano_graphrag:* " + permissions);
        }
        Settings keeper =
                settings(Map.of("REDIS_URL", cluster.url().replace("//", "//keeper@"), "REDIS_PASSWORD", "secret"));
        try (RestoreSession session = new RedisRestorer().open(keeper)) {
            assertThat(session.problems(archive.info(), 0)).isEmpty();
            assertThat(restore(session, archive.source())).isEqualTo(archive.summary());
        }
        assertSameContent(export(keeper).summary(), archive.summary());

        cluster.nodes().get(2).command("ACL SETUSER keeper -restore -set");
        try (RestoreSession session = new RedisRestorer().open(keeper)) {
            assertThat(session.problems(archive.info(), 0))
                    .anySatisfy(e -> assertThat(e).hasMessageContaining("Redis at " + address(2) + " does not permit"));
        }
        cluster.nodes().get(1).command("ACL SETUSER keeper resetpass");
        BackupException e = failure(() -> new RedisExporter().open(keeper));
        assertThat(e.kind()).isEqualTo(Kind.INVALID);
        assertThat(e).hasMessageContaining(address(1)).hasMessageNotContaining("secret");
    }

    @Test
    void aNodeWithTooLittleMemoryIsReportedByThePreflight() throws IOException {
        cluster.nodes().get(1).command("CONFIG SET maxmemory 3mb");
        try (RestoreSession session = new RedisRestorer().open(settings())) {
            assertThat(session.problems(archive.info(), KEYS, 100 << 20))
                    .singleElement()
                    .satisfies(e -> {
                        assertThat(e.kind()).isEqualTo(Kind.NO_SPACE);
                        assertThat(e).hasMessageContaining("Redis at " + address(1) + " has a memory limit");
                    });
        } finally {
            cluster.nodes().get(1).command("CONFIG SET maxmemory 0");
        }
    }

    @Test
    void mastersOfDifferentVersionsAreExportedButNotRestoredTo() throws IOException {
        AtomicInteger started = new AtomicInteger();
        try (RedisCluster mixed = RedisCluster.start(
                        3,
                        List::of,
                        options -> started.getAndIncrement() == 1
                                ? RedisServer.startEmbedded(options)
                                : RedisServer.start(options));
                RestoreSession session = new RedisRestorer().open(settings(Map.of("REDIS_URL", mixed.url())))) {
            assumeTrue(
                    !mixed.nodes().get(0).command("INFO server").contains("redis_version:6.2"),
                    "no other Redis than the embedded one is installed");
            mixed.nodes().get(0).command("SET nano_graphrag:full_docs:{b}1 {}");
            mixed.nodes().get(1).command("SET nano_graphrag:full_docs:{c}1 {}");
            assertThat(export(settings(Map.of("REDIS_URL", mixed.url())))
                            .summary()
                            .records())
                    .isEqualTo(2);
            assertThat(session.info().version()).startsWith("6.2");
            assertThat(session.problems(archive.info(), 0)).anySatisfy(e -> {
                assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
                assertThat(e).hasMessageContaining("different versions: ").hasMessageContaining("6.2.");
            });
        }
    }

    @Test
    void restoresByDifferentNodesSeeEachOther() {
        RedisRestorer restorer = new RedisRestorer();
        try (TargetSign one = restorer.announce(seeds(address(0)));
                TargetSign other = restorer.announce(seeds(address(2)))) {
            assertThat(one.isContested()).isTrue();
            assertThat(other.isContested()).isTrue();
        }
    }
}
