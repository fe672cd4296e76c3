package dev.ngbak.qdrant;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.spi.Settings;
import dev.ngbak.testkit.QdrantCluster;
import dev.ngbak.testkit.QdrantServer;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/** The contract on a cluster of three nodes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ClusterContract extends QdrantContract {

    /** The members that create a collection of three shards with two replicas each. */
    static final String REPLICATED = ",\"shard_number\":3,\"replication_factor\":2,\"write_consistency_factor\":2";

    /** The members that create a collection of three shards without replicas. */
    static final String SINGLE = ",\"shard_number\":3,\"replication_factor\":1";

    /** The members that create a collection whose points have shard keys. */
    static final String KEYED = ",\"sharding_method\":\"custom\",\"replication_factor\":2";

    private QdrantCluster cluster;

    @BeforeAll
    void start() throws IOException {
        assumeTrue(QdrantCluster.isAvailable(), "QDRANT_BIN names no program, so there is no cluster to test");
        cluster = QdrantCluster.start(3);
    }

    @AfterAll
    void stop() throws IOException {
        if (cluster != null) {
            cluster.close();
        }
    }

    /** Returns the members that create the collection in scope. */
    abstract String parameters();

    QdrantCluster cluster() {
        return cluster;
    }

    @Override
    QdrantServer server() {
        return cluster.node(0);
    }

    @Override
    public Settings settings() {
        return cluster.settings().with("QDRANT_BACKUP_MODE", mode());
    }

    @Override
    public Settings deadSettings() {
        return settings()
                .with("QDRANT_URLS", "http://127.0.0.1:1," + cluster.node(1).url());
    }

    @Override
    public String deadSetting() {
        return "QDRANT_URLS";
    }

    @Override
    public int many() {
        return 600;
    }

    @Override
    public boolean decodesFiles() {
        return mode().equals("scroll");
    }

    @Override
    public void fill(int records, long seed) throws Exception {
        remove();
        if (parameters().equals(KEYED)) {
            ClusterFixtures.fillKeyed(cluster, Fixtures.COLLECTION, records, seed);
        } else {
            ClusterFixtures.fill(cluster, Fixtures.COLLECTION, parameters(), records, seed);
        }
    }

    @Override
    void drop(String name) throws IOException {
        cluster.drop(name);
    }

    @Override
    public void change() throws Exception {
        ObjectNode point = (ObjectNode) server().call(
                        "POST",
                        "/collections/" + Fixtures.COLLECTION + "/points/scroll",
                        "{\"limit\":1,\"with_payload\":true,\"with_vector\":true}")
                .path("result")
                .path("points")
                .path(0);
        ((ObjectNode) point.path("payload")).put("changed", System.nanoTime());
        JsonNode key = point.remove("shard_key");
        ObjectNode batch = Json.object();
        batch.withArray("/points").add(point);
        if (key != null) {
            batch.set("shard_key", key);
        }
        server().call("PUT", "/collections/" + Fixtures.COLLECTION + "/points?wait=true", batch.toString());
    }

    @Override
    public Object contents() throws Exception {
        return ClusterFixtures.contents(cluster, Fixtures.PREFIX);
    }

    @Override
    public Object foreign() throws Exception {
        return ClusterFixtures.contents(cluster, "others_");
    }
}
