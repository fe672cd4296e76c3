package dev.ngbak.redis;

/**
 * The payload of the DUMP command: a value, two bytes with its RDB version, and eight bytes with a CRC-64, all
 * little-endian.
 */
final class Dump {

    static final int FOOTER_BYTES = 10;

    private static final int CRC_BYTES = 8;

    /** The CRC-64 of Redis: the polynomial of Jones, reflected, initial value 0. */
    private static final long POLYNOMIAL = 0x95ac9329ac4bc9b5L;

    private static final long[] CRC_TABLE = new long[256];

    static {
        for (int i = 0; i < CRC_TABLE.length; i++) {
            long crc = i;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) == 0 ? crc >>> 1 : crc >>> 1 ^ POLYNOMIAL;
            }
            CRC_TABLE[i] = crc;
        }
    }

    private Dump() {}

    /** Returns the RDB version of a payload. */
    static int version(byte[] dump) {
        int at = dump.length - FOOTER_BYTES;
        return dump[at] & 0xff | (dump[at + 1] & 0xff) << 8;
    }

    /** Returns whether the checksum matches. A checksum of zeros means that there is none. */
    static boolean isIntact(byte[] dump) {
        if (dump.length <= FOOTER_BYTES) {
            return false;
        }
        long stored = 0;
        for (int i = dump.length - 1; i >= dump.length - CRC_BYTES; i--) {
            stored = stored << 8 | dump[i] & 0xff;
        }
        return stored == 0 || stored == crc(dump);
    }

    /**
     * Returns a payload that no server can load: it has an RDB version and a valid checksum, but its value is of an
     * unknown type.
     */
    static byte[] unloadable(int version) {
        byte[] dump = new byte[1 + FOOTER_BYTES];
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

    /** Returns the checksum of everything in front of the stored checksum. */
    private static long crc(byte[] dump) {
        long crc = 0;
        for (int i = 0; i < dump.length - CRC_BYTES; i++) {
            crc = CRC_TABLE[(int) (crc ^ dump[i]) & 0xff] ^ crc >>> 8;
        }
        return crc;
    }
}
