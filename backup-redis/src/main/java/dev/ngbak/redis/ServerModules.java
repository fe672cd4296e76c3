package dev.ngbak.redis;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import redis.clients.jedis.Protocol.Command;

/** Finds the modules of a server. */
final class ServerModules {

    private ServerModules() {}

    /** Returns the versions of all modules by their names. Empty if the server does not permit MODULE. */
    static Optional<Map<String, Long>> of(RedisConnection connection) {
        connection.send(Command.MODULE, RedisConnection.bytes("LIST"));
        if (!(connection.receiveOrError() instanceof List<?> modules)) {
            return Optional.empty();
        }
        Map<String, Long> versions = new TreeMap<>();
        for (Object module : modules) {
            String name = "";
            List<?> namesAndValues = (List<?>) module;
            for (int i = 0; i + 1 < namesAndValues.size(); i += 2) {
                Object value = namesAndValues.get(i + 1);
                switch (RedisConnection.text(namesAndValues.get(i))) {
                    case "name" -> name = RedisConnection.text(value);
                    case "ver" -> versions.put(name, (Long) value);
                    default -> {}
                }
            }
        }
        return Optional.of(versions);
    }
}
