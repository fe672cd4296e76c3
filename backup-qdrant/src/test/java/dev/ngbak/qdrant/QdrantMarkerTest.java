package dev.ngbak.qdrant;

import static dev.ngbak.qdrant.Fixtures.COLLECTION;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.testkit.QdrantServer;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The change marker after every kind of write. */
class QdrantMarkerTest {

    private static final String POINT =
            "{\"points\":[{\"id\":2,\"vector\":{\"dense\":[1,2,3,4,5,6,7,8]},\"payload\":{}}]}";

    @Test
    void markerIsNeverEqualAfterAWrite() throws Exception {
        try (QdrantServer server = QdrantServer.startDedicated()) {
            Fixtures.fill(server, COLLECTION, 5, 1);
            try (QdrantExport export =
                    QdrantExport.open(QdrantSettings.of(server.settings()), Fixtures.SHORT_TIMEOUTS)) {
                for (int round = 0; round < 33; round++) {
                    assertChanges(export, () -> write(server, "PUT", "/points?wait=true", POINT));
                    assertChanges(export, () -> write(server, "PUT", "/points?wait=true", POINT));
                    assertChanges(export, () -> write(server, "POST", "/points/delete?wait=true", "{\"points\":[2]}"));
                }
                assertChanges(
                        export,
                        () -> write(
                                server,
                                "PUT",
                                "/index?wait=true",
                                "{\"field_name\":\"k\",\"field_schema\":\"keyword\"}"));
            }
        }
    }

    @FunctionalInterface
    private interface Write {
        void run() throws IOException;
    }

    private static void write(QdrantServer server, String method, String path, String body) throws IOException {
        server.call(method, "/collections/" + COLLECTION + path, body);
    }

    private static void assertChanges(QdrantExport export, Write write) throws IOException {
        ChangeMarker before = export.marker();
        assertThat(before.until(export.marker())).isNotEqualTo(Comparison.CHANGED);
        write.run();
        assertThat(before.until(export.marker())).isNotEqualTo(Comparison.UNCHANGED);
    }
}
