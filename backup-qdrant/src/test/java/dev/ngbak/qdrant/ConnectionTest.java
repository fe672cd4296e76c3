package dev.ngbak.qdrant;

import static dev.ngbak.qdrant.Fixtures.COLLECTION;
import static dev.ngbak.qdrant.Fixtures.assertFails;
import static dev.ngbak.qdrant.Fixtures.newEntries;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ngbak.qdrant.Fixtures.Backup;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Settings;
import dev.ngbak.testkit.QdrantServer;
import dev.ngbak.testkit.Summaries;
import dev.ngbak.testkit.TcpProxy;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that break, are slow or are not permitted. */
@Timeout(300)
class ConnectionTest {

    private static final int POINTS = 3_000;

    /** A server behind a proxy that can break the connection. */
    private static final class ProxiedServer implements AutoCloseable {
        private final QdrantServer server = QdrantServer.startDedicated();
        private final TcpProxy proxy =
                new TcpProxy("127.0.0.1", URI.create(server.url()).getPort());

        ProxiedServer() throws IOException {}

        Settings settings(String mode) {
            return Fixtures.settings(server, mode).with("QDRANT_URL", "http://127.0.0.1:" + proxy.port());
        }

        @Override
        public void close() throws IOException {
            proxy.close();
            server.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void brokenConnectionIsReportedAndAnotherRestoreRepairs(String mode) throws Exception {
        try (ProxiedServer proxied = new ProxiedServer()) {
            Fixtures.fill(proxied.server, COLLECTION, POINTS, 1);
            Settings settings = proxied.settings(mode);
            Backup backup = Backup.of(settings);
            Object contents = Fixtures.contents(proxied.server, Fixtures.PREFIX);
            long half = backup.entries().size() / 2;

            exportThroughBrokenConnection(settings, proxied.proxy, half);
            restoreThroughBrokenConnection(settings, proxied.proxy, half, backup);
            backup.restore(settings);

            assertThat(Fixtures.digest(settings)).isEqualTo(backup.summary().contentDigest());
            deleteOwnSnapshots(proxied.server);
            assertThat(Fixtures.contents(proxied.server, Fixtures.PREFIX)).isEqualTo(contents);
            awaitNoConnections(proxied.proxy);
        }
    }

    // These are separate methods because the frame of a running method holds its sessions and so their connections.

    private static void exportThroughBrokenConnection(Settings settings, TcpProxy proxy, long bytes)
            throws IOException {
        try (ExportSession export = new QdrantExporter().open(settings)) {
            proxy.cutAfterBytesToClient(bytes);
            assertFails(() -> Backup.of(export), Kind.UNREACHABLE, "QDRANT_URL");
        }
        proxy.mend();
    }

    private static void restoreThroughBrokenConnection(Settings settings, TcpProxy proxy, long bytes, Backup backup)
            throws IOException {
        try (RestoreSession restore = new QdrantRestorer().open(settings)) {
            proxy.cutAfterBytesToServer(bytes);
            assertFails(
                    () -> Summaries.restore(restore, backup.source(), Progress.NONE), Kind.UNREACHABLE, "QDRANT_URL");
        }
        proxy.mend();
    }

    /** Deletes the snapshots that an export made and could not delete, and checks that there are no others. */
    private static void deleteOwnSnapshots(QdrantServer server) throws IOException {
        String path = "/collections/" + COLLECTION + "/snapshots";
        for (var snapshot : server.call("GET", path, null).path("result")) {
            String name = snapshot.path("name").asText();
            assertThat(name).startsWith(COLLECTION);
            server.call("DELETE", path + "/" + name, null);
        }
    }

    /** The JDK's client closes its connections some seconds after it is unreachable, and later on a busy machine. */
    private static void awaitNoConnections(TcpProxy proxy) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
        while (proxy.connections() > 0 && System.nanoTime() < deadline) {
            System.gc();
            Thread.sleep(100);
        }
        assertThat(proxy.connections()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"snapshot, 700", "scroll, 1700"})
    void slowConnectionDoesNotTimeOut(String mode, int points) throws Exception {
        try (ProxiedServer proxied = new ProxiedServer()) {
            Fixtures.fill(proxied.server, COLLECTION, points, 1);
            Settings settings = proxied.settings(mode);
            Backup backup = Backup.of(settings);
            Timeouts timeouts = new Timeouts(Duration.ofSeconds(3), Duration.ofSeconds(60), Duration.ofMillis(50));
            QdrantSettings restOnly = QdrantSettings.of(settings.with("QDRANT_GRPC_PORT", "0"));
            proxied.proxy.pauseEachBlock(Duration.ofMillis(70));
            long before = proxied.proxy.toClient();
            try (ExportSession export = QdrantExport.open(restOnly, timeouts)) {
                assertThat(Summaries.export(export, newEntries(), Progress.NONE).contentDigest())
                        .isEqualTo(backup.summary().contentDigest());
            }
            // The pauses add up to more than the idle timeout.
            assertThat((proxied.proxy.toClient() - before) / (16 << 10) * 70).isGreaterThan(3_000);
            try (RestoreSession restore = QdrantRestore.open(restOnly, timeouts)) {
                Summaries.restore(restore, backup.source(), Progress.NONE);
            }
            proxied.proxy.mend();
            assertThat(Fixtures.digest(settings)).isEqualTo(backup.summary().contentDigest());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void serverKilledDuringARestoreIsUnreachable(String mode) throws Exception {
        try (QdrantServer server = QdrantServer.startDedicated()) {
            Fixtures.fill(server, COLLECTION, POINTS, 1);
            Settings settings = Fixtures.settings(server, mode);
            Backup backup = Backup.of(settings);
            assertThat(backup.summary().records()).isEqualTo(POINTS);
            try (RestoreSession restore = new QdrantRestorer().open(settings)) {
                assertFails(
                        () -> Summaries.restore(restore, backup.source(), Fixtures.killing(server)),
                        Kind.UNREACHABLE,
                        "QDRANT_URL");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void serverKilledDuringAnExportIsUnreachable(String mode) throws Exception {
        try (QdrantServer server = QdrantServer.startDedicated()) {
            Fixtures.fill(server, COLLECTION, POINTS, 1);
            try (ExportSession export = new QdrantExporter().open(Fixtures.settings(server, mode))) {
                assertFails(
                        () -> Summaries.export(export, newEntries(), Fixtures.killing(server)),
                        Kind.UNREACHABLE,
                        "QDRANT_URL");
            }
        }
    }

    @Test
    void wrongApiKeyIsReportedWithoutTheKey(@TempDir Path directory) throws Exception {
        try (QdrantServer server = QdrantServer.start("sesame")) {
            Settings none = server.settings().with("QDRANT_API_KEY", "");
            assertDenied(() -> new QdrantExporter().open(none), "QDRANT_API_KEY");
            assertDenied(() -> new QdrantRestorer().open(none.with("QDRANT_API_KEY", "sesame-not")), "QDRANT_API_KEY");
            Path file = directory.resolve("key");
            Files.writeString(file, "sesame-not\n");
            Settings byFile = none.with("QDRANT_API_KEY_FILE", file.toString());
            assertDenied(() -> new QdrantExporter().open(byFile), "QDRANT_API_KEY_FILE");
            Files.writeString(file, "sesame\n");
            for (Settings right : List.of(byFile, none.with("QDRANT_API_KEY", "sesame"))) {
                try (ExportSession export = new QdrantExporter().open(right)) {
                    assertThat(export.counts().counts()).isEmpty();
                }
            }
        }
        assertDenied(
                () -> new QdrantExporter().open(Settings.of(Map.of("QDRANT_URL", "http://me:sesame@host:1"))),
                "QDRANT_URL");
    }

    private static void assertDenied(ThrowingCallable call, String setting) {
        assertFails(call, Kind.INVALID, setting);
        assertThat(catchThrowable(call).getMessage()).doesNotContain("sesame");
    }
}
