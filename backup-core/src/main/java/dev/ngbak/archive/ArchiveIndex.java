package dev.ngbak.archive;

import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Where the packed blocks of an archive begin, as far as a pass over it has come. A later pass that is given it goes
 * straight to the files it wants, and unpacks nothing of those between. Some 150 bytes for each megabyte that is packed.
 *
 * <p>It belongs to one file, which is not to change. Were it to change all the same, no block would be found where one was,
 * the ordinary reader would go on from the file's start, and the files that are read have their digests checked as ever. For
 * one pass at a time.
 */
public final class ArchiveIndex {

    /**
     * A block.
     *
     * @param packed where it begins in the file
     * @param crc the CRC-32 of all that is unpacked before it
     */
    record Place(long packed, long crc) {}

    private final NavigableMap<Long, Place> places = new TreeMap<>();
    private final NavigableSet<Long> beginnings = new TreeSet<>();

    void note(long position, Place place) {
        places.put(position, place);
        beginnings.add(place.packed());
    }

    /** The last known block that begins at or before a position in the unpacked bytes, by its own position. */
    Map.Entry<Long, Place> at(long position) {
        return places.floorEntry(position);
    }

    /**
     * Where the known block behind a place in the file begins, or {@code null}. The block at that place ends there, since a
     * pass meets blocks one behind the other.
     */
    Long behind(long packed) {
        return beginnings.higher(packed);
    }
}
