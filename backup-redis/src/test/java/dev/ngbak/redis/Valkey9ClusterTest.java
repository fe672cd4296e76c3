package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.assertSameContent;
import static dev.ngbak.redis.Fixtures.export;
import static dev.ngbak.redis.Fixtures.failure;
import static dev.ngbak.redis.Fixtures.readBack;
import static dev.ngbak.redis.Fixtures.restore;
import static dev.ngbak.redis.Fixtures.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.redis.Fixtures.Archive;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.testkit.RedisCluster;
import dev.ngbak.testkit.RedisServer;
import dev.ngbak.testkit.ServerPrograms;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Protocol.Command;

/** What only clusters of Valkey 9 have: numbered databases, and slots that move at once with all their keys. */
final class Valkey9ClusterTest {

    private static RedisCluster cluster;

    @BeforeAll
    static void startCluster() {
        Optional<Path> program = ServerPrograms.of("VALKEY_BIN").stream()
                .filter(Valkey9ClusterTest::isValkey9)
                .findFirst();
        assumeTrue(program.isPresent(), "VALKEY_BIN names no Valkey 9");
        cluster = RedisCluster.start(
                3,
                () -> List.of("--cluster-databases", "16"),
                options -> RedisServer.startProgram(program.get(), options));
    }

    private static boolean isValkey9(Path program) {
        try (RedisServer server = RedisServer.startProgram(program)) {
            return server.command("INFO server").contains("valkey_version:9.");
        }
    }

    @AfterAll
    static void stopCluster() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private static Settings settings(int database) {
        return Settings.of(Map.of("REDIS_URL", cluster.url() + "/" + database));
    }

    private static RedisConnection connect(int database) {
        return RedisConnection.open(RedisSettings.from(settings(database)));
    }

    private static void fill(int database) {
        try (RedisConnection connection = connect(database)) {
            for (int i = 0; i < 500; i++) {
                connection.send(
                        Command.SET, utf8("nano_graphrag:full_docs:" + i), utf8("{\"n\": " + (i + database) + "}"));
            }
            for (int i = 0; i < 500; i++) {
                connection.receive();
            }
        }
    }

    @Test
    void numberedDatabasesAreKeptApart() throws IOException {
        fill(0);
        fill(3);
        Archive zero = export(settings(0));
        Archive three = export(settings(3));
        assertThat(three.summary().contentDigest()).isNotEqualTo(zero.summary().contentDigest());
        try (RestoreSession session = new RedisRestorer().open(settings(3))) {
            assertThat(session.problems(zero.info(), zero.entries().size())).isEmpty();
            assertThat(restore(session, zero.source())).isEqualTo(zero.summary());
            assertThat(readBack(session)).isEqualTo(zero.summary());
        }
        assertSameContent(export(settings(0)).summary(), zero.summary());
        BackupException e = failure(() -> connect(16));
        assertThat(e.kind()).isEqualTo(Kind.INVALID);
        assertThat(e).hasMessageContaining("REDIS_URL");
    }

    @Test
    void aScanFindsKeysThatMoveToANodeThatWasScannedAlready() throws IOException {
        fill(0);
        RedisServer first = cluster.nodes().get(0);
        RedisServer last = cluster.nodes().get(2);
        Set<String> found = new HashSet<>();
        boolean[] moved = {false};
        try (RedisConnection connection = connect(0)) {
            new KeyScanner(connection).scanScope(keys -> {
                keys.forEach(key -> found.add(RedisConnection.text(key)));
                if (!moved[0]) {
                    moved[0] = true;
                    last.command("CLUSTER MIGRATESLOTS SLOTSRANGE 12000 16000 NODE " + first.command("CLUSTER MYID"));
                    RedisCluster.await(
                            "the slots have moved",
                            () -> last.command("CLUSTER GETSLOTMIGRATIONS").contains("success"));
                }
                return true;
            });
        }
        assertThat(found).hasSize(500);
    }
}
