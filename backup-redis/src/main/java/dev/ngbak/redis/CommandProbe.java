package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.commands.ProtocolCommand;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Checks whether a server has and permits the commands that write keys which are not strings. It queues them in a transaction
 * and discards that, so they never run.
 */
final class CommandProbe {

    private final RedisConnection connection;
    private final List<Object> replies = new ArrayList<>();

    CommandProbe(RedisConnection connection) {
        this.connection = connection;
    }

    /** Returns the first problem with a command that the types need. */
    Optional<BackupException> problem(ArchivedTypes types) {
        connection.send(Command.MULTI);
        if (connection.receiveOrError() instanceof JedisDataException) {
            return Optional.empty(); // Without transactions, nothing can be checked.
        }
        types.portable().keySet().forEach(this::queue);
        if (types.expiringFields() > 0) {
            queue(Command.HPEXPIREAT, "1", "FIELDS", "1", "f");
        }
        connection.send(Command.DISCARD);
        connection.receiveOrError();
        return replies.stream()
                .filter(JedisDataException.class::isInstance)
                .map(JedisDataException.class::cast)
                .filter(e -> !RedisConnection.message(e).startsWith("OOM"))
                .findFirst()
                .map(connection::translate);
    }

    private void queue(String type) {
        switch (type) {
            case "hash" -> queue(Command.HSET, "f", "v");
            case "list" -> queue(Command.RPUSH, "v");
            case "set" -> queue(Command.SADD, "v");
            case "zset" -> queue(Command.ZADD, "1", "v");
            case "stream" -> {
                queue(Command.XADD, "1-1", "f", "v");
                queue(Command.XDEL, "1-1");
                queue(StreamWriter.XSETID, "1-1");
                queue(Command.XCLAIM, "g", "c", "0", "1-1");
                byte[] key = RestorePreflight.unusedKey(connection.settings());
                send(Command.XGROUP, bytes("CREATE"), key, bytes("g"), bytes("0"));
            }
            default -> {}
        }
    }

    private void queue(ProtocolCommand command, String... arguments) {
        byte[][] all = new byte[1 + arguments.length][];
        all[0] = RestorePreflight.unusedKey(connection.settings());
        for (int i = 0; i < arguments.length; i++) {
            all[i + 1] = bytes(arguments[i]);
        }
        send(command, all);
    }

    private void send(ProtocolCommand command, byte[]... arguments) {
        connection.send(command, arguments);
        replies.add(connection.receiveOrError());
    }

    private static byte[] bytes(String text) {
        return RedisConnection.bytes(text);
    }
}
