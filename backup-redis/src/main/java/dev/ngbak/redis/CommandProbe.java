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

    private final RedisNode master;
    private final byte[] key;
    private final List<Object> replies = new ArrayList<>();

    private CommandProbe(RedisNode master, byte[] key) {
        this.master = master;
        this.key = key;
    }

    /** Returns the first problem of any master with a command that the types need. */
    static Optional<BackupException> problem(RedisConnection connection, ArchivedTypes types) {
        return RestorePreflight.unusedKeys(connection).entrySet().stream()
                .map(each -> new CommandProbe(each.getKey(), each.getValue()).problem(types))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private Optional<BackupException> problem(ArchivedTypes types) {
        master.send(Command.MULTI);
        if (master.receive(null) instanceof JedisDataException) {
            return Optional.empty(); // Without transactions, nothing can be checked.
        }
        types.portable().keySet().forEach(this::queue);
        if (types.expiringFields() > 0) {
            queue(Command.HPEXPIREAT, "1", "FIELDS", "1", "f");
        }
        master.send(Command.DISCARD);
        master.receive(null);
        return replies.stream()
                .filter(JedisDataException.class::isInstance)
                .map(JedisDataException.class::cast)
                .filter(e -> !RedisConnection.message(e).startsWith("OOM"))
                .findFirst()
                .map(master::translate);
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
                send(Command.XGROUP, bytes("CREATE"), key, bytes("g"), bytes("0"));
            }
            default -> {}
        }
    }

    private void queue(ProtocolCommand command, String... arguments) {
        byte[][] all = new byte[1 + arguments.length][];
        all[0] = key;
        for (int i = 0; i < arguments.length; i++) {
            all[i + 1] = bytes(arguments[i]);
        }
        send(command, all);
    }

    private void send(ProtocolCommand command, byte[]... arguments) {
        master.send(command, arguments);
        replies.add(master.receive(null));
    }

    private static byte[] bytes(String text) {
        return RedisConnection.bytes(text);
    }
}
