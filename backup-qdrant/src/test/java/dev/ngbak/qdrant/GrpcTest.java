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
import dev.ngbak.testkit.TcpProxy;
import java.io.IOException;
import java.math.BigInteger;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Digests by gRPC are those by REST, whatever the content is and whatever happens on the way. */
class GrpcTest {

    private static final String NAME = QdrantContract.COLLECTION;

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

    private static StoreSummary digest(Settings settings) throws IOException {
        try (ExportSession export = new QdrantExporter().open(settings)) {
            return export.digest(Progress.NONE);
        }
    }

    private static Settings rest(QdrantServer server) {
        return server.settings().with("QDRANT_GRPC_PORT", "0");
    }

    /** How many pages gRPC reads of the collection before it leaves the rest to REST. */
    private static int pages(Settings settings) {
        QdrantSettings parsed = QdrantSettings.of(settings);
        Rest rest = new Rest(parsed, Patience.USUAL);
        int pages = 0;
        try (Server open = Server.open(rest, parsed);
                Grpc grpc = new Grpc(parsed, Patience.USUAL)) {
            long peer =
                    rest.get(Rest.collection(NAME) + "/cluster").path("peer_id").asLong();
            try (Grpc.Reading reading = grpc.open(open.definition(NAME), 250, peer)) {
                if (reading == null) {
                    return -1;
                }
                for (Grpc.Page page = reading.next();
                        page != null;
                        page = page.next() == null ? null : reading.next()) {
                    pages++;
                }
            }
        }
        return pages;
    }

    @ParameterizedTest
    @MethodSource("rows")
    void digestsTheSame(Row row) throws Exception {
        row.make(server);
        assertThat(digest(server.settings())).isEqualTo(digest(rest(server)));
        // Integers from 2^63 on are the one thing in the table that REST has to read.
        assertThat(pages(server.settings())).isEqualTo(row.what().contains("integers of 64 bits") ? 0 : 1);
    }

    @Test
    void digestsTheSameOverManyPages() throws Exception {
        QdrantContract.fill(replaced(), NAME, 1_300, 1);
        assertThat(pages(server.settings())).isEqualTo(6);
        StoreSummary byRest = digest(rest(server));
        assertThat(digest(server.settings())).isEqualTo(byRest);
        // From the fourth page on, REST has to do it.
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
        assertThat(digest(server.settings())).isEqualTo(digest(rest(server))).isNotEqualTo(byRest);
    }

    private static QdrantServer replaced() throws IOException {
        server.status("DELETE", "/collections/" + NAME, null);
        return server;
    }

    @Test
    void leavesToRestWhatIsTooDeepOrTooLarge() throws Exception {
        String deep = "[".repeat(60) + "1" + "]".repeat(60);
        String large = "\"" + "0123456789".repeat(1_800_000) + "\"";
        for (String payload : List.of(deep, large)) {
            new Row(
                            "",
                            "{\"vectors\":{\"size\":3,\"distance\":\"Dot\"}}",
                            "{\"id\":1,\"vector\":[1,2,3],\"payload\":{\"p\":" + payload + "}}",
                            List.of())
                    .make(server);
            assertThat(pages(server.settings())).isZero();
            assertThat(digest(server.settings())).isEqualTo(digest(rest(server)));
        }
    }

    @Test
    void anotherServerAtThePortIsNotBelieved() throws Exception {
        try (QdrantServer one = QdrantServer.startOwn();
                QdrantServer other = QdrantServer.startOwn()) {
            QdrantContract.fill(one, NAME, 10, 1);
            QdrantContract.fill(other, NAME, 10, 2);
            Settings crossed = one.settings().with("QDRANT_GRPC_PORT", Integer.toString(other.grpcPort()));
            assertThat(pages(one.settings())).isEqualTo(1);
            assertThat(pages(crossed)).isEqualTo(-1);
            assertThat(digest(crossed)).isEqualTo(digest(rest(one))).isNotEqualTo(digest(other.settings()));
        }
    }

    @Test
    void aWireThatBreaksLeavesTheRestToRest() throws Exception {
        QdrantContract.fill(replaced(), NAME, 3_000, 1);
        StoreSummary byRest = digest(rest(server));
        try (TcpProxy wire = new TcpProxy("127.0.0.1", server.grpcPort())) {
            Settings settings = server.settings().with("QDRANT_GRPC_PORT", Integer.toString(wire.port()));
            wire.cutAfterBytesToClient(150_000);
            assertThat(digest(settings)).isEqualTo(byRest);
            assertThat(wire.toClient()).isGreaterThan(100_000);
            assertThat(digest(settings)).isEqualTo(byRest);
            wire.mend();
            long before = wire.toClient();
            assertThat(digest(settings)).isEqualTo(byRest);
            assertThat(wire.toClient()).isGreaterThan(before + 200_000);
        }
    }

    @Test
    void theKeyGoesByGrpcToo() throws Exception {
        try (QdrantServer locked = QdrantServer.start("sesame")) {
            QdrantContract.fill(locked, NAME, 10, 1);
            assertThat(pages(locked.settings())).isEqualTo(1);
        }
    }

    @Test
    @Timeout(60)
    void aPortThatSaysNothingIsLeft() throws Exception {
        QdrantContract.fill(replaced(), NAME, 10, 1);
        try (ServerSocket silent = new ServerSocket(0)) {
            Settings settings = server.settings().with("QDRANT_GRPC_PORT", Integer.toString(silent.getLocalPort()));
            assertThat(digest(settings)).isEqualTo(digest(rest(server)));
        }
    }

    @Test
    @Timeout(60)
    void anAbortEndsAReading() throws Exception {
        QdrantContract.fill(replaced(), NAME, 3_000, 1);
        try (TcpProxy wire = new TcpProxy("127.0.0.1", server.grpcPort());
                ExportSession export = new QdrantExporter()
                        .open(server.settings()
                                .with("QDRANT_GRPC_PORT", Integer.toString(wire.port()))
                                .with("QDRANT_BACKUP_MODE", "scroll"))) {
            assertThatThrownBy(() -> export.digest(new Progress() {
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
