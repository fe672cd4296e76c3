package dev.ngbak.redis;

import dev.ngbak.spi.support.ExternalSorter;
import dev.ngbak.spi.support.TempFiles;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A table of keys on disk, with or without values. A walk visits each key once, sorted by namespace and id; the namespace
 * {@code _other} is the last.
 */
final class KeyTable implements Closeable {

    private static final byte[] NO_VALUE = new byte[0];

    /** Combines two values that were added for one key. */
    @FunctionalInterface
    interface Merge {
        KeyValue merge(byte[] suffix, KeyValue earlier, KeyValue later) throws IOException;
    }

    private final ExternalSorter sorter;

    KeyTable(TempFiles files) {
        this.sorter = new ExternalSorter(files);
    }

    /** Adds a key without a value. */
    void add(byte[] suffix) throws IOException {
        sorter.add(sortKey(suffix), NO_VALUE);
    }

    /**
     * Adds a key and its value.
     *
     * @param withBytes whether the table keeps the bytes of the value, or only their digest
     */
    void add(byte[] suffix, KeyValue value, boolean withBytes) throws IOException {
        sorter.add(sortKey(suffix), packed(value, withBytes && value.bytes() != null));
    }

    /** Returns the number of keys that were added, including repeated ones. */
    long count() {
        return sorter.count();
    }

    /** Returns a walk in which the last value of a repeated key counts. */
    Walk walk() throws IOException {
        return walk((suffix, earlier, later) -> later);
    }

    Walk walk(Merge merge) throws IOException {
        return new Walk(sorter.sorted(), merge);
    }

    @Override
    public void close() throws IOException {
        sorter.close();
    }

    /** A walk over the keys, in order. */
    static final class Walk implements KeyWalk {
        private final ExternalSorter.Sorted sorted;
        private final Merge merge;
        private boolean more;
        private byte[] suffix;
        private KeyValue value;

        private Walk(ExternalSorter.Sorted sorted, Merge merge) throws IOException {
            this.sorted = sorted;
            this.merge = merge;
            this.more = sorted.next();
        }

        @Override
        public boolean next() throws IOException {
            if (!more) {
                return false;
            }
            byte[] sortKey = sorted.key();
            suffix = Arrays.copyOfRange(sortKey, 1, sortKey.length);
            value = unpacked(sorted.value());
            more = sorted.next();
            while (more && Arrays.equals(sorted.key(), sortKey)) {
                value = merge.merge(suffix, value, unpacked(sorted.value()));
                more = sorted.next();
            }
            return true;
        }

        @Override
        public byte[] suffix() {
            return suffix;
        }

        /** Returns the value, or {@code null} if the key was added without one. */
        @Override
        public KeyValue value() {
            return value;
        }
    }

    /** Compares two keys as a walk orders them. */
    static int compare(byte[] suffix, byte[] other) {
        return Arrays.compareUnsigned(sortKey(suffix), sortKey(other));
    }

    private static byte[] sortKey(byte[] suffix) {
        byte[] sortKey = new byte[suffix.length + 1];
        sortKey[0] = (byte) (KeyName.of(suffix).namespace().equals(KeyName.OTHER) ? 1 : 0);
        System.arraycopy(suffix, 0, sortKey, 1, suffix.length);
        return sortKey;
    }

    /**
     * Encodes a value: expiry, type, fields that expire, whether the bytes follow, and the bytes or the content digest. A
     * length precedes the type and the fields.
     */
    private static byte[] packed(KeyValue value, boolean withBytes) {
        byte[] type = RedisConnection.bytes(value.type());
        byte[] tail = withBytes ? value.bytes() : value.contentDigest();
        byte[] fields = value.fields() == null ? NO_VALUE : value.fields().packed();
        return ByteBuffer.allocate(Long.BYTES + 2 * Integer.BYTES + type.length + fields.length + 1 + tail.length)
                .putLong(value.expires())
                .putInt(type.length)
                .put(type)
                .putInt(fields.length)
                .put(fields)
                .put((byte) (withBytes ? 1 : 0))
                .put(tail)
                .array();
    }

    private static KeyValue unpacked(byte[] packed) {
        if (packed.length == 0) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(packed);
        long expires = in.getLong();
        byte[] type = new byte[in.getInt()];
        in.get(type);
        byte[] fields = new byte[in.getInt()];
        in.get(fields);
        boolean withBytes = in.get() == 1;
        byte[] tail = new byte[in.remaining()];
        in.get(tail);
        return new KeyValue(
                RedisConnection.text(type),
                expires,
                withBytes ? null : tail,
                withBytes ? tail : null,
                fields.length == 0 ? null : new FieldExpiries(fields),
                false);
    }
}
