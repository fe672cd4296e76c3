package dev.ngbak.redis;

import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.RecordVisitor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import redis.clients.jedis.Protocol.Command;

/** Keys as entries of their namespaces: as they pass, or those that are asked for. */
final class Shown implements Lookup {

    private final RedisSettings settings;
    private final RedisLink link;

    Shown(RedisSettings settings, RedisLink link) {
        this.settings = settings;
        this.link = link;
    }

    static void one(byte[] rest, KeyValue value, RecordVisitor visitor) throws IOException {
        KeyName name = KeyName.of(rest);
        String id = new String(name.id(), StandardCharsets.UTF_8);
        long expires = value.expires() == KeyValue.NEVER ? RecordVisitor.NEVER : value.expires();
        if (value.isString()) {
            boolean shown = value.value() != null && value.value().length <= RecordVisitor.MAX_LENGTH;
            visitor.entry(name.namespace(), id, shown ? value.value() : null, expires);
        } else {
            visitor.composite(name.namespace(), id, value.type(), expires);
        }
    }

    @Override
    public void entries(String namespace, Collection<String> keys, RecordVisitor visitor) throws IOException {
        for (String key : keys) {
            byte[] rest = new KeyName(namespace, key.getBytes(StandardCharsets.UTF_8)).rest();
            byte[] full = RedisLink.joined(settings.prefixBytes(), rest);
            link.send(Command.STRLEN, full);
            boolean shown = link.receiveAny() instanceof Long length && length <= RecordVisitor.MAX_LENGTH;
            Object value = shown ? link.call(Command.GET, full) : null;
            // A key of another type is there, but has no value to show.
            if (value != null || !shown && (Long) link.call(Command.EXISTS, full) == 1) {
                visitor.entry(namespace, key, (byte[]) value, RecordVisitor.NEVER);
            }
        }
    }
}
