package dev.ngbak.qdrant;

import static dev.ngbak.qdrant.Fixtures.COLLECTION;
import static dev.ngbak.qdrant.Fixtures.SHORT_TIMEOUTS;
import static dev.ngbak.qdrant.Fixtures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.qdrant.Fixtures.Backup;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource.Entry;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.RecordDigester;
import dev.ngbak.testkit.QdrantServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Uploads of snapshots: they take effect only as a whole, and leave no file on the server. */
@Timeout(60)
class SnapshotUploadsTest {

    private static final String NEW_COLLECTION = "api_working_dir_x";

    private final RecordDigester records = RecordDigester.digesting();

    private SnapshotUploads uploads(QdrantServer server, QdrantCollections collections) {
        QdrantSettings settings = QdrantSettings.of(server.settings());
        return new SnapshotUploads(collections.http(), new CollectionWriter(settings, collections), records, meter());
    }

    private static QdrantCollections open(QdrantServer server) {
        return QdrantCollections.open(QdrantSettings.of(server.settings()), SHORT_TIMEOUTS);
    }

    private static Entry entry(String collection, byte[] content) {
        return new Entry(collection, "vectors/qdrant/" + collection + ".snapshot", content.length, "");
    }

    private static void send(SnapshotUploads uploads, String collection, byte[] content) throws IOException {
        uploads.send(entry(collection, content), new ByteArrayInputStream(content));
    }

    @Test
    void abandonedUploadChangesNothing() throws Exception {
        try (QdrantServer server = QdrantServer.startDedicated();
                QdrantCollections collections = open(server)) {
            Fixtures.fill(server, COLLECTION, 20, 1);
            byte[] snapshot = Backup.of(server.settings()).entries().content(COLLECTION);
            Fixtures.fill(server, "api_working_dir_other", 20, 2);
            Object before = Fixtures.contents(server, Fixtures.PREFIX);
            try (SnapshotUploads uploads = uploads(server, collections)) {
                send(uploads, COLLECTION, snapshot);
                send(uploads, NEW_COLLECTION, snapshot);
            }
            assertThat(server.status("GET", "/collections/" + NEW_COLLECTION, null))
                    .isEqualTo(404);
            assertThat(Fixtures.contents(server, Fixtures.PREFIX)).isEqualTo(before);
        }
    }

    /** Looks at the bytes that a server receives, because a lenient server would hide a request that ends too early. */
    @Test
    void abandonedUploadNeverSendsTheEndOfTheRequest() throws Exception {
        byte[] content = new byte[3_000_000];
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                QdrantHttp http = http(server, Timeouts.DEFAULT)) {
            CompletableFuture<String> received = CompletableFuture.supplyAsync(() -> receiveAll(server));
            try (SnapshotUpload upload = new SnapshotUpload(http, QdrantHttp.path(NEW_COLLECTION), content.length)) {
                upload.send(new ByteArrayInputStream(content), meter());
            }
            String request = received.get(30, TimeUnit.SECONDS);
            String boundary = request.replaceAll("(?s).*boundary=(\\S+).*", "$1");
            assertThat(request).contains("--" + boundary + "\r\n").doesNotContain("--" + boundary + "--");
            assertThat(request.length()).isGreaterThan(content.length / 2);
        }
    }

    private static QdrantHttp http(ServerSocket server, Timeouts timeouts) {
        Settings settings = Settings.of(Map.of("QDRANT_URL", "http://127.0.0.1:" + server.getLocalPort()));
        return new QdrantHttp(QdrantSettings.of(settings), timeouts);
    }

    private static ProgressMeter meter() {
        return ProgressMeter.ofBytes(Progress.NONE, () -> {});
    }

    private static String receiveAll(ServerSocket socket) {
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        try (Socket connection = socket.accept();
                InputStream in = connection.getInputStream()) {
            in.transferTo(received);
        } catch (IOException e) {
            // A connection that is reset ends the request too.
        }
        return received.toString(StandardCharsets.ISO_8859_1);
    }

    @Test
    void fileThatTheServerRejectsIsDeleted() throws Exception {
        try (QdrantServer server = QdrantServer.startDedicated();
                QdrantCollections collections = open(server)) {
            try (SnapshotUploads uploads = uploads(server, collections)) {
                send(uploads, NEW_COLLECTION, new byte[50_000]);
                assertThatThrownBy(uploads::applyPending).isInstanceOf(BackupException.class);
            }
            assertThat(records.summary().warnings()).isEmpty();
            assertThat(server.status("GET", "/collections/" + NEW_COLLECTION, null))
                    .isEqualTo(404);
            server.call("PUT", "/collections/" + NEW_COLLECTION, "{}");
            assertThat(server.call("GET", "/collections/" + NEW_COLLECTION + "/snapshots", null)
                            .path("result"))
                    .isEmpty();
        }
    }

    @Test
    void contentShorterThanItsEntryIsCorrupt() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                QdrantHttp http = http(server, Timeouts.DEFAULT);
                SnapshotUpload upload = new SnapshotUpload(http, QdrantHttp.path(NEW_COLLECTION), 100)) {
            assertFails(() -> upload.send(new ByteArrayInputStream(new byte[99]), meter()), Kind.CORRUPT, "shorter");
        }
    }

    @Test
    void serverThatStopsReadingEndsTheUpload() throws Exception {
        byte[] content = new byte[64 << 20];
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                QdrantHttp http = http(server, SHORT_TIMEOUTS);
                SnapshotUpload upload = new SnapshotUpload(http, QdrantHttp.path(NEW_COLLECTION), content.length)) {
            assertFails(
                    () -> upload.send(new ByteArrayInputStream(content), meter()),
                    Kind.UNREACHABLE,
                    "does not accept more");
        }
    }

    @Test
    void abortEndsABlockedUpload() throws Exception {
        byte[] content = new byte[64 << 20];
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                QdrantHttp http = http(server, Timeouts.DEFAULT);
                SnapshotUpload upload = new SnapshotUpload(http, QdrantHttp.path(NEW_COLLECTION), content.length)) {
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
                try {
                    upload.send(new ByteArrayInputStream(content), meter());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            // The first bytes have arrived when the server accepts the connection, and it never reads them.
            server.accept();
            http.abort();
            assertThat(sending)
                    .failsWithin(Duration.ofSeconds(30))
                    .withThrowableThat()
                    .withRootCauseInstanceOf(CancellationException.class);
        }
    }
}
