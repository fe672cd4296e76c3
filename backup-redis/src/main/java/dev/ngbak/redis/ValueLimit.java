package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;

/**
 * States how large a key and its value may be. One value at a time is held in memory, by an export, by the check of an
 * archive and by a restore, so one limit is good for all three: what is exported in a Java of some size can be verified
 * and restored in a Java of that size.
 */
final class ValueLimit {

    /** A reader holds a value up to three times for a moment; the rest is for everything else. */
    private static final int SHARE = 6;

    /** The largest value: the bytes of a string, or of the DUMP of another type. */
    static final long BYTES = Runtime.getRuntime().maxMemory() / SHARE;

    /** The longest key. Keys are sorted, so that several of them are in memory at once. */
    static final long KEY = BYTES / 8;

    private ValueLimit() {}

    /**
     * Makes the failure for a value that is larger than {@link #BYTES}.
     *
     * @param key the key as it may stand in a message
     * @param bytes how large its value is
     */
    static BackupException exceeded(String key, long bytes) {
        return failure(
                "The value of the key " + key + " has " + bytes + " bytes, and Java has memory for values of up to "
                        + BYTES + " bytes, a sixth of all",
                bytes);
    }

    /**
     * Makes the failure for a key that takes more memory in Redis than Java has at all.
     *
     * @param key the key as it may stand in a message
     * @param bytes what MEMORY USAGE says of it
     */
    static BackupException exceededInRedis(String key, long bytes) {
        return failure(
                "The key " + key + " takes " + bytes + " bytes of memory in Redis, and Java has " + BYTES * SHARE
                        + " in all",
                bytes);
    }

    /** Makes the failure for a key that is longer than {@link #KEY}. */
    static BackupException longKey(String key, long bytes) {
        return failure(
                "The key " + key + " has " + bytes + " bytes itself, and Java has memory for keys of up to " + KEY
                        + " bytes",
                8 * bytes);
    }

    /** The heap is a little smaller than what -Xmx says. */
    private static BackupException failure(String problem, long bytes) {
        long mebibytes = (bytes / 100 * (SHARE * 105) >> 20) + 1;
        return new BackupException(
                Kind.INCOMPATIBLE,
                problem,
                "Give Java at least " + mebibytes + " MiB (NGBAK_JAVA_OPTS=-Xmx" + mebibytes
                        + "m), or shorten the value");
    }
}
