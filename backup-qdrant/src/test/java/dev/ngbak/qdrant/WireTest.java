package dev.ngbak.qdrant;

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
import dev.ngbak.testkit.QdrantServer;
import dev.ngbak.testkit.TcpProxy;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A wire to the server that breaks, and one that is slow. */
@Timeout(300)
class WireTest {

    private static final String NAME = QdrantContract.COLLECTION;
    private static final int POINTS = 3_000;

    private QdrantServer server;
    private TcpProxy wire;
    private Settings settings;
    private InMemoryEntries shelf;
    private StoreInfo info;
    private StoreSummary exported;

    @BeforeEach
    void start() throws IOException {
        server = QdrantServer.startOwn();
        wire = new TcpProxy("127.0.0.1", URI.create(server.url()).getPort());
        settings = server.settings().with("QDRANT_URL", "http://127.0.0.1:" + wire.port());
    }

    @AfterEach
    void stop() throws IOException {
        wire.close();
        server.close();
    }

    private void export(String mode, int points) throws IOException {
        QdrantContract.fill(server, NAME, points, 1);
        settings = settings.with("QDRANT_BACKUP_MODE", mode);
        shelf = shelf();
        try (ExportSession export = new QdrantExporter().open(settings)) {
            info = export.info();
            exported = export.export(shelf, Progress.NONE);
        }
        assertThat(exported.records()).isEqualTo(points);
    }

    private static InMemoryEntries shelf() {
        return new InMemoryEntries("vectors/qdrant/");
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "scroll"})
    void cutInTheMiddle(String mode) throws Exception {
        export(mode, POINTS);
        Object picture = QdrantContract.picture(server, "api_working_dir_");
        exportThroughBreakingWire();
        restoreThroughBreakingWire();
        restoreThroughMendedWire();
        // What we had made there, and could not delete any more.
        server.call("GET", "/collections/" + NAME + "/snapshots", null)
                .path("result")
                .forEach(left -> assertThat(left.path("name").asText()).startsWith(NAME));
        clear();
        assertThat(QdrantContract.picture(server, "api_working_dir_")).isEqualTo(picture);
        awaitNoConnections();
    }

    // Methods of their own, because the frame of one that runs holds its sessions, closed or not, and they their
    // connections.

    private void exportThroughBreakingWire() throws IOException {
        try (ExportSession export = new QdrantExporter().open(settings)) {
            wire.cutAfterBytesToClient(shelf.size() / 2);
            lost(() -> export.export(shelf(), Progress.NONE));
        }
    }

    private void restoreThroughBreakingWire() throws IOException {
        wire.mend();
        try (RestoreSession restore = new QdrantRestorer().open(settings)) {
            wire.cutAfterBytesToServer(shelf.size() / 2);
            lost(() -> restore.restore(shelf.source(info), Progress.NONE));
        }
    }

    private void restoreThroughMendedWire() throws IOException {
        wire.mend();
        try (RestoreSession restore = new QdrantRestorer().open(settings)) {
            restore.restore(shelf.source(info), Progress.NONE);
        }
        assertThat(FailureTest.digest(settings)).isEqualTo(exported.contentDigest());
    }

    private void clear() throws IOException {
        for (var left :
                server.call("GET", "/collections/" + NAME + "/snapshots", null).path("result")) {
            server.call(
                    "DELETE",
                    "/collections/" + NAME + "/snapshots/" + left.path("name").asText(),
                    null);
        }
    }

    private static void lost(ThrowingCallable call) {
        assertThat(catchThrowable(call)).isInstanceOfSatisfying(BackupException.class, e -> {
            assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
            assertThat(e.getMessage()).contains("QDRANT_URL").doesNotContain("Exception");
        });
    }

    /** The JDK's client closes its connections some seconds after nobody holds it any more, and later on a busy machine. */
    private void awaitNoConnections() throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
        while (wire.connections() > 0 && System.nanoTime() < deadline) {
            System.gc();
            Thread.sleep(100);
        }
        assertThat(wire.connections()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"snapshot, 700", "scroll, 1700"})
    void aSlowWireIsNoTimeOut(String mode, int points) throws Exception {
        export(mode, points);
        Patience patience = new Patience(Duration.ofSeconds(3), Duration.ofSeconds(60), Duration.ofMillis(50));
        QdrantSettings byRest = QdrantSettings.of(settings.with("QDRANT_GRPC_PORT", "0"));
        wire.pauseEachBlock(Duration.ofMillis(70));
        long before = wire.toClient();
        try (ExportSession export = QdrantExport.open(byRest, patience)) {
            assertThat(export.export(shelf(), Progress.NONE).contentDigest()).isEqualTo(exported.contentDigest());
        }
        // In all it takes longer than any single wait may.
        assertThat((wire.toClient() - before) / (16 << 10) * 70).isGreaterThan(3_000);
        try (RestoreSession restore = QdrantRestore.open(byRest, patience)) {
            restore.restore(shelf.source(info), Progress.NONE);
        }
        wire.mend();
        assertThat(FailureTest.digest(settings)).isEqualTo(exported.contentDigest());
    }
}
