package dev.ngbak.redis;

import dev.ngbak.testkit.RedisServer;
import dev.ngbak.testkit.ServerPrograms;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import redis.clients.jedis.Jedis;

/** Starts every version of Redis and Valkey that is installed here. */
final class TestServers implements AutoCloseable {

    private final Map<String, RedisServer> servers = new LinkedHashMap<>();
    private final Map<String, ServerInfo> infos = new LinkedHashMap<>();

    /** Starts the embedded server, the one on the PATH, and those that REDIS_BIN and VALKEY_BIN name. */
    TestServers() {
        add(RedisServer.startEmbedded());
        add(RedisServer.start());
        Stream.of("REDIS_BIN", "VALKEY_BIN")
                .flatMap(variable -> ServerPrograms.of(variable).stream())
                .forEach((Path program) -> add(RedisServer.startProgram(program)));
    }

    private void add(RedisServer server) {
        try (Jedis jedis = Fixtures.jedis(server)) {
            ServerInfo info = ServerInfo.parse(jedis.info());
            String name = info.product() + " " + info.version().replaceFirst("(\\d+\\.\\d+).*", "$1");
            if (servers.putIfAbsent(name, server) == null) {
                infos.put(name, info);
            } else {
                server.close();
            }
        }
    }

    /** Returns the servers by product and version, such as {@code Redis 7.0}. */
    Map<String, RedisServer> all() {
        return servers;
    }

    Optional<RedisServer> get(String name) {
        return Optional.ofNullable(servers.get(name));
    }

    ServerInfo info(String name) {
        return infos.get(name);
    }

    @Override
    public void close() {
        servers.values().forEach(RedisServer::close);
    }
}
