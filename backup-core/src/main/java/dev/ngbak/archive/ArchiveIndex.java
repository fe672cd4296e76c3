package dev.ngbak.archive;

import java.util.Arrays;

/**
 * Where the packed blocks of an archive begin, as far as a pass over it has come. A later pass that is given it goes
 * straight to the files it wants, and unpacks nothing of those between. 20 bytes for each block, and never more than
 * {@link #MOST_BLOCKS} of them: later passes find the blocks behind these as a first pass does.
 *
 * <p>It belongs to one file, which is not to change. Were it to change all the same, no block would be found where one was,
 * the ordinary reader would go on from the file's start, and the files that are read have their digests checked as ever. For
 * one pass at a time.
 */
public final class ArchiveIndex {

    /** A tar of 256 GiB in blocks as large as they are written, and at most 5 MiB of memory. */
    static final int MOST_BLOCKS = 1 << 18;

    /**
     * A block.
     *
     * @param position where its bytes begin in the tar
     * @param packed where it begins in the file
     * @param crc the CRC-32 of all that is unpacked before it
     */
    record Place(long position, long packed, long crc) {}

    private long[] positions = new long[16];
    private long[] packed = new long[16];
    private int[] crcs = new int[16];
    private int size;

    /** Adds a block. Does nothing if that block or a later one is known. */
    void note(Place place) {
        if (size == MOST_BLOCKS || (size > 0 && place.packed() <= packed[size - 1])) {
            return;
        }
        if (size == packed.length) {
            positions = Arrays.copyOf(positions, 2 * size);
            packed = Arrays.copyOf(packed, 2 * size);
            crcs = Arrays.copyOf(crcs, 2 * size);
        }
        positions[size] = place.position();
        packed[size] = place.packed();
        crcs[size] = (int) place.crc();
        size++;
    }

    /** The last known block that begins at or before a position in the tar, or {@code null}. */
    Place at(long position) {
        int found = atOrBefore(positions, position);
        return found < 0 ? null : new Place(positions[found], packed[found], crcs[found] & 0xffffffffL);
    }

    /**
     * Where the known block behind a place in the file begins, or -1. The block at that place ends there, since a
     * pass meets blocks one behind the other.
     */
    long nextBlockAfter(long place) {
        int next = atOrBefore(packed, place) + 1;
        return next == size ? -1 : packed[next];
    }

    /** The last index whose value is not above a limit, or -1. */
    private int atOrBefore(long[] sorted, long limit) {
        int found = Arrays.binarySearch(sorted, 0, size, limit);
        // A block without content has the position of the next one; the last of them is the one that has it.
        while (found >= 0 && found + 1 < size && sorted[found + 1] == limit) {
            found++;
        }
        return found >= 0 ? found : -found - 2;
    }
}
