package dev.ngbak.redis;

import dev.ngbak.redis.KeyReader.Depth;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Reads keys that are not strings: the content digest from their elements, and the DUMP. Checks at an export that the DUMP can be
 * restored, and whether commands can write the same content.
 */
final class CompositeReader {

    /** How often a key is read whose elements and DUMP are from different moments, because another program writes to it. */
    private static final int MAX_ATTEMPTS = 3;

    /** A time at which no field of a hash has expired. */
    private static final long BEFORE_ALL = Long.MIN_VALUE;

    private static final byte[] NOT_READ = new byte[0];

    private final RedisConnection connection;
    private final Depth depth;
    private final boolean isFull;
    private final LogicalContent logicalContent;
    private final ExpiryReader expiries;
    private final ArchivedTypes types = new ArchivedTypes();
    private long readAt;
    private boolean isIncomplete;

    /** @param isFull whether content digests include what only a DUMP has */
    CompositeReader(RedisConnection connection, Depth depth, boolean isFull) {
        this.connection = connection;
        this.depth = depth;
        this.isFull = isFull;
        this.logicalContent = new LogicalContent(connection);
        this.expiries = new ExpiryReader(connection);
    }

    /** Returns the types of the keys that were exported so far. */
    ArchivedTypes types() {
        return types;
    }

    /** Returns a time at which the fields of the last hash with expiring fields were not yet expired. 0 if it had none. */
    long readAt() {
        return readAt;
    }

    /**
     * Returns whether the content of the last key lacks what only its DUMP has, because the DUMP has an encoding of a newer
     * version.
     */
    boolean isIncomplete() {
        return isIncomplete;
    }

    /**
     * What the server sent about a key at one moment. The elements are empty, and the DUMP is {@code null}, if they were not
     * requested.
     */
    private record Reply(byte[] elements, byte[] dump, long expires) {}

    /** Reads a key. Returns empty if it no longer exists. */
    Optional<KeyValue> read(byte[] key, String type) throws IOException {
        readAt = 0;
        isIncomplete = false;
        for (int attempt = 1; ; attempt++) {
            Optional<Reply> reply = receive(key, type);
            if (reply.isEmpty() || reply.get().dump() == null) {
                return reply.map(found -> new KeyValue(type, found.expires(), found.elements(), NOT_READ));
            }
            Optional<KeyValue> value = decode(key, type, reply.get(), attempt == MAX_ATTEMPTS);
            if (value.isPresent()) {
                types.note(value.get());
                return value;
            }
        }
    }

    private Optional<Reply> receive(byte[] key, String type) {
        boolean wantsElements = depth != Depth.TYPE && LogicalContent.covers(type);
        boolean wantsDump = depth == Depth.DUMP || (depth == Depth.DIGEST && needsDump(type));
        if (depth == Depth.DUMP) {
            requireMemory(key);
        }
        expiries.begin();
        if (wantsElements) {
            logicalContent.send(key, type);
        }
        if (wantsDump) {
            connection.send(Command.DUMP, key);
        }
        expiries.send(key);
        Optional<byte[]> elements = wantsElements ? logicalContent.receive(type) : Optional.empty();
        byte[] dump = wantsDump ? receiveDump(key, type) : null;
        long expires = expiries.receive();
        if ((wantsElements && elements.isEmpty()) || (wantsDump && dump == null)) {
            return Optional.empty();
        }
        return Optional.of(new Reply(elements.orElse(NOT_READ), dump, expires));
    }

    /** Returns whether a part of the content is only in the DUMP. */
    private boolean needsDump(String type) {
        return switch (type) {
            case "hash" -> connection.server().hasFieldExpiry();
            case "stream" -> isFull;
            default -> !LogicalContent.covers(type);
        };
    }

    /** Returns the DUMP, or {@code null} if the key no longer exists. */
    private byte[] receiveDump(byte[] key, String type) {
        Object reply = connection.receiveOrError();
        if (reply instanceof JedisDataException e) {
            BackupException translated = connection.translate(e);
            throw translated.kind() == Kind.INCOMPATIBLE
                    ? notExportable(key, type, "the server cannot DUMP it: " + RedisConnection.message(e))
                    : translated;
        }
        return KeyReader.bytes(key, reply);
    }

