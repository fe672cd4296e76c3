package dev.ngbak.redis;

import dev.ngbak.testkit.RedisServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Uses the installed redis-server, or the embedded one if none is installed. */
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
