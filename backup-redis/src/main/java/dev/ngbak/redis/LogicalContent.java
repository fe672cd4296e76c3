package dev.ngbak.redis;

import dev.ngbak.spi.ContentDigest;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import redis.clients.jedis.Protocol.Command;

/**
 * Digests the content of a key that is not a string, as docs/FORMAT.md defines it. The digest covers the elements and not
 * the DUMP, because a DUMP differs between versions, and between two servers that order a set differently. Elements are
 * digested as they arrive, so memory use does not depend on the size of the key.
 */
final class LogicalContent {

    private static final Set<String> TYPES = Set.of("hash", "set", "zset", "list", "stream");

    private final RedisConnection connection;

    LogicalContent(RedisConnection connection) {
        this.connection = connection;
    }

    /** Returns whether commands return the elements of a type. Those of other types are only in their DUMP. */
    static boolean covers(String type) {
        return TYPES.contains(type);
    }

    /** Sends the commands whose replies {@link #receive} reads. */
    void send(byte[] key, String type) {
        byte[] first = RedisConnection.bytes(0);
        byte[] last = RedisConnection.bytes(-1);
        switch (type) {
            case "hash" -> connection.send(Command.HGETALL, key);
            case "set" -> connection.send(Command.SMEMBERS, key);
            case "zset" -> connection.send(Command.ZRANGE, key, first, last, RedisConnection.bytes("WITHSCORES"));
            case "list" -> connection.send(Command.LRANGE, key, first, last);
            case "stream" -> {
                connection.send(Command.XRANGE, key, RedisConnection.bytes("-"), RedisConnection.bytes("+"));
                connection.send(Command.XINFO, RedisConnection.bytes("STREAM"), key);
                connection.send(Command.XINFO, RedisConnection.bytes("GROUPS"), key);
            }
            default -> throw new IllegalArgumentException(type);
        }
    }

    /** Returns the digest, 32 bytes; empty if the key is gone or has another type by now. */
    Optional<byte[]> receive(String type) {
        return switch (type) {
            case "hash" -> receiveUnordered(new SumOfGroups(2));
            case "set" -> receiveUnordered(new SumOfGroups(1));
            case "zset" -> receiveUnordered(new ScoredMembers());
            case "list" -> receiveOrdered(new Fields());
            case "stream" -> receiveStream();
            default -> throw new IllegalArgumentException(type);
        };
    }

    private Optional<byte[]> receiveUnordered(SumOfGroups elements) {
        return connection.receiveElements(elements) == 0
                ? Optional.empty()
                : Optional.of(HexFormat.of().parseHex(elements.sum.text()));
    }

    private Optional<byte[]> receiveOrdered(Fields elements) {
        return connection.receiveElements(elements) == 0 ? Optional.empty() : Optional.of(elements.digest.digest());
    }

    /**
     * Digests the entries, the last generated id, and the groups with their last delivered ids. A stream may be empty.
     * {@link DumpContent} adds the consumers and their pending entries.
     */
    private Optional<byte[]> receiveStream() {
        StreamEntries entries = new StreamEntries();
        connection.receiveElements(entries);
        Optional<Object> stream = connection.receiveValue();
        Optional<Object> groups = connection.receiveValue();
        if (stream.isEmpty() || groups.isEmpty()) {
            return Optional.empty();
        }
        MessageDigest digest = entries.digest;
        digest.update((byte) 'l');
        ContentDigest.field(digest, member(stream.get(), "last-generated-id"));
        List<Object> sorted = new ArrayList<>((List<?>) groups.get());
        sorted.sort((a, b) -> Arrays.compareUnsigned(member(a, "name"), member(b, "name")));
        for (Object group : sorted) {
            digest.update((byte) 'g');
            ContentDigest.field(digest, member(group, "name"));
            ContentDigest.field(digest, member(group, "last-delivered-id"));
        }
        return Optional.of(digest.digest());
    }

    /** Returns the value after a name in a list of alternating names and values. */
    private static byte[] member(Object reply, String name) {
        List<?> namesAndValues = (List<?>) reply;
        for (int i = 0; i + 1 < namesAndValues.size(); i += 2) {
            if (RedisConnection.text(namesAndValues.get(i)).equals(name)) {
                return (byte[]) namesAndValues.get(i + 1);
            }
        }
        return new byte[0];
    }

    /** Adds each element to one digest, as a field. */
    private static class Fields implements StreamingConnection.Elements {
        final MessageDigest digest = ContentDigest.sha256();

        @Override
        public void begin(long length) {
            ContentDigest.number(digest, length);
        }

        @Override
        public void piece(byte[] buffer, int length) {
            digest.update(buffer, 0, length);
        }

        @Override
        public void end() {}
    }

    /** Digests each group of elements as fields, and adds up the digests. */
    private static class SumOfGroups extends Fields {
        final ContentDigest sum = new ContentDigest();
        private final int groupSize;
        private int position;

        SumOfGroups(int groupSize) {
            this.groupSize = groupSize;
        }

        boolean isLastOfGroup() {
            return position == groupSize - 1;
        }

        @Override
        public void end() {
            position++;
            if (position == groupSize) {
                sum.add(digest.digest());
                position = 0;
            }
        }
    }

    /** Adds up members with their scores. A score counts as a number, because versions of Redis spell it differently. */
    private static final class ScoredMembers extends SumOfGroups {
        private final StringBuilder score = new StringBuilder();

        ScoredMembers() {
            super(2);
        }

        @Override
        public void begin(long length) {
            if (isLastOfGroup()) {
                score.setLength(0);
            } else {
                super.begin(length);
            }
        }

        @Override
        public void piece(byte[] buffer, int length) {
            if (isLastOfGroup()) {
                for (int i = 0; i < length; i++) {
                    score.append((char) buffer[i]);
                }
            } else {
                super.piece(buffer, length);
            }
        }

        @Override
        public void end() {
            if (isLastOfGroup()) {
                ContentDigest.number(digest, Double.doubleToLongBits(RdbReader.parseScore(score.toString())));
            }
            super.end();
        }
    }

    /** Digests the entries of a stream. Each is an array of its id and an array of its fields. */
    private static final class StreamEntries extends Fields {
        private boolean atId;

        @Override
        public void array(int depth, long size) {
            if (depth == 1) {
                atId = true;
            } else if (depth == 2) {
                ContentDigest.number(digest, size);
            }
        }

        @Override
        public void begin(long length) {
            if (atId) {
                digest.update((byte) 'e');
                atId = false;
            }
            super.begin(length);
        }
    }
}
