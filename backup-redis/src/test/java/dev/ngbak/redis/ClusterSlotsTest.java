package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.export;
import static dev.ngbak.redis.Fixtures.failure;
import static dev.ngbak.redis.Fixtures.jedis;
import static dev.ngbak.redis.Fixtures.readBack;
import static dev.ngbak.redis.Fixtures.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.redis.Fixtures.Archive;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.RedisCluster;
import dev.ngbak.testkit.RedisServer;
import dev.ngbak.testkit.Summaries;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.util.JedisClusterCRC16;

/** Keys that move from one node of a cluster to another while they are read or written. */
final class ClusterSlotsTest {

    private static final Duration SHORT = Duration.ofMillis(300);

    /** For each node, a key that it owns. */
    private static final List<String> KEY_OF_NODE = List.of("b", "c", "a");

    private static RedisCluster cluster;
    private static RedisServer first;
    private static RedisServer last;
    private static int usedTags;

    /** A hash tag whose slot belongs to the last node when the test begins. */
    private String tag;

    private int slot;

    @BeforeAll
    static void startCluster() {
        cluster = RedisCluster.start(3);
        first = cluster.nodes().get(0);
        last = cluster.nodes().get(2);
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @BeforeEach
    void chooseSlot() {
        cluster.nodes().forEach(node -> node.command("FLUSHALL"));
        do {
            tag = "t" + usedTags++;
            slot = JedisClusterCRC16.getSlot(tag);
        } while (slot < 11_000);
    }

    private static Settings settings() {
        return Settings.of(Map.of("REDIS_URL", cluster.url()));
    }

    private static RedisConnection connect(Duration limit) {
        return RedisConnection.open(RedisSettings.from(settings()), 10_000, limit);
    }

    private String key(int number) {
        return "nano_graphrag:full_docs:{" + tag + "}" + number;
    }

    /** Writes keys to the slot of the test, and as many to others. */
    private void fill(int keys) {
        try (RedisConnection connection = connect(SHORT)) {
            for (int i = 0; i < keys; i++) {
                connection.call(Command.SET, utf8(key(i)), utf8("{\"n\": " + i + "}"));
                connection.call(Command.SET, utf8("nano_graphrag:text_chunks:" + i), utf8("{\"n\": " + i + "}"));
            }
        }
    }

    @Test
    void commandsFollowASlotThatHasMovedInTheirOrder() {
        try (RedisConnection connection = connect(SHORT);
                Jedis target = jedis(first)) {
            cluster.move(slot, last, first);
            for (int i = 0; i < 50; i++) {
                connection.send(Command.SET, utf8(key(i)), utf8("value " + i));
            }
            for (int i = 0; i < 25; i++) {
                assertThat(connection.receive()).isEqualTo(utf8("OK"));
            }
            // The connection knows the new owner now, but the other half of the values is still on the way to the old
            // one.
            for (int i = 0; i < 50; i++) {
                connection.send(Command.PEXPIREAT, utf8(key(i)), utf8("4000000000000"));
            }
            for (int i = 0; i < 25; i++) {
                assertThat(connection.receive()).isEqualTo(utf8("OK"));
            }
            for (int i = 0; i < 50; i++) {
                assertThat(connection.receive()).as("key %s", i).isEqualTo(1L);
            }
            for (int i = 0; i < 50; i++) {
                assertThat(target.get(key(i))).isEqualTo("value " + i);
                assertThat(target.pttl(key(i))).isPositive();
            }
        }
    }

    @Test
    void commandsFollowSingleKeysOfASlotThatIsMoving() {
        fill(20);
        try (RedisConnection connection = connect(SHORT);
                Jedis target = jedis(first)) {
            cluster.beginMove(slot, last, first);
            cluster.moveKeys(slot, 10, last, first);
            byte[][] keys = IntStream.range(0, 20).mapToObj(i -> utf8(key(i))).toArray(byte[][]::new);
            List<?> values = (List<?>) connection.call(Command.MGET, keys);
            for (int i = 0; i < 20; i++) {
                assertThat((byte[]) values.get(i)).isEqualTo(utf8("{\"n\": " + i + "}"));
            }
            connection.send(Command.SADD, utf8(key(100)), utf8("a"), utf8("b"));
            connection.send(Command.PEXPIREAT, utf8(key(100)), utf8("4000000000000"));
            connection.send(Command.SMEMBERS, utf8(key(100)));
            assertThat(connection.receive()).isEqualTo(2L);
            assertThat(connection.receive()).isEqualTo(1L);
            assertThat(connection.receiveElements(new StreamingConnection.Elements() {
                        @Override
                        public void begin(long length) {}

                        @Override
                        public void piece(byte[] buffer, int length) {}

                        @Override
                        public void end() {}
                    }))
                    .isEqualTo(2);
            assertThat(connection.call(Command.UNLINK, keys)).isEqualTo(20L);
            assertThat(target.dbSize()).isEqualTo(1 + countOnFirst());
            cluster.moveKeys(slot, 100, last, first);
            cluster.endMove(slot, last, first);
            cluster.awaitAgreement();
        }
    }

    /** Returns the number of keys outside the slot of the test on the first node. */
    private static long countOnFirst() {
        return IntStream.range(0, 20)
                .map(i -> JedisClusterCRC16.getSlot("nano_graphrag:text_chunks:" + i))
                .filter(slot -> slot <= 5_460)
                .count();
    }

    @Test
    void aScanFindsKeysThatMoveToANodeThatWasScannedAlready() throws IOException {
        fill(50);
        Set<String> found = new HashSet<>();
        List<Integer> moves = new ArrayList<>();
        try (RedisConnection connection = connect(SHORT)) {
            new KeyScanner(connection).scanScope(keys -> {
                keys.forEach(key -> found.add(RedisConnection.text(key)));
                if (moves.isEmpty()) {
                    moves.add(slot);
                    cluster.move(slot, last, first);
                }
                return true;
            });
        }
        assertThat(found).hasSize(100);
    }

    @Test
    void aScanFailsIfSlotsMoveAllTheTime() {
        fill(50);
        List<RedisServer> owners = new ArrayList<>(List.of(last, first));
        try (RedisConnection connection = connect(SHORT)) {
            BackupException e = failure(() -> new KeyScanner(connection).scanScope(keys -> {
                cluster.move(slot, owners.get(0), owners.get(1));
                owners.add(owners.remove(0));
                return true;
            }));
            assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
            assertThat(e).hasMessageContaining("slots were moved during each of 3 scans");
        }
    }

    @Test
    void exportAndRestoreAreRefusedWhileASlotIsMoving() throws IOException {
        fill(20);
        Archive archive = export(settings());
        cluster.beginMove(slot, last, first);
        cluster.moveKeys(slot, 10, last, first);
        try (ExportSession session = new RedisExport(connect(SHORT))) {
            BackupException e = failure(() -> export(session, new InMemoryEntries("kv/")));
            assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
            assertThat(e)
                    .hasMessageContaining("slot " + slot + " is being moved")
                    .hasMessageContaining("Keys could be missed");
        }
        try (RestoreSession session = new RedisRestore(connect(SHORT))) {
            assertThat(session.problems(archive.info(), 0))
                    .anySatisfy(e -> assertThat(e).hasMessageContaining("slot " + slot + " is being moved"));
        }
        cluster.moveKeys(slot, 100, last, first);
        cluster.endMove(slot, last, first);
        cluster.awaitAgreement();
        StoreSummary after = export(settings()).summary();
        assertThat(after).isEqualTo(archive.summary());
    }

    @Test
    void exportWaitsUntilASlotHasMoved() throws Exception {
        fill(20);
        StoreSummary before = export(settings()).summary();
        cluster.beginMove(slot, last, first);
        Thread end = new Thread(() -> {
            cluster.moveKeys(slot, 100, last, first);
            cluster.endMove(slot, last, first);
        });
        try (ExportSession session = new RedisExport(connect(Patience.DEFAULT))) {
            end.start();
            assertThat(export(session, new InMemoryEntries("kv/"))).isEqualTo(before);
        }
        end.join();
        cluster.awaitAgreement();
    }

    @Test
    void keysThatMoveDuringAnExportAreInIt() throws IOException {
        fill(2_000);
        StoreSummary before = export(settings()).summary();
        try (ExportSession session = new RedisExporter().open(settings())) {
            ChangeMarker marker = session.marker();
            Progress moving = once(() -> {
                cluster.beginMove(slot, last, first);
                cluster.moveKeys(slot, 1_000, last, first);
            });
            assertThat(Summaries.export(session, new InMemoryEntries("kv/"), moving))
                    .isEqualTo(before);
            assertThat(marker.until(session.marker())).isEqualTo(Comparison.CHANGED);
        }
        cluster.moveKeys(slot, 2_000, last, first);
        cluster.endMove(slot, last, first);
        cluster.awaitAgreement();
    }

    @Test
    void keysThatMoveDuringARestoreAreRestored() throws IOException {
        fill(2_000);
        Archive archive = export(settings());
        try (RestoreSession session = new RedisRestorer().open(settings())) {
            Progress moving = once(() -> {
                cluster.beginMove(slot, last, first);
                cluster.moveKeys(slot, 300, last, first);
                cluster.moveKeys(slot, 5_000, last, first);
                cluster.endMove(slot, last, first);
            });
            assertThat(Summaries.restore(session, archive.source(), moving)).isEqualTo(archive.summary());
            assertThat(readBack(session)).isEqualTo(archive.summary());
        }
        cluster.awaitAgreement();
        assertThat(export(settings()).summary()).isEqualTo(archive.summary());
    }

    @Test
    void copiesOnANodeThatDoesNotOwnTheirSlotAreNotInScope() throws IOException {
        fill(5);
        first.command("CLUSTER SETSLOT " + slot + " IMPORTING " + last.command("CLUSTER MYID"));
        try (Jedis jedis = jedis(first)) {
            jedis.sendCommand(Command.ASKING);
            jedis.set(key(100), "a stale copy");
        }
        first.command("CLUSTER SETSLOT " + slot + " STABLE");
        try (ExportSession session = new RedisExporter().open(settings())) {
            assertThat(session.counts().counts()).containsEntry("full_docs", 5L);
            assertThat(export(session, new InMemoryEntries("kv/")).warnings()).isEmpty();
        }
    }

    @Test
    void theMarkerCoversTheWritesOfAllNodesAndTheTopology() throws IOException {
        fill(1);
        try (ExportSession session = new RedisExporter().open(settings())) {
            for (int i = 0; i < 3; i++) {
                ChangeMarker before = session.marker();
                assertThat(before.until(session.marker())).isEqualTo(Comparison.UNCHANGED);
                cluster.nodes().get(i).command("SET " + KEY_OF_NODE.get(i) + " x");
                assertThat(before.until(session.marker())).isEqualTo(Comparison.CHANGED);
            }
            ChangeMarker before = session.marker();
            cluster.move(slot, last, first);
            assertThat(before.until(session.marker())).isEqualTo(Comparison.CHANGED);
        }
    }

    /** Returns progress that does something the first time. */
    private static Progress once(Runnable action) {
        return new Progress() {
            private boolean done;

            @Override
            public void expect(long total, String unit) {}

            @Override
            public void advance(long amount) {
                if (!done) {
                    done = true;
                    action.run();
                }
            }
        };
    }
}
