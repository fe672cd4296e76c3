package dev.ngbak.redis;

import java.util.Map;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/** The payload of DUMP: a value, two bytes of its RDB version, and eight of a CRC-64, all little-endian. */
final class Dump {

    static final int FOOTER = 10;

    /** CRC-64 as Redis has it: the polynomial of Jones, reflected, from 0. */
    private static final long POLYNOMIAL = 0x95ac9329ac4bc9b5L;

    private static final long[] TABLE = new long[256];

    static {
        for (int i = 0; i < TABLE.length; i++) {
            long crc = i;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) == 0 ? crc >>> 1 : crc >>> 1 ^ POLYNOMIAL;
            }
            TABLE[i] = crc;
        }
    }

    private Dump() {}

    static int version(byte[] dump) {
        int at = dump.length - FOOTER;
        return dump[at] & 0xff | (dump[at + 1] & 0xff) << 8;
    }

    /** Whether the checksum is right; one of zeros is none. */
    static boolean isWhole(byte[] dump) {
        if (dump.length < FOOTER + 1) {
            return false;
        }
        long told = 0;
        for (int i = dump.length - 1; i >= dump.length - 8; i--) {
            told = told << 8 | dump[i] & 0xff;
        }
        long crc = 0;
        for (int i = 0; i < dump.length - 8; i++) {
            crc = TABLE[(int) (crc ^ dump[i]) & 0xff] ^ crc >>> 8;
        }
        return told == 0 || told == crc;
    }

    /** The highest RDB version that a server reads: from its own hand where it can show one, else by its version. */
    static int versionOf(RedisLink link, Map<String, String> info) {
        link.send(Command.FUNCTION, RedisLink.bytes("DUMP"));
        Object functions = link.receiveAny();
        if (functions instanceof byte[] dump && dump.length >= FOOTER) {
            return version(dump);
        }
        link.send(Command.RANDOMKEY);
        Object key = link.receiveAny();
        if (!(key instanceof JedisDataException) && key != null) {
            link.send(Command.DUMP, (byte[]) key);
            if (link.receiveAny() instanceof byte[] dump) {
                return version(dump);
            }
        }
        String version = info.getOrDefault("redis_version", "0");
        if (version.matches("[0-4]\\..*")) {
            return 8;
        }
        return version.matches("[56]\\..*")
                ? 9
                : version.matches("7\\.[01]\\..*") ? 10 : version.startsWith("7.2") ? 11 : 12;
    }
}
