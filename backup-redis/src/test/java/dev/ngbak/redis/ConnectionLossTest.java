package dev.ngbak.redis;

import static dev.ngbak.redis.Fixtures.export;
import static dev.ngbak.redis.Fixtures.read;
import static dev.ngbak.redis.Fixtures.readBack;
import static dev.ngbak.redis.Fixtures.restore;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.RedisServer;
import dev.ngbak.testkit.TcpProxy;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.Jedis;

/** Connections that break, and slow ones. */
@Timeout(300)
final class ConnectionLossTest {

    private RedisServer server;
    private Jedis jedis;
    private TcpProxy proxy;
    private Settings settings;
    private InMemoryEntries entries;
    private StoreInfo info;
    private StoreSummary exported;

    @BeforeEach
    void start() throws IOException {
        server = RedisServer.start();
        jedis = new Jedis("127.0.0.1", server.port());
        proxy = new TcpProxy("127.0.0.1", server.port());
        settings = Settings.of(Map.of("REDIS_URL", "redis://127.0.0.1:" + proxy.port()));
        var pipeline = jedis.pipelined();
        for (int i = 0; i < 3_000; i++) {
            pipeline.set("nano_graphrag:full_docs:" + i, "{\"n\": " + i + ", \"c\": \"" + "x".repeat(300) + "\"}");
            pipeline.sadd("nano_graphrag:sets:" + i % 20, "m" + i);
        }
        pipeline.sync();
        entries = new InMemoryEntries("kv/");
        try (ExportSession session = new RedisExporter().open(settings)) {
            info = session.info();
            exported = export(session, entries);
        }
        assertThat(exported.records()).isEqualTo(3_020);
    }

    @AfterEach
    void stop() {
        jedis.close();
        proxy.close();
        server.close();
    }

    @Test
    void exportAndRestoreFailWhenTheConnectionBreaks() throws Exception {
        Map<String, String> before = DatabaseSnapshot.of(jedis, "nano_graphrag:");
        try (ExportSession session = new RedisExporter().open(settings)) {
            proxy.cutAfterBytesToClient(entries.size() / 2);
            assertConnectionLost(() -> export(session, new InMemoryEntries("kv/")));
            // A later call must not receive replies to commands that were sent before.
            proxy.mend();
            assertConnectionLost(() -> read(session));
        }
        for (int i = 0; i < 1_000; i++) {
            jedis.set("nano_graphrag:full_docs:" + i, "changed");
        }
        jedis.set("nano_graphrag:full_docs:new", "not in the archive");
        try (RestoreSession session = new RedisRestorer().open(settings)) {
            proxy.cutAfterBytesToServer(entries.size() / 2);
            assertConnectionLost(() -> restore(session, entries.source(info)));
        }
        proxy.mend();
        try (RestoreSession session = new RedisRestorer().open(settings)) {
            assertThat(restore(session, entries.source(info))).isEqualTo(exported);
            assertThat(readBack(session)).isEqualTo(exported);
        }
        assertThat(DatabaseSnapshot.of(jedis, "nano_graphrag:")).isEqualTo(before);
        awaitNoConnections();
    }

    @Test
    void aSlowConnectionDoesNotTimeOut() throws Exception {
        proxy.pauseEachBlock(Duration.ofMillis(60));
        RedisSettings slow = RedisSettings.from(settings);
        long before = proxy.toClient();
        try (ExportSession session = new RedisExport(RedisConnection.open(slow, 2_000, Patience.DEFAULT))) {
            assertThat(export(session, new InMemoryEntries("kv/"))).isEqualTo(exported);
        }
        // The export takes longer than the idle timeout.
        assertThat((proxy.toClient() - before) / (16 << 10) * 60).isGreaterThan(2_000);
        try (RestoreSession session = new RedisRestorer().open(settings)) {
            assertThat(restore(session, entries.source(info))).isEqualTo(exported);
        }
        awaitNoConnections();
    }

    private void awaitNoConnections() throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (proxy.connections() > 0 && System.nanoTime() < deadline) {
            Thread.sleep(20);
        }
        assertThat(proxy.connections()).isZero();
    }

    private static void assertConnectionLost(ThrowingCallable call) {
        assertThat(catchThrowable(call)).isInstanceOfSatisfying(BackupException.class, e -> {
            assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
            assertThat(e.getMessage()).contains("REDIS_URL").doesNotContain("Exception");
        });
    }
}
