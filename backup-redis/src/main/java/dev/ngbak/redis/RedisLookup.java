package dev.ngbak.redis;

import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.RecordVisitor;
import java.io.IOException;
import java.util.Collection;
import redis.clients.jedis.Protocol.Command;

/** Finds entries by their keys. */
final class RedisLookup implements Lookup.EntryLookup {

    private final RedisConnection connection;

    RedisLookup(RedisConnection connection) {
        this.connection = connection;
    }

    @Override
    public void entries(String namespace, Collection<String> ids, RecordVisitor visitor) throws IOException {
        for (String id : ids) {
            byte[] suffix = new KeyName(namespace, RedisConnection.bytes(id)).suffix();
            byte[] key = RedisConnection.concat(connection.settings().prefixBytes(), suffix);
            connection.send(Command.STRLEN, key);
            // A key of another type exists, but has no value to show.
            boolean showable = connection.receiveOrError() instanceof Long length && length <= RecordVisitor.MAX_LENGTH;
            byte[] value = showable ? (byte[]) connection.call(Command.GET, key) : null;
            if (value != null || !showable && (Long) connection.call(Command.EXISTS, key) == 1) {
                visitor.entry(namespace, id, value, RecordVisitor.NEVER);
            }
        }
    }
}
