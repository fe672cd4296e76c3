package dev.ngbak.redis;

import dev.ngbak.testkit.RedisCluster;
import dev.ngbak.testkit.RedisServer;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Uses a cluster of three masters. */
final class ClusterContractTest extends RedisContract {

    private static RedisCluster cluster;

    @BeforeAll
    static void startCluster() {
        cluster = RedisCluster.start(3);
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    /** The commands for a batch are spread over the masters, so fewer records show the same. */
    @Override
    public int many() {
        return 1_200;
    }

    @Override
    RedisServer server() {
        return cluster.nodes().get(1);
    }

    @Override
    List<RedisServer> servers() {
        return cluster.nodes();
    }
}
