package dev.ngbak.archive;

/** About a megabyte on its way into an archive or out of it: filled by one thread, packed or unpacked by another. */
final class Block {

    static final int SIZE = 1 << 20;

    /** Its place in its file. */
    int number;

    /** Where it begins in the archive that it is read from. */
    long place;

    final byte[] raw = new byte[SIZE];

    /** Of the raw bytes; -1 where the packed ones cannot be unpacked. */
    int length;

    byte[] packed = new byte[SIZE + (SIZE >> 7) + 1024];
    int packedLength;
    long crc;
}
