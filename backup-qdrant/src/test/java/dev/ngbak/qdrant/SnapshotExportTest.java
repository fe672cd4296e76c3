package dev.ngbak.qdrant;

import static dev.ngbak.qdrant.Fixtures.COLLECTION;
import static dev.ngbak.qdrant.Fixtures.SHORT_TIMEOUTS;
import static dev.ngbak.qdrant.Fixtures.assertFails;
import static dev.ngbak.qdrant.Fixtures.snapshots;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.qdrant.Fixtures.Backup;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.QdrantFault;
import dev.ngbak.testkit.QdrantServer;
import dev.ngbak.testkit.Summaries;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Exports of snapshots from a server that is slow, fails or is written to. The double has the server's faults. */
class SnapshotExportTest {

    private QdrantServer server;

    @BeforeEach
    void start() throws Exception {
        server = QdrantServer.startDouble(null);
        Fixtures.fill(server, COLLECTION, 20, 1);
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    private QdrantExport open() {
        return QdrantExport.open(QdrantSettings.of(server.settings()), SHORT_TIMEOUTS);
    }

    @Test
    void exportWaitsForASlowSnapshot() throws Exception {
        server.fake().inject("POST", ".*/snapshots", 1, QdrantFault.delay(3_000));
        try (QdrantExport export = open()) {
            assertThat(Backup.of(export).summary().records()).isEqualTo(20);
        }
        assertThat(snapshots(server)).isZero();
    }

    @Test
    void exportFindsASnapshotWhoseAnswerWasLost() throws Exception {
        server.call("POST", "/collections/" + COLLECTION + "/snapshots", null);
        server.fake().inject("POST", ".*/snapshots", 1, QdrantFault.executeButAnswer(504));
        Backup backup;
        try (QdrantExport export = open()) {
            backup = Backup.of(export);
        }
        assertThat(backup.summary().records()).isEqualTo(20);
        assertThat(backup.entries().paths()).hasSize(2);
        // The other snapshot remains, that of the export is deleted, and no third one was made.
        assertThat(snapshots(server)).isEqualTo(1);
        assertThat(backup.summary().warnings()).singleElement().asString().contains("1 other snapshot of");
    }

    @Test
    void fullDiskIsReportedAsNoSpaceAndAnyOtherErrorAsUnreachable() throws Exception {
        try (QdrantExport export = open()) {
            fail("POST", ".*/snapshots", QdrantFault.answer(507, "Insufficient Storage"));
            assertFails(() -> Backup.of(export), Kind.NO_SPACE, "space on the server");
            fail("POST", ".*/snapshots", QdrantFault.answer(500, "No space left on device (os error 28)"));
            assertFails(() -> Backup.of(export), Kind.NO_SPACE, "No space left");
            fail("POST", ".*/snapshots", QdrantFault.answer(500, "it broke"));
            assertFails(() -> Backup.of(export), Kind.UNREACHABLE, "it broke", "500");
            fail("GET", ".*/snapshots/.*", QdrantFault.answer(500, "it broke"));
            assertFails(() -> Backup.of(export), Kind.UNREACHABLE, "it broke");
            server.fake().inject("GET", ".*/snapshots/.*", 20, QdrantFault.disconnect());
            assertFails(() -> Backup.of(export), Kind.UNREACHABLE, "QDRANT_URL");
        }
        assertThat(snapshots(server)).isZero();
    }

    private void fail(String method, String path, QdrantFault fault) {
        server.fake().inject(method, path, 1, fault);
    }

    @Test
    void snapshotThatWasDamagedInTransitFailsTheExport() throws Exception {
        byte[] other = "another file".getBytes(StandardCharsets.UTF_8);
        fail("GET", ".*/snapshots/.*", exchange -> {
            exchange.sendResponseHeaders(200, other.length);
            exchange.getResponseBody().write(other);
            return true;
        });
        try (QdrantExport export = open()) {
            assertFails(() -> Backup.of(export), Kind.UNREACHABLE, COLLECTION, "checksum");
        }
        assertThat(snapshots(server)).isZero();
    }

    @Test
    void writeDuringTheExportLeavesNoDigest() throws Exception {
        try (QdrantServer dedicated = QdrantServer.startDedicated()) {
            Fixtures.fill(dedicated, COLLECTION, 50, 1);
            try (QdrantExport export = QdrantExport.open(QdrantSettings.of(dedicated.settings()), SHORT_TIMEOUTS)) {
                StoreSummary summary = Summaries.export(
                        export,
                        (name, suffix, contents) -> {
                            contents.writeTo(OutputStream.nullOutputStream());
                            dedicated.call(
                                    "PUT",
                                    "/collections/" + COLLECTION + "/points?wait=true",
                                    "{\"points\":[{\"id\":2,\"vector\":{\"dense\":[1,2,3,4,5,6,7,8]}}]}");
                        },
                        Progress.NONE);
                assertThat(summary.contentDigest()).isNull();
                assertThat(summary.records()).isEqualTo(-1);
            }
        }
    }
}
