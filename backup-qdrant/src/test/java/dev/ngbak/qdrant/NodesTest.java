package dev.ngbak.qdrant;

import static dev.ngbak.qdrant.Fixtures.COLLECTION;
import static dev.ngbak.qdrant.Fixtures.SHORT_TIMEOUTS;
import static dev.ngbak.qdrant.Fixtures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import dev.ngbak.testkit.QdrantFault;
import dev.ngbak.testkit.QdrantServer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@code QDRANT_URLS} may contain, and clusters in states that a real one cannot be brought into for a test. */
class NodesTest {

    private static final int ALWAYS = 1_000;

    private QdrantServer first;
    private QdrantServer second;

    @BeforeEach
    void start() throws Exception {
        first = QdrantServer.startDouble(null);
        second = QdrantServer.startDouble(null);
    }

    @AfterEach
    void stop() throws Exception {
        first.close();
        second.close();
    }

    /** Makes the double a node of a cluster. */
    private static void join(QdrantServer server, long peer, long... peers) {
        StringBuilder known = new StringBuilder();
        for (long each : peers) {
            known.append(known.isEmpty() ? "" : ",")
                    .append("\"%d\":{\"uri\":\"http://10.0.0.%d:6335/\"}".formatted(each, each));
        }
        answer(server, "/cluster", "{\"status\":\"enabled\",\"peer_id\":%d,\"peers\":{%s}}".formatted(peer, known));
    }

    private static void answer(QdrantServer server, String path, String result) {
        byte[] body = ("{\"result\":" + result + "}").getBytes(StandardCharsets.UTF_8);
        QdrantFault fault = exchange -> {
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            return true;
        };
        server.fake().inject("GET", path, ALWAYS, fault);
    }

    private Settings settings() {
        return Settings.of(Map.of("QDRANT_URLS", first.url() + ", " + second.url(), "QDRANT_GRPC_PORT", "0"));
    }

    private QdrantCollections open() {
        return QdrantCollections.open(QdrantSettings.of(settings()), SHORT_TIMEOUTS);
    }

    @Test
    void allNodesOfAClusterAreAccepted() {
        join(first, 1, 1, 2);
        join(second, 2, 1, 2);
        try (QdrantCollections collections = open()) {
            assertThat(collections.nodes().isCluster()).isTrue();
            assertThat(collections.nodes().isComplete()).isTrue();
            assertThat(collections.nodes().node(2).displayName()).isEqualTo("Qdrant at " + second.url());
            assertFails(() -> collections.nodes().node(3), Kind.INCOMPATIBLE, "peer 3", "QDRANT_URLS");
        }
    }

    @Test
    void twoUrlsOfOnePeerAreRefused() {
        join(first, 1, 1, 2);
        join(second, 1, 1, 2);
        assertFails(this::open, Kind.INVALID, "peer 1 twice", first.url(), second.url(), "load balancer");
    }

    @Test
    void missingPeerIsRefused() {
        join(first, 1, 1, 2, 3);
        join(second, 2, 1, 2, 3);
        assertFails(this::open, Kind.INVALID, "2 of the 3 nodes", "peer 3 (http://10.0.0.3:6335/");
    }

    @Test
    void nodeOfAnotherClusterIsRefused() {
        join(first, 1, 1, 2);
        join(second, 8, 8, 9);
        assertFails(this::open, Kind.INVALID, second.url() + " is the peer 8", "[8, 9]", "[1, 2]");
    }

    @Test
    void serverWithoutClusterModeIsRefused() {
        join(first, 1, 1, 2);
        assertFails(this::open, Kind.INVALID, second.url(), "does not run in cluster mode");
    }

    @Test
    void nodeThatDoesNotAnswerIsRefusedWithItsPeer() {
        join(first, 1, 1, 2);
        second.kill();
        assertFails(this::open, Kind.UNREACHABLE, second.url(), "peer 2 (http://10.0.0.2:6335/", "QDRANT_URLS");
    }

