package dev.ngbak.redis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.commands.ProtocolCommand;

/** Writes hashes, lists, sets and sorted sets with commands, some elements at a time. */
final class CommandWriter implements ElementVisitor {

    private static final int BATCH_ELEMENTS = 500;
    private static final int BATCH_BYTES = 1 << 20;

    /** Sends a command and receives its reply later. */
    @FunctionalInterface
    interface Sender {
        void send(int bytes, ProtocolCommand command, byte[]... arguments);
    }

    private final Sender sender;
    private final byte[] key;
    private final long now;
    private final List<byte[]> batch = new ArrayList<>();
    private final Map<Long, List<byte[]>> expiring = new LinkedHashMap<>();
    private Command command;
    private int batchBytes;

    private CommandWriter(Sender sender, byte[] key, long now) {
        this.sender = sender;
        this.key = key;
        this.now = now;
    }

    /**
     * Writes a value to a key that does not exist.
     *
     * @param now fields of a hash that have expired by then are not written
     * @param server the target, which may lack some options
     */
    static void write(Sender sender, byte[] key, KeyValue value, long now, ServerInfo server) throws IOException {
        if (value.type().equals("stream")) {
            StreamWriter.write(sender, key, value.bytes(), server);
        } else {
            CommandWriter writer = new CommandWriter(sender, key, now);
            DumpDecoder.decode(value.bytes(), writer);
            writer.flush();
        }
        if (value.hasExpiry()) {
            sender.send(0, Command.PEXPIREAT, key, RedisConnection.bytes(value.expires()));
        }
    }

    @Override
    public void field(byte[] name, byte[] value, long expires) {
        if (expires != KeyValue.NEVER && expires <= now) {
            return;
        }
        if (expires != KeyValue.NEVER) {
            expiring.computeIfAbsent(expires, time -> new ArrayList<>()).add(name);
        }
        add(Command.HSET, name, value);
    }

    @Override
    public void element(byte[] element) {
        add(Command.RPUSH, element);
    }

    @Override
    public void member(byte[] member) {
        add(Command.SADD, member);
    }

    @Override
    public void member(byte[] member, double score) {
        add(Command.ZADD, spelled(score), member);
    }

    private static byte[] spelled(double score) {
        return RedisConnection.bytes(Double.isInfinite(score) ? score > 0 ? "+inf" : "-inf" : Double.toString(score));
    }

    private void add(Command writing, byte[]... arguments) {
        command = writing;
        for (byte[] argument : arguments) {
            batch.add(argument);
            batchBytes += argument.length;
        }
        if (batch.size() >= BATCH_ELEMENTS || batchBytes >= BATCH_BYTES) {
            flush();
        }
    }

    private void flush() {
        if (batch.isEmpty()) {
            return;
        }
        batch.add(0, key);
        sender.send(batchBytes, command, batch.toArray(new byte[0][]));
        batch.clear();
        batchBytes = 0;
        expiring.forEach((time, names) -> {
            List<byte[]> arguments = new ArrayList<>(List.of(
                    key,
                    RedisConnection.bytes(time),
                    RedisConnection.bytes("FIELDS"),
                    RedisConnection.bytes(names.size())));
            arguments.addAll(names);
            sender.send(0, Command.HPEXPIREAT, arguments.toArray(new byte[0][]));
        });
        expiring.clear();
    }
}
