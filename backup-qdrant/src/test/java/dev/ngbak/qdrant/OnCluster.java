package dev.ngbak.qdrant;

import static dev.ngbak.qdrant.Fixtures.COLLECTION;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.spi.Settings;
import dev.ngbak.testkit.QdrantCluster;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** A cluster of three nodes for the tests of one class, without the collection of the tests. */
abstract class OnCluster {

    static QdrantCluster cluster;

    @BeforeAll
    static void start() throws IOException {
        assumeTrue(QdrantCluster.isAvailable(), "QDRANT_BIN names no program, so there is no cluster to test");
        cluster = QdrantCluster.start(3);
    }

    @AfterAll
    static void stop() throws IOException {
        if (cluster != null) {
            cluster.close();
            cluster = null;
        }
    }

    @BeforeEach
    void empty() throws IOException {
        drop();
    }

    static void drop() throws IOException {
        cluster.drop(COLLECTION);
    }

    static Settings settings(String mode) {
        return cluster.settings().with("QDRANT_BACKUP_MODE", mode);
    }

    static Object contents() throws IOException {
        return ClusterFixtures.contents(cluster, Fixtures.PREFIX);
    }

    static String path(String path) {
        return "/collections/" + COLLECTION + path;
    }
}
