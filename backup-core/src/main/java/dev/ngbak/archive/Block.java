package dev.ngbak.archive;

/** About a megabyte on its way into an archive: filled by one thread, compressed by another, written by the first. */
final class Block {

    static final int SIZE = 1 << 20;

    final byte[] raw = new byte[SIZE];
    int length;

    byte[] packed = new byte[SIZE + (SIZE >> 7) + 1024];
    int packedLength;
    long crc;
}
