package dev.ngbak.redis;

import dev.ngbak.spi.ContentDigest;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import redis.clients.jedis.Protocol.Command;

/**
 * 32 bytes that stand for what a key of another type than string holds. They are made of its elements and not of its DUMP,
 * which differs between versions, and between two servers that keep a set in another order. They are made while the
 * elements arrive, so that a key of any size is read in flat memory.
 */
final class LogicalContent {

    private final RedisLink link;

    LogicalContent(RedisLink link) {
        this.link = link;
    }

    /** Sends what is to be asked of a key, whose replies {@link #receive} waits for. */
    void send(byte[] key, String type) {
        switch (type) {
            case "hash" -> link.send(Command.HGETALL, key);
            case "set" -> link.send(Command.SMEMBERS, key);
            case "zset" ->
                link.send(Command.ZRANGE, key, RedisLink.bytes(0), RedisLink.bytes(-1), RedisLink.bytes("WITHSCORES"));
            case "list" -> link.send(Command.LRANGE, key, RedisLink.bytes(0), RedisLink.bytes(-1));
            case "stream" -> {
                link.send(Command.XRANGE, key, RedisLink.bytes("-"), RedisLink.bytes("+"));
                link.send(Command.XINFO, RedisLink.bytes("STREAM"), key);
                link.send(Command.XINFO, RedisLink.bytes("GROUPS"), key);
            }
            default -> link.send(Command.DUMP, key);
        }
    }

    /** @return {@code null} when the key is gone or has become another type meanwhile */
    byte[] receive(String type) {
        return switch (type) {
            case "hash" -> sum(new Sum(2));
            case "set" -> sum(new Sum(1));
            case "zset" -> sum(new Scores());
            case "list" -> {
                Fields elements = new Fields();
                yield link.receiveValue(elements) == 0 ? null : elements.digest.digest();
            }
            case "stream" -> stream();
            default -> module();
        };
    }

    private byte[] sum(Sum elements) {
        return link.receiveValue(elements) == 0 ? null : HexFormat.of().parseHex(elements.sum.text());
    }

    /** Adds each element to one digest as a field. */
    private static class Fields implements RedisConnection.Elements {
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

    /** Sums up the digests of so many elements each. */
    private static class Sum extends Fields {
        final ContentDigest sum = new ContentDigest();
        final int together;
        private int passed;

        Sum(int together) {
            this.together = together;
        }

        /** Whether the element that is under way is the last of those that belong together. */
        boolean isLast() {
            return passed == together - 1;
        }

        @Override
        public void end() {
            passed++;
            if (passed == together) {
                sum.add(digest.digest());
                passed = 0;
            }
        }
    }

    /** Sums up members with their scores, which are numbers and not what a version of Redis spells. */
    private static final class Scores extends Sum {
        private final StringBuilder score = new StringBuilder();

        Scores() {
            super(2);
        }

        @Override
        public void begin(long length) {
            if (isLast()) {
                score.setLength(0);
            } else {
                super.begin(length);
            }
        }

        @Override
        public void piece(byte[] buffer, int length) {
            if (isLast()) {
                for (int i = 0; i < length; i++) {
                    score.append((char) buffer[i]);
                }
            } else {
                super.piece(buffer, length);
            }
        }

        @Override
        public void end() {
            if (isLast()) {
                ContentDigest.number(digest, Double.doubleToLongBits(score(score.toString())));
            }
            super.end();
        }

        private static double score(String text) {
            return switch (text) {
                case "inf" -> Double.POSITIVE_INFINITY;
                case "-inf" -> Double.NEGATIVE_INFINITY;
                default -> Double.parseDouble(text);
            };
        }
    }

    /** Takes the entries of a stream, each an array of its id and an array of its fields. */
    private static final class Entries extends Fields {
        private boolean id;

        @Override
        public void array(int depth, long size) {
            if (depth == 1) {
                id = true;
            } else if (depth == 2) {
                ContentDigest.number(digest, size);
            }
        }

        @Override
        public void begin(long length) {
            if (id) {
                digest.update((byte) 'e');
                id = false;
            }
            super.begin(length);
        }
    }

    /**
     * Entries, the last id that was given, and the groups with theirs. A stream may have no entry. What is pending with a
     * consumer is not in it.
     */
    private byte[] stream() {
        Entries entries = new Entries();
        link.receiveValue(entries);
        List<?> about = (List<?>) link.receiveValue();
        List<?> groups = (List<?>) link.receiveValue();
        if (about == null || groups == null) {
            return null;
        }
        MessageDigest all = entries.digest;
        all.update((byte) 'l');
        ContentDigest.field(all, (byte[]) member(about, "last-generated-id"));
        List<List<?>> sorted = new ArrayList<>();
        groups.forEach(group -> sorted.add((List<?>) group));
        sorted.sort((a, b) -> Arrays.compareUnsigned((byte[]) member(a, "name"), (byte[]) member(b, "name")));
        for (List<?> group : sorted) {
            all.update((byte) 'g');
            ContentDigest.field(all, (byte[]) member(group, "name"));
            ContentDigest.field(all, (byte[]) member(group, "last-delivered-id"));
        }
        return all.digest();
    }

    private static Object member(List<?> flat, String name) {
        for (int i = 0; i + 1 < flat.size(); i += 2) {
            if (RedisLink.text(flat.get(i)).equals(name)) {
                return flat.get(i + 1);
            }
        }
        return new byte[0];
    }

    /** Of a module's type nothing is known but its DUMP, whose version and checksum are left out. */
    private byte[] module() {
        MessageDigest digest = ContentDigest.sha256();
        boolean there = link.receiveValue(new RedisConnection.Elements() {
                    private long left;

                    @Override
                    public void begin(long length) {
                        left = length - Dump.FOOTER;
                    }

                    @Override
                    public void piece(byte[] buffer, int length) {
                        int counted = (int) Math.max(0, Math.min(left, length));
                        digest.update(buffer, 0, counted);
                        left -= counted;
                    }

                    @Override
                    public void end() {}
                })
                > 0;
        return there ? digest.digest() : null;
    }
}