    /** Returns the value; empty if the elements are not those of the DUMP and this is not the last attempt. */
    private Optional<KeyValue> decode(byte[] key, String type, Reply reply, boolean isLast) throws IOException {
        byte[] dump = reply.dump();
        if (!ArchivedTypes.isName(type)) {
            throw notExportable(key, type, "its type has a name that an archive cannot contain");
        }
        if (!Dump.isIntact(dump)) {
            throw notExportable(key, type, "its DUMP has a wrong checksum");
        }
        Optional<DumpContent> decoded = LogicalContent.covers(type) ? content(key, dump, BEFORE_ALL) : Optional.empty();
        isIncomplete = LogicalContent.covers(type) && decoded.isEmpty();
        FieldExpiries fields = decoded.map(DumpContent::fieldExpiries).orElse(null);
        Optional<DumpContent> live = decoded;
        if (fields != null) {
            readAt = connection.serverTime();
            live = content(key, dump, readAt);
        }
        boolean isSame = live.isPresent() && Arrays.equals(live.get().elements(), reply.elements());
        if (depth == Depth.DUMP && decoded.isPresent() && !isSame && !isLast) {
            return Optional.empty();
        }
        KeyValue value = new KeyValue(
                type,
                reply.expires(),
                reply.elements(),
                depth == Depth.DUMP ? dump : NOT_READ,
                fields,
                decoded.isPresent() && decoded.get().hasExtras());
        if (depth == Depth.DUMP) {
            count(value, isSame);
        }
        if (!LogicalContent.covers(type)) {
            return Optional.of(opaque(value, dump));
        }
        if (fields != null) {
            return Optional.of(value.withContent(
                    (depth == Depth.DUMP ? decoded : live).orElseThrow().all()));
        }
        return Optional.of(decoded.map(content -> value.withContent(content.withExtras(reply.elements())))
                .orElse(value));
    }

    /** Returns a value of a type that only a DUMP can carry, with its content. */
    private KeyValue opaque(KeyValue value, byte[] dump) {
        Optional<byte[]> vectors =
                isFull && value.type().equals(VectorSet.TYPE) ? VectorSet.content(dump) : Optional.empty();
        return vectors.map(value::withFullContent).orElseGet(() -> value.withContent(DumpContent.ofBytes(dump)));
    }

    private Optional<DumpContent> content(byte[] key, byte[] dump, long now) throws IOException {
        try {
            return DumpContent.of(dump, now, isFull);
        } catch (ValueTooLargeException e) {
            throw ValueLimit.valueTooLarge(KeyName.quoted(key), e.bytes());
        }
    }

    private void count(KeyValue value, boolean isSame) {
        boolean isPortable = isSame && (value.fields() == null || value.fields().arePortable());
        types.add(value.type(), Dump.version(value.bytes()), isPortable);
        if (value.fields() != null) {
            types.addExpiringFields();
        }
        if (!LogicalContent.covers(value.type()) && types.modules().isEmpty()) {
            ServerModules.of(connection).ifPresent(types::setModules);
        }
    }

    private static BackupException notExportable(byte[] key, String type, String why) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                "The key " + KeyName.quoted(key) + " has the type " + SafeText.quoted(type)
                        + " and cannot be backed up: " + SafeText.forMessage(why),
                "Delete the key, or move it out of the scope of " + RedisSettings.KEY_PREFIX.name());
    }

    /**
     * Refuses a key that is certainly too large before the server builds two replies from it. No command returns the
     * length of a DUMP in advance; the connection checks it when the reply arrives. If the server does not support or
     * permit MEMORY, this method refuses nothing.
     */
    private void requireMemory(byte[] key) {
        long max = Runtime.getRuntime().maxMemory();
        if (memoryUsage(key) > max) {
            // The first answer was an estimate from a few elements.
            long exact = memoryUsage(key, RedisConnection.bytes("SAMPLES"), RedisConnection.bytes(0));
            if (exact > max) {
                throw ValueLimit.keyTooLarge(KeyName.quoted(key), exact);
            }
        }
    }

    /** Returns the memory that a key uses in the server, or 0 if the server does not report it. */
    private long memoryUsage(byte[] key, byte[]... options) {
        byte[][] arguments = new byte[2 + options.length][];
        arguments[0] = RedisConnection.bytes("USAGE");
        arguments[1] = key;
        System.arraycopy(options, 0, arguments, 2, options.length);
        connection.send(Command.MEMORY, arguments);
        return connection.receiveOrError() instanceof Long bytes ? bytes : 0;
    }
}
