package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;

/**
 * The largest key and value that fit into memory. Exports, verifications and restores hold one value at a time and
 * share one limit, so a value that was exported can be verified and restored with the same heap size.
 */
final class ValueLimit {

    /**
     * The part of the heap that one value may take: a reader holds up to three copies of it for a moment, and
     * everything else needs memory, too.
     */
    private static final int HEAP_FRACTION = 6;

    /** The largest value: the bytes of a string, or of the DUMP of another type. */
    static final long MAX_VALUE_BYTES = Runtime.getRuntime().maxMemory() / HEAP_FRACTION;

    /** The longest key. The limit is lower than for values, because sorting holds several keys in memory. */
    static final long MAX_KEY_BYTES = MAX_VALUE_BYTES / 8;

    private ValueLimit() {}

    /**
     * Reports a value that is larger than {@link #MAX_VALUE_BYTES}.
     *
     * @param key the key as a message shows it
     */
    static BackupException valueTooLarge(String key, long bytes) {
        return failure(
                "The value of the key " + key + " has " + bytes
                        + " bytes. With the present heap of Java, values of up to " + MAX_VALUE_BYTES
                        + " bytes are supported",
                bytes);
    }

    /**
     * Reports a key that uses more memory in Redis than Java has in total.
     *
     * @param key the key as a message shows it
     */
    static BackupException keyTooLarge(String key, long bytes) {
        return failure(
                "The key " + key + " uses " + bytes + " bytes of memory in Redis, but Java has only "
                        + MAX_VALUE_BYTES * HEAP_FRACTION + " bytes in total",
                bytes);
    }

    /**
     * Reports a key that is longer than {@link #MAX_KEY_BYTES}.
     *
     * @param key the key as a message shows it
     */
    static BackupException keyTooLong(String key, long bytes) {
        return failure(
                "The name of the key " + key + " has " + bytes
                        + " bytes. With the present heap of Java, names of up to " + MAX_KEY_BYTES
                        + " bytes are supported",
                MAX_VALUE_BYTES / MAX_KEY_BYTES * bytes);
    }

    /**
     * Returns the failure, whose remedy names the heap size that is needed. Adds 5 % to that size, because the heap is a
     * little smaller than the value of -Xmx.
     */
    private static BackupException failure(String problem, long bytes) {
        long mebibytes = (bytes / 100 * (HEAP_FRACTION * 105) >> 20) + 1;
        return new BackupException(
                Kind.INCOMPATIBLE,
                problem,
                "Give Java at least " + mebibytes + " MiB (NGBAK_JAVA_OPTS=-Xmx" + mebibytes
                        + "m), or shorten the value");
    }
}