    @Test
    void reshardingAndTransfersAreAwaitedAndThenRefused() throws Exception {
        join(first, 1, 1, 2);
        join(second, 2, 1, 2);
        Fixtures.fill(first, COLLECTION, 2, 1);
        String moving = "{\"peer_id\":1,\"local_shards\":[{\"shard_id\":0,\"state\":\"Active\"}],"
                + "\"shard_transfers\":[{\"shard_id\":0,\"from\":1,\"to\":2}],"
                + "\"resharding_operations\":[{\"shard_id\":5}]}";
        answer(first, ".*/" + COLLECTION + "/cluster", moving);
        try (QdrantCollections collections = open()) {
            assertFails(
                    () -> new Replicas(collections).awaitRest(COLLECTION),
                    Kind.SOURCE_CHANGED,
                    "shard 0 is being transferred from peer 1 to peer 2",
                    "is being resharded",
                    "QDRANT_BACKUP_MODE=scroll");
        }
    }

    @Test
    void movingShardMakesTheMarkerChange() throws Exception {
        join(first, 1, 1, 2);
        join(second, 2, 1, 2);
        Fixtures.fill(first, COLLECTION, 2, 1);
        answer(
                first,
                ".*/" + COLLECTION + "/cluster",
                "{\"peer_id\":1,\"shard_transfers\":[{\"shard_id\":0,\"from\":1,\"to\":2}]}");
        try (QdrantCollections collections = open()) {
            var marker = new QdrantMarker(collections).read();
            assertThat(marker.value()).startsWith("moving");
        }
    }

    @Test
    void shardWithoutAnActiveReplicaIsRefused() throws Exception {
        join(first, 1, 1, 2);
        join(second, 2, 1, 2);
        Fixtures.fill(first, COLLECTION, 2, 1);
        answer(
                first,
                ".*/" + COLLECTION + "/cluster",
                "{\"peer_id\":1,\"local_shards\":[{\"shard_id\":0,\"state\":\"Dead\"}],"
                        + "\"remote_shards\":[{\"shard_id\":0,\"peer_id\":2,\"state\":\"Partial\"}]}");
        try (QdrantCollections collections = open()) {
            assertFails(
                    () -> new Replicas(collections).awaitRest(COLLECTION),
                    Kind.UNREACHABLE,
                    "shard 0",
                    "peer 1: Dead, peer 2: Partial");
        }
    }

    @Test
    void replicasThatDoNotBecomeEqualFailTheRestore() throws Exception {
        join(first, 1, 1, 2);
        join(second, 2, 1, 2);
        for (int i = 0; i < 2; i++) {
            answer(
                    List.of(first, second).get(i),
                    ".*/" + COLLECTION + "/cluster",
                    ("{\"peer_id\":%d,\"local_shards\":[{\"shard_id\":0,\"state\":\"Active\",\"points_count\":%d}],"
                                    + "\"remote_shards\":[{\"shard_id\":0,\"peer_id\":%d,\"state\":\"Active\"}]}")
                            .formatted(i + 1, 10 * i, 2 - i));
        }
        try (QdrantCollections collections = open()) {
            assertFails(
                    () -> new Replicas(collections).awaitEqual(COLLECTION),
                    Kind.UNREACHABLE,
                    "was not completely replicated",
                    "{1=0, 2=10}");
        }
    }

    @Test
    void oneUrlTwiceIsRefused() {
        Settings settings = Settings.of(Map.of("QDRANT_URLS", "http://a:1,http://b:1,http://a:1"));
        assertFails(() -> QdrantSettings.of(settings), Kind.INVALID, "QDRANT_URLS", "http://a:1", "twice");
    }

    @Test
    void qdrantUrlSelectsTheFirstNodeAndMustBeInTheList() {
        Settings settings = Settings.of(Map.of("QDRANT_URLS", "http://a:1,http://b:1"));
        assertThat(QdrantSettings.of(settings).url()).hasToString("http://a:1");
        assertThat(QdrantSettings.of(settings.with("QDRANT_URL", "http://b:1")).url())
                .hasToString("http://b:1");
        assertFails(
                () -> QdrantSettings.of(settings.with("QDRANT_URL", "http://c:1")),
                Kind.INVALID,
                "QDRANT_URL",
                "one of the URLs in QDRANT_URLS");
    }

    @Test
    void unusableUrlInTheListIsRefusedWithoutItsPassword() {
        Settings settings = Settings.of(Map.of("QDRANT_URLS", "http://a:1,http://me:sesame@b:1"));
        assertFails(() -> QdrantSettings.of(settings), Kind.INVALID, "QDRANT_URLS", "http://***@b:1");
    }
}
