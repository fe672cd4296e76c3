package dev.ngbak.redis;

import dev.ngbak.testkit.RedisServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Uses Redis 6.2, which is embedded in the tests. */
final class Redis62ContractTest extends RedisContract {

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
