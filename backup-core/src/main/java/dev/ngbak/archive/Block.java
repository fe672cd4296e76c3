package dev.ngbak.archive;

/** A part of the tar on its way into or out of an archive. One thread fills it; another packs or unpacks it. */
final class Block {

    static final int SIZE = 1 << 20;

    /** The number of the block in its file. */
    int number;

    final byte[] raw = new byte[SIZE];

    /** The number of raw bytes; -1 if the packed bytes cannot be unpacked. */
    int length;

    byte[] packed = new byte[SIZE + (SIZE >> 7) + 1024];
    int packedLength;
    long crc;
}
