package dev.ngbak.qdrant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.qdrant.PreservedTest.Row;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.testkit.QdrantServer;
import dev.ngbak.testkit.Summaries;
import dev.ngbak.testkit.TcpProxy;
import java.io.IOException;
import java.math.BigInteger;
import java.net.ServerSocket;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Reading through gRPC gives the same digests as through REST, whatever the content and whatever fails. */
class QdrantGrpcTest {

    private static final String NAME = Fixtures.COLLECTION;

    private static QdrantServer server;

    @BeforeAll
    static void start() throws IOException {
        server = QdrantServer.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    static List<Row> rows() {
        return PreservedTest.rows();
    }

    private static Settings restOnly(QdrantServer server) {
        return server.settings().with("QDRANT_GRPC_PORT", "0");
    }

    /** Returns the number of pages that are read through gRPC, or -1 if gRPC is not used at all. */
    private static int pages(Settings settings) {
        QdrantSettings parsed = QdrantSettings.of(settings);
        try (QdrantCollections collections = QdrantCollections.open(parsed, Timeouts.DEFAULT);
                QdrantGrpc grpc = new QdrantGrpc(parsed, Timeouts.DEFAULT)) {
            long peer = collections
                    .http()
                    .get(QdrantHttp.path(NAME) + "/cluster")
                    .path("peer_id")
                    .asLong();
            Optional<QdrantGrpc.Reading> started = grpc.read(NAME, Optional.empty(), 250, peer);
            return started.isEmpty() ? -1 : pages(started.get());
        }
    }

    private static int pages(QdrantGrpc.Reading started) {
        int pages = 0;
        try (started) {
            Optional<QdrantGrpc.Page> page = started.next();
            while (page.isPresent()) {
                pages++;
                page = page.get().next().isEmpty() ? Optional.empty() : started.next();
            }
        }
        return pages;
    }

    @ParameterizedTest
    @MethodSource("rows")
    void digestIsTheSame(Row row) throws Exception {
        row.assumeExists(server);
        row.create(server);
        assertThat(Fixtures.read(server.settings())).isEqualTo(Fixtures.read(restOnly(server)));
        // Of this table, only integers from 2^63 on must be read through REST.
        assertThat(pages(server.settings())).isEqualTo(row.what().contains("integers of 64 bits") ? 0 : 1);
    }

    @Test
    void digestIsTheSameIfOnlySomePagesAreReadThroughGrpc() throws Exception {
        Fixtures.fill(emptied(), NAME, 1_300, 1);
        assertThat(pages(server.settings())).isEqualTo(6);
        StoreSummary byRest = Fixtures.read(restOnly(server));
        assertThat(Fixtures.read(server.settings())).isEqualTo(byRest);
        // This point is on the fourth page.
        JsonNode point = server.call(
                        "POST",
                        "/collections/" + NAME + "/points/scroll",
                        "{\"limit\":1000,\"with_payload\":true,\"with_vector\":true}")
                .path("result")
                .path("points")
                .path(800);
        ((ObjectNode) point.path("payload")).put("u", BigInteger.ONE.shiftLeft(63));
        server.call("PUT", "/collections/" + NAME + "/points?wait=true", "{\"points\":[" + point + "]}");
        assertThat(pages(server.settings())).isEqualTo(3);
        assertThat(Fixtures.read(server.settings()))
                .isEqualTo(Fixtures.read(restOnly(server)))
                .isNotEqualTo(byRest);
    }

    private static QdrantServer emptied() throws IOException {
        server.status("DELETE", "/collections/" + NAME, null);
        return server;
    }

    @Test
    void payloadThatIsTooDeepOrTooLargeIsReadThroughRest() throws Exception {
        String deep = "[".repeat(60) + "1" + "]".repeat(60);
        String large = "\"" + "0123456789".repeat(1_800_000) + "\"";
        for (String payload : List.of(deep, large)) {
            new Row(
                            "",
                            "{\"vectors\":{\"size\":3,\"distance\":\"Dot\"}}",
                            "{\"id\":1,\"vector\":[1,2,3],\"payload\":{\"p\":" + payload + "}}",
                            List.of())
                    .create(server);
            assertThat(pages(server.settings())).isZero();
            assertThat(Fixtures.read(server.settings())).isEqualTo(Fixtures.read(restOnly(server)));
        }
    }

    @Test
    void anotherServerAtTheGrpcPortIsIgnored() throws Exception {
        try (QdrantServer one = QdrantServer.startDedicated();
                QdrantServer other = QdrantServer.startDedicated()) {
            Fixtures.fill(one, NAME, 10, 1);
            Fixtures.fill(other, NAME, 10, 2);
            Settings crossed = one.settings().with("QDRANT_GRPC_PORT", Integer.toString(other.grpcPort()));
            assertThat(pages(one.settings())).isEqualTo(1);
            assertThat(pages(crossed)).isEqualTo(-1);
            assertThat(Fixtures.read(crossed))
                    .isEqualTo(Fixtures.read(restOnly(one)))
                    .isNotEqualTo(Fixtures.read(other.settings()));
        }
    }

    @Test
    void brokenConnectionIsReplacedByRest() throws Exception {
        Fixtures.fill(emptied(), NAME, 3_000, 1);
        StoreSummary byRest = Fixtures.read(restOnly(server));
        try (TcpProxy proxy = new TcpProxy("127.0.0.1", server.grpcPort())) {
            Settings settings = server.settings().with("QDRANT_GRPC_PORT", Integer.toString(proxy.port()));
            proxy.cutAfterBytesToClient(150_000);
            assertThat(Fixtures.read(settings)).isEqualTo(byRest);
            assertThat(proxy.toClient()).isGreaterThan(100_000);
            assertThat(Fixtures.read(settings)).isEqualTo(byRest);
            proxy.mend();
            long before = proxy.toClient();
            assertThat(Fixtures.read(settings)).isEqualTo(byRest);
            assertThat(proxy.toClient()).isGreaterThan(before + 200_000);
        }
    }

    @Test
    void apiKeyIsSentThroughGrpc() throws Exception {
        try (QdrantServer locked = QdrantServer.start("sesame")) {
            Fixtures.fill(locked, NAME, 10, 1);
            assertThat(pages(locked.settings())).isEqualTo(1);
        }
    }

    @Test
    @Timeout(60)
    void portThatDoesNotAnswerIsReplacedByRest() throws Exception {
        Fixtures.fill(emptied(), NAME, 10, 1);
        try (ServerSocket silent = new ServerSocket(0)) {
            Settings settings = server.settings().with("QDRANT_GRPC_PORT", Integer.toString(silent.getLocalPort()));
            assertThat(Fixtures.read(settings)).isEqualTo(Fixtures.read(restOnly(server)));
        }
    }

    @Test
    @Timeout(60)
    void abortEndsAReading() throws Exception {
        Fixtures.fill(emptied(), NAME, 3_000, 1);
        try (TcpProxy proxy = new TcpProxy("127.0.0.1", server.grpcPort());
                ExportSession export = new QdrantExporter()
                        .open(server.settings()
                                .with("QDRANT_GRPC_PORT", Integer.toString(proxy.port()))
                                .with("QDRANT_BACKUP_MODE", "scroll"))) {
            assertThatThrownBy(() -> Summaries.read(export, new Progress() {
                        @Override
                        public void expect(long total, String unit) {}

                        @Override
                        public void advance(long amount) {
                            export.abort();
                        }
                    }))
                    .isInstanceOf(CancellationException.class);
        }
    }
}
