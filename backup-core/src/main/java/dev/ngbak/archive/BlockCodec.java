package dev.ngbak.archive;

import java.io.IOException;
import java.io.InputStream;

/**
 * One form of compression. Blocks are compressed independently, on several threads, and written one after the other.
 * Stateless.
 */
interface BlockCodec {

    /** The number of spare bytes that {@link #unpack(Block)} needs after the packed bytes of a block. */
    int SPARE_BYTES = 2;

    /** Returns the bytes before the first block. */
    default byte[] head() {
        return new byte[0];
    }

    /** Compresses the raw bytes of a block into its packed bytes. */
    void pack(Block block);

    /** Returns the bytes after the last block, from the CRC-32 and the size of the whole tar. */
    default byte[] tail(long crc, long size) {
        return new byte[0];
    }

    /** Returns whether {@link #findBlockEnd} and {@link #unpack(Block)} work, so that several threads can unpack. */
    default boolean isParallel() {
        return true;
    }

    /**
     * Returns the offset at which the block that begins at {@code from} seems to end. The result may be too small,
     * because bytes inside a block can look like its end.
     *
     * @return -1 if the block does not end before {@code to}
     */
    int findBlockEnd(byte[] bytes, int from, int to);

    /** Unpacks the packed bytes of a block into its raw bytes. Sets its length to -1 if they are not exactly one block. */
    void unpack(Block block);

    /** Returns a stream that unpacks the output of any program, not only of this one. */
    InputStream unpack(InputStream in) throws IOException;
}
