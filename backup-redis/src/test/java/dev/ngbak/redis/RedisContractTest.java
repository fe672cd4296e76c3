package dev.ngbak.redis;

import dev.ngbak.testkit.RedisServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** On the redis-server of this machine, where there is one. */
final class RedisContractTest extends RedisContract {

    private static RedisServer server;

    @BeforeAll
    static void startServer() {
        server = RedisServer.start();
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
