package dev.ngbak.redis;

import dev.ngbak.testkit.RedisServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** On a Redis 6.2, which comes with the tests. */
final class OldRedisContractTest extends RedisContract {

    private static RedisServer server;

    @BeforeAll
    static void startServer() {
        server = RedisServer.startEmbedded();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @Override
    RedisServer server() {
        return server;
    }
}
