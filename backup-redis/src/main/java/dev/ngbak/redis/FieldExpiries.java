package dev.ngbak.redis;

import dev.ngbak.spi.ContentDigest;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The fields of a hash that expire by themselves: when, and what each adds to the content of the hash. With it, a restore
 * proves that only expired fields are missing.
 *
 * @param packed for each field its expiry and 32 bytes; in front one byte that is 1 if all fields of the hash expire
 */
record FieldExpiries(byte[] packed) {

    /** The latest expiry of a field that Redis accepts. Valkey accepts later ones. */
    private static final long MAX_EXPIRY = (1L << 46) - 1;

    private static final int FIELD_BYTES = Long.BYTES + 32;

    /** Returns the number of fields that had expired at a time. */
    long expired(long now) {
        long expired = 0;
        for (ByteBuffer in = fields(); in.hasRemaining(); in.position(in.position() + FIELD_BYTES)) {
            expired += in.getLong(in.position()) <= now ? 1 : 0;
        }
        return expired;
    }

    /** Returns whether commands of every product accept all expiries. */
    boolean arePortable() {
        return expired(MAX_EXPIRY) == count();
    }

    private int count() {
        return (packed.length - 1) / FIELD_BYTES;
    }

    /** Returns whether the hash does not exist any more at a time, because all of its fields had expired. */
    boolean allExpired(long now) {
        return packed[0] == 1 && expired(now) == count();
    }

    /** Adds the part of the content that the fields had which had expired at a time. */
    byte[] withExpired(byte[] content, long now) {
        ContentDigest sum = new ContentDigest();
        sum.add(content);
        byte[] share = new byte[32];
        for (ByteBuffer in = fields(); in.hasRemaining(); ) {
            boolean isExpired = in.getLong() <= now;
            in.get(share);
            if (isExpired) {
                sum.add(share);
            }
        }
        return DumpContent.bytes(sum);
    }

    private ByteBuffer fields() {
        return ByteBuffer.wrap(packed, 1, packed.length - 1);
    }

    /** Collects the fields of a hash. */
    static final class Builder {
        private byte[] packed = new byte[1];
        private int used = 1;
        private boolean allExpire = true;

        /** @throws ValueTooLargeException if the fields do not fit into memory */
        void add(long expires, byte[] share) throws ValueTooLargeException {
            if (expires == KeyValue.NEVER) {
                allExpire = false;
                return;
            }
            if (used > ValueLimit.MAX_VALUE_BYTES) {
                throw new ValueTooLargeException(used);
            }
            if (packed.length - used < FIELD_BYTES) {
                packed = Arrays.copyOf(packed, used + used / 2 + FIELD_BYTES);
            }
            ByteBuffer.wrap(packed, used, FIELD_BYTES).putLong(expires).put(share);
            used += FIELD_BYTES;
        }

        /** Returns the fields, or {@code null} if none expires. */
        FieldExpiries build() {
            if (used == 1) {
                return null;
            }
            byte[] exact = Arrays.copyOf(packed, used);
            exact[0] = (byte) (allExpire ? 1 : 0);
            return new FieldExpiries(exact);
        }
    }
}
