package dev.ngbak.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
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

/** A wire to the server that breaks, and one that is slow. */
@Timeout(300)
final class WireTest {

    private RedisServer server;
    private Jedis jedis;
    private TcpProxy wire;
    private Settings settings;
    private InMemoryEntries shelf;
    private StoreInfo info;
    private StoreSummary exported;

    @BeforeEach
    void start() throws IOException {
        server = RedisServer.start();
        jedis = new Jedis("127.0.0.1", server.port());
        wire = new TcpProxy("127.0.0.1", server.port());
        settings = Settings.of(Map.of("REDIS_URL", "redis://127.0.0.1:" + wire.port()));
        var pipeline = jedis.pipelined();
        for (int i = 0; i < 3_000; i++) {
            pipeline.set("nano_graphrag:full_docs:" + i, "{\"n\": " + i + ", \"c\": \"" + "x".repeat(300) + "\"}");
            pipeline.sadd("nano_graphrag:sets:" + i % 20, "m" + i);
        }
        pipeline.sync();
        shelf = new InMemoryEntries("kv/");
        try (ExportSession session = new RedisExporter().open(settings)) {
            info = session.info();
            exported = session.export(shelf, Progress.NONE);
        }
        assertThat(exported.records()).isEqualTo(3_020);
    }

    @AfterEach
    void stop() {
        jedis.close();
        wire.close();
        server.close();
    }

    @Test
    void cutInTheMiddle() throws Exception {
        Map<String, String> before = Pictures.of(jedis, "nano_graphrag:", true);
        try (ExportSession session = new RedisExporter().open(settings)) {
            wire.cutAfterBytesToClient(shelf.size() / 2);
            lost(() -> session.export(new InMemoryEntries("kv/"), Progress.NONE));
            // What was asked before the wire broke must not be answered to somebody else.
            wire.mend();
            lost(() -> session.digest(Progress.NONE));
        }
        for (int i = 0; i < 1_000; i++) {
            jedis.set("nano_graphrag:full_docs:" + i, "another");
        }
        jedis.set("nano_graphrag:full_docs:new", "goes");
        try (RestoreSession session = new RedisRestorer().open(settings)) {
            wire.cutAfterBytesToServer(shelf.size() / 2);
            lost(() -> session.restore(shelf.source(info), Progress.NONE));
        }
        wire.mend();
        try (RestoreSession session = new RedisRestorer().open(settings)) {
            assertThat(session.restore(shelf.source(info), Progress.NONE)).isEqualTo(exported);
            assertThat(session.readBack(Progress.NONE)).isEqualTo(exported);
        }
        assertThat(Pictures.of(jedis, "nano_graphrag:", true)).isEqualTo(before);
        awaitNoConnections();
    }

    @Test
    void aSlowWireIsNoTimeOut() throws Exception {
        wire.pauseEachBlock(Duration.ofMillis(60));
        RedisSettings slow = RedisSettings.from(settings);
        long before = wire.toClient();
        try (RedisLink link = RedisLink.open(slow, 2_000);
                ExportSession session = RedisExport.on(slow, link)) {
            assertThat(session.export(new InMemoryEntries("kv/"), Progress.NONE))
                    .isEqualTo(exported);
        }
        // In all it takes longer than any single wait may.
        assertThat((wire.toClient() - before) / (16 << 10) * 60).isGreaterThan(2_000);
        try (RestoreSession session = new RedisRestorer().open(settings)) {
            assertThat(session.restore(shelf.source(info), Progress.NONE)).isEqualTo(exported);
        }
        awaitNoConnections();
    }

    private void awaitNoConnections() throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (wire.connections() > 0 && System.nanoTime() < deadline) {
            Thread.sleep(20);
        }
        assertThat(wire.connections()).isZero();
    }

    private static void lost(ThrowingCallable call) {
        assertThat(catchThrowable(call)).isInstanceOfSatisfying(BackupException.class, e -> {
            assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
            assertThat(e.getMessage()).contains("REDIS_URL").doesNotContain("Exception");
        });
    }
}
