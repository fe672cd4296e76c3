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
 * which differs between versions, and between two servers that keep a set in another order.
 */
final class LogicalContent {

    private final RedisLink link;

    LogicalContent(RedisLink link) {
        this.link = link;
    }

    /** @return {@code null} when the key is gone or has become another type meanwhile */
    byte[] of(byte[] key, String type) {
        return switch (type) {
            case "hash" -> pairs((List<?>) link.ask(Command.HGETALL, key), false);
            case "set" -> members((List<?>) link.ask(Command.SMEMBERS, key));
            case "zset" ->
                pairs(
                        (List<?>) link.ask(
                                Command.ZRANGE,
                                key,
                                RedisLink.bytes(0),
                                RedisLink.bytes(-1),
                                RedisLink.bytes("WITHSCORES")),
                        true);
            case "list" -> sequence((List<?>) link.ask(Command.LRANGE, key, RedisLink.bytes(0), RedisLink.bytes(-1)));
            case "stream" -> stream(key);
            default -> module(key);
        };
    }

    private static byte[] pairs(List<?> flat, boolean scores) {
        if (flat == null || flat.isEmpty()) {
            return null;
        }
        ContentDigest sum = new ContentDigest();
        for (int i = 0; i < flat.size(); i += 2) {
            MessageDigest element = ContentDigest.sha256();
            ContentDigest.field(element, (byte[]) flat.get(i));
            if (scores) {
                ContentDigest.number(element, Double.doubleToLongBits(score(RedisLink.text(flat.get(i + 1)))));
            } else {
                ContentDigest.field(element, (byte[]) flat.get(i + 1));
            }
            sum.add(element.digest());
        }
        return HexFormat.of().parseHex(sum.text());
    }

    private static double score(String text) {
        return switch (text) {
            case "inf" -> Double.POSITIVE_INFINITY;
            case "-inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }

    private static byte[] members(List<?> members) {
        if (members == null || members.isEmpty()) {
            return null;
        }
        ContentDigest sum = new ContentDigest();
        for (Object member : members) {
            MessageDigest element = ContentDigest.sha256();
            ContentDigest.field(element, (byte[]) member);
            sum.add(element.digest());
        }
        return HexFormat.of().parseHex(sum.text());
    }

    private static byte[] sequence(List<?> elements) {
        if (elements == null || elements.isEmpty()) {
            return null;
        }
        MessageDigest all = ContentDigest.sha256();
        elements.forEach(element -> ContentDigest.field(all, (byte[]) element));
        return all.digest();
    }

    /** Entries, the last id that was given, and the groups with theirs. What is pending with a consumer is not in it. */
    private byte[] stream(byte[] key) {
        List<?> entries = (List<?>) link.ask(Command.XRANGE, key, RedisLink.bytes("-"), RedisLink.bytes("+"));
        List<?> about = (List<?>) link.ask(Command.XINFO, RedisLink.bytes("STREAM"), key);
        List<?> groups = (List<?>) link.ask(Command.XINFO, RedisLink.bytes("GROUPS"), key);
        if (entries == null || about == null || groups == null) {
            return null;
        }
        MessageDigest all = ContentDigest.sha256();
        for (Object entry : entries) {
            List<?> idAndFields = (List<?>) entry;
            List<?> fields = (List<?>) idAndFields.get(1);
            all.update((byte) 'e');
            ContentDigest.field(all, (byte[]) idAndFields.get(0));
            ContentDigest.number(all, fields.size());
            fields.forEach(field -> ContentDigest.field(all, (byte[]) field));
        }
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
    private byte[] module(byte[] key) {
        byte[] dump = (byte[]) link.ask(Command.DUMP, key);
        return dump == null || dump.length < Dump.FOOTER
                ? null
                : ContentDigest.sha256().digest(Arrays.copyOf(dump, dump.length - Dump.FOOTER));
    }
}
