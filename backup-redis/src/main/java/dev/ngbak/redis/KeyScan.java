package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/** Reads the keys in scope, in batches, into a side table. SCAN may give a key twice; the later reading is the one that counts. */
final class KeyScan {

    /** How much of each key is read. */
    enum Depth {
        NAMES,
        CONTENTS,
        VALUES
    }

    private static final byte[] COUNT = RedisLink.bytes(500);
    private static final long BATCH_BYTES = 4 << 20;

    private final RedisLink link;
    private final byte[] prefix;
    private final boolean absolute;
    private final LogicalContent logical;
    private long gone;
    private int rdbVersion;

    KeyScan(RedisLink link, RedisSettings settings) {
        this.link = link;
        this.prefix = settings.prefixBytes();
        this.absolute = link.isAtLeast(7, 0);
        this.logical = new LogicalContent(link);
    }

    /** How many keys were gone when their values were to be read. */
    long gone() {
        return gone;
    }

    /** The highest RDB version of the DUMPs that were read, or 0 for none. */
    int rdbVersion() {
        return rdbVersion;
    }

    /** Whether the server tells when a key expires, and not only how long it has left. */
    boolean absolute() {
        return absolute;
    }

    void run(Spill spill, Depth depth, Meter meter) throws IOException {
        byte[] cursor = RedisLink.bytes(0);
        do {
            List<?> reply = (List<?>) link.call(
                    Command.SCAN, cursor, RedisLink.bytes("MATCH"), pattern(prefix), RedisLink.bytes("COUNT"), COUNT);
            cursor = (byte[]) reply.get(0);
            List<byte[]> keys = new ArrayList<>();
            for (Object key : (List<?>) reply.get(1)) {
                keys.add((byte[]) key);
            }
            if (depth == Depth.NAMES) {
                for (byte[] key : keys) {
                    spill.add(KeyName.sortable(rest(key)), new byte[0]);
                    meter.passed(key.length);
                }
            } else {
                read(keys, spill, depth == Depth.VALUES, meter);
            }
        } while (!Arrays.equals(cursor, RedisLink.bytes(0)));
        meter.tell();
    }

    /** Walks over keys of the server until one satisfies. */
    boolean any(byte[] begin, Predicate<byte[]> wanted) {
        byte[] cursor = RedisLink.bytes(0);
        do {
            List<?> reply = (List<?>) link.call(
                    Command.SCAN, cursor, RedisLink.bytes("MATCH"), pattern(begin), RedisLink.bytes("COUNT"), COUNT);
            cursor = (byte[]) reply.get(0);
            for (Object key : (List<?>) reply.get(1)) {
                if (wanted.test((byte[]) key)) {
                    return true;
                }
            }
        } while (!Arrays.equals(cursor, RedisLink.bytes(0)));
        return false;
    }

    /** First how long the strings are, so that no batch of replies is larger than is good for the server and for us. */
    private void read(List<byte[]> keys, Spill spill, boolean keep, Meter meter) throws IOException {
        keys.forEach(key -> link.send(Command.STRLEN, key));
        List<byte[]> strings = new ArrayList<>();
        List<byte[]> others = new ArrayList<>();
        List<Long> lengths = new ArrayList<>();
        for (byte[] key : keys) {
            Object length = link.receiveAny();
            if (length instanceof Long bytes) {
                checkLength(key, bytes);
                strings.add(key);
                lengths.add(bytes);
            } else if (isWrongType(length)) {
                others.add(key);
            } else {
                throw link.explain((JedisDataException) length);
            }
        }
        int from = 0;
        long bytes = 0;
        for (int i = 0; i < strings.size(); i++) {
            bytes += lengths.get(i);
            if (bytes >= BATCH_BYTES || i == strings.size() - 1) {
                readStrings(strings.subList(from, i + 1), others, spill, keep, meter);
                from = i + 1;
                bytes = 0;
            }
        }
        for (byte[] key : others) {
            readOther(key, spill, keep, meter);
        }
    }

    private void readStrings(List<byte[]> keys, List<byte[]> others, Spill spill, boolean keep, Meter meter)
            throws IOException {
        long now = absolute ? 0 : link.now();
        for (byte[] key : keys) {
            link.send(Command.GET, key);
            sendExpiry(key);
        }
        for (byte[] key : keys) {
            Object value = link.receiveAny();
            long expires = expiry(now);
            if (value instanceof byte[] bytes) {
                put(key, KeyValue.string(bytes, expires, keep), spill, meter);
            } else if (value == null) {
                gone++;
            } else if (isWrongType(value)) {
                others.add(key);
            } else {
                throw link.explain((JedisDataException) value);
            }
        }
    }

    private void readOther(byte[] key, Spill spill, boolean keep, Meter meter) throws IOException {
        String type = RedisLink.text(link.call(Command.TYPE, key));
        if (type.equals("none")) {
            gone++;
            return;
        }
        if (type.equals(KeyValue.STRING)) {
            readStrings(List.of(key), new ArrayList<>(), spill, keep, meter);
            return;
        }
        byte[] content = logical.of(key, type);
        long now = absolute ? 0 : link.now();
        byte[] dump = keep ? (byte[]) link.call(Command.DUMP, key) : new byte[0];
        sendExpiry(key);
        long expires = expiry(now);
        if (content == null || dump == null) {
            gone++;
            return;
        }
        if (keep) {
            rdbVersion = Math.max(rdbVersion, Dump.version(dump));
        }
        put(key, new KeyValue(type, expires, content, dump), spill, meter);
    }

    private void put(byte[] key, KeyValue value, Spill spill, Meter meter) throws IOException {
        spill.add(KeyName.sortable(rest(key)), value.packed());
        meter.passed(key.length + (long) value.value().length);
    }

    private void sendExpiry(byte[] key) {
        link.send(absolute ? Command.PEXPIRETIME : Command.PTTL, key);
    }

    private long expiry(long now) {
        long told = (Long) link.receive();
        return told < 0 ? KeyValue.NEVER : now + told;
    }

    private byte[] rest(byte[] key) {
        return Arrays.copyOfRange(key, prefix.length, key.length);
    }

    private static boolean isWrongType(Object reply) {
        return reply instanceof JedisDataException e
                && String.valueOf(e.getMessage()).startsWith("WRONGTYPE");
    }

    /** One value at a time must fit into memory, beside what else is in flight. */
    private static void checkLength(byte[] key, long bytes) {
        long most = Runtime.getRuntime().maxMemory() / 6;
        if (bytes > most) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The key " + RedisFailures.shown(RedisLink.text(key)) + " has a value of " + bytes
                            + " bytes, too much for the memory that Java has. Nothing was backed up",
                    "Give Java at least " + (6 * bytes >> 20) + " MiB (-Xmx in NGBAK_JAVA_OPTS)");
        }
    }

    /** The glob for keys that begin so. */
    private static byte[] pattern(byte[] begin) {
        ByteArrayOutputStream pattern = new ByteArrayOutputStream();
        for (byte b : begin) {
            if ("*?[]\\^-".indexOf(b) >= 0) {
                pattern.write('\\');
            }
            pattern.write(b);
        }
        pattern.write('*');
        return pattern.toByteArray();
    }
}
