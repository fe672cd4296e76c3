package dev.ngbak.redis;

import dev.ngbak.redis.CommandWriter.Sender;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.commands.ProtocolCommand;

/**
 * Writes a stream with commands. A pending entry can only be claimed while the stream contains it, so an entry that was deleted
 * is added for a moment, in its place.
 */
final class StreamWriter implements ElementVisitor {

    /** A command that the driver does not name. */
    static final ProtocolCommand XSETID = () -> RedisConnection.bytes("XSETID");

    private static final byte[] PLACEHOLDER = RedisConnection.bytes("ngbak");

    private final Sender sender;
    private final byte[] key;
    private final boolean hasCounters;
    private final List<StreamId> pending;
    private final List<StreamId> placeholders = new ArrayList<>();
    private int nextPending;
    private long entries;
    private StreamState state;
    private byte[] group;
    private byte[] consumer;

    private StreamWriter(Sender sender, byte[] key, ServerInfo server, List<StreamId> pending) {
        this.sender = sender;
        this.key = key;
        this.hasCounters = server.isCompatibleWithRedis(7, 0);
        this.pending = pending;
    }

    static void write(Sender sender, byte[] key, byte[] dump, ServerInfo server) throws IOException {
        List<StreamId> pending = new ArrayList<>();
        DumpDecoder.decode(dump, new ElementVisitor() {
            @Override
            public void pending(StreamId id, long deliveredAt, long deliveries) {
                pending.add(id);
            }
        });
        pending.sort(null);
        StreamWriter writer = new StreamWriter(sender, key, server, pending);
        DumpDecoder.decode(dump, writer);
        writer.finish();
    }

    @Override
    public void entry(StreamId id, List<byte[]> namesAndValues) {
        addPlaceholders(id);
        List<byte[]> arguments = new ArrayList<>(List.of(key, id.bytes()));
        arguments.addAll(namesAndValues);
        int bytes = namesAndValues.stream().mapToInt(part -> part.length).sum();
        sender.send(bytes, Command.XADD, arguments.toArray(new byte[0][]));
        entries++;
    }

    /** Adds the pending entries below an id that the stream does not contain. */
    private void addPlaceholders(StreamId end) {
        for (; nextPending < pending.size(); nextPending++) {
            StreamId id = pending.get(nextPending);
            int order = end == null ? -1 : id.compareTo(end);
            if (order > 0) {
                return;
            }
            boolean isRepeated = nextPending > 0 && id.equals(pending.get(nextPending - 1));
            if (order < 0 && !isRepeated) {
                sender.send(0, Command.XADD, key, id.bytes(), PLACEHOLDER, PLACEHOLDER);
                placeholders.add(id);
            }
        }
    }

    @Override
    public void state(StreamState archived) {
        state = archived;
        addPlaceholders(null);
        if (entries + placeholders.size() == 0) {
            // Only a group creates an empty stream.
            sender.send(
                    0,
                    Command.XGROUP,
                    RedisConnection.bytes("CREATE"),
                    key,
                    PLACEHOLDER,
                    RedisConnection.bytes(0),
                    RedisConnection.bytes("MKSTREAM"));
            sender.send(0, Command.XGROUP, RedisConnection.bytes("DESTROY"), key, PLACEHOLDER);
        }
        // A server may reduce the counter of a group to that of the stream, so this comes first.
        setId(Math.max(state.added(), entries + placeholders.size()));
    }

    private void setId(long added) {
        if (hasCounters && state.maxDeleted() != null) {
            sender.send(
                    0,
                    XSETID,
                    key,
                    state.last().bytes(),
                    RedisConnection.bytes("ENTRIESADDED"),
                    RedisConnection.bytes(added),
                    RedisConnection.bytes("MAXDELETEDID"),
                    state.maxDeleted().bytes());
        } else {
            sender.send(0, XSETID, key, state.last().bytes());
        }
    }

    @Override
    public void group(Group archived) {
        group = archived.name();
        List<byte[]> arguments = new ArrayList<>(List.of(
                RedisConnection.bytes("CREATE"),
                key,
                group,
                archived.lastDelivered().bytes()));
        if (hasCounters && archived.read() != UNKNOWN) {
            arguments.add(RedisConnection.bytes("ENTRIESREAD"));
            arguments.add(RedisConnection.bytes(archived.read()));
        }
        sender.send(0, Command.XGROUP, arguments.toArray(new byte[0][]));
    }

    @Override
    public void consumer(byte[] name) {
        consumer = name;
        sender.send(0, Command.XGROUP, RedisConnection.bytes("CREATECONSUMER"), key, group, name);
    }

    @Override
    public void pending(StreamId id, long deliveredAt, long deliveries) {
        sender.send(
                0,
                Command.XCLAIM,
                key,
                group,
                consumer,
                RedisConnection.bytes(0),
                id.bytes(),
                RedisConnection.bytes("TIME"),
                RedisConnection.bytes(deliveredAt),
                RedisConnection.bytes("RETRYCOUNT"),
                RedisConnection.bytes(deliveries),
                RedisConnection.bytes("FORCE"),
                RedisConnection.bytes("JUSTID"));
    }

    private void finish() {
        if (placeholders.isEmpty()) {
            return;
        }
        placeholders.forEach(id -> sender.send(0, Command.XDEL, key, id.bytes()));
        setId(Math.max(state.added(), entries));
    }
}
