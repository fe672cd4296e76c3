package dev.ngbak.redis;

import java.util.Map;
import redis.clients.jedis.Protocol.Command;

/** The payload of DUMP: a value, two bytes of its RDB version, and eight of a CRC-64, all little-endian. */
final class Dump {

    static final int FOOTER = 10;

    /** Of Redis 7.2 and Valkey 7.2 to 8. */
    private static final int LAST_COMMON = 11;

    /** Of Redis 8.10. */
    private static final int LAST_KNOWN = 15;

    /** Of Valkey 9. */
    private static final int FIRST_OF_VALKEY = 80;

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
        return told == 0 || told == crc(dump);
    }

    /** The checksum of a payload, whatever stands in its place. */
    private static long crc(byte[] dump) {
        long crc = 0;
        for (int i = 0; i < dump.length - 8; i++) {
            crc = TABLE[(int) (crc ^ dump[i]) & 0xff] ^ crc >>> 8;
        }
        return crc;
    }

    /** Whether a server reads an RDB version. */
    enum Reads {
        YES,
        NO,
        /** The server did not come to look at it. */
        UNTOLD;

        /** Reads it from the error with which a server refuses {@link Dump#unloadable}. */
        static Reads of(String error) {
            if (error.contains("Bad data format")) {
                return YES;
            }
            return error.contains("DUMP payload version") ? NO : UNTOLD;
        }
    }

    /** A payload of an RDB version, with the right checksum, whose value is of no type that there is. */
    static byte[] unloadable(int version) {
        byte[] dump = new byte[1 + FOOTER];
        dump[0] = (byte) 0xff;
        dump[1] = (byte) version;
        dump[2] = (byte) (version >> 8);
        long crc = crc(dump);
        for (int i = 3; i < dump.length; i++) {
            dump[i] = (byte) crc;
            crc >>>= 8;
        }
        return dump;
    }

    /**
     * Tells whether a server reads what another wrote, by the versions that both write. Up to {@link #LAST_COMMON} Redis
     * and Valkey are one; then come those of Redis alone, which Valkey calls foreign, and from {@link #FIRST_OF_VALKEY} on
     * those of Valkey alone.
     */
    static boolean isRead(int archived, int theirs) {
        return archived <= theirs && (archived <= LAST_COMMON || isOfValkey(archived) == isOfValkey(theirs));
    }

    private static boolean isOfValkey(int version) {
        return version >= FIRST_OF_VALKEY;
    }

    /** The RDB version that a server writes: from its own hand where it can show one, else by its version. */
    static int versionOf(RedisLink link, Map<String, String> info) {
        link.send(Command.FUNCTION, RedisLink.bytes("DUMP"));
        Object functions = link.receiveAny();
        if (functions instanceof byte[] dump && dump.length >= FOOTER) {
            return version(dump);
        }
        link.send(Command.RANDOMKEY);
        Object key = link.receiveAny();
        if (key instanceof byte[] name) {
            link.send(Command.DUMP, name);
            if (link.receiveAny() instanceof byte[] dump) {
                return version(dump);
            }
        }
        // Valkey says for ever that it is Redis 7.2.4.
        String valkey = info.get("valkey_version");
        if (valkey != null) {
            return valkey.matches("[78]\\..*") ? LAST_COMMON : valkey.matches("9\\.[01]\\..*") ? 80 : 81;
        }
        String version = info.getOrDefault("redis_version", "0");
        if (version.matches("[0-4]\\..*")) {
            return 8;
        }
        return version.matches("[56]\\..*")
                ? 9
                : version.matches("7\\.[01]\\..*") ? 10 : version.startsWith("7.2") ? LAST_COMMON : LAST_KNOWN;
    }
}
