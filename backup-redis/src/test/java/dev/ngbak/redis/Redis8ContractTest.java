package dev.ngbak.redis;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.testkit.RedisServer;
import dev.ngbak.testkit.ServerPrograms;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Uses the first program that REDIS_BIN names. */
final class Redis8ContractTest extends RedisContract {

    private static RedisServer server;

    @BeforeAll
    static void startServer() {
        List<Path> programs = ServerPrograms.of("REDIS_BIN");
        assumeTrue(!programs.isEmpty(), "REDIS_BIN names no Redis");
        server = RedisServer.startProgram(programs.get(0));
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    @Override
    RedisServer server() {
        return server;
    }
}
