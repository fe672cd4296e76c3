package dev.ngbak.qdrant;

import dev.ngbak.testkit.QdrantServer;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract in the mode {@code snapshot}. */
class SnapshotContractTest extends QdrantContract {

    private static QdrantServer server;

    @BeforeAll
    static void start() throws IOException {
        server = QdrantServer.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @Override
    QdrantServer server() {
        return server;
    }

    @Override
    String mode() {
        return "snapshot";
    }

    @Override
    public boolean decodesFiles() {
        return false;
    }
}
