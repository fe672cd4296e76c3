package dev.ngbak.archive;

/**
 * Computes the CRC-32 of two joined byte sequences from the CRC-32 of each and the length of the second. Several
 * threads can therefore compute the CRC-32 of one block each, although the trailer contains only that of all blocks. A
 * CRC is a polynomial over GF(2) modulo P(x); appending n bytes multiplies it by x<sup>8n</sup> (RFC 1952 §8 for the
 * polynomial and its bit order).
 */
final class Crc32Combiner {

    /** The polynomial of RFC 1952, lowest power in the highest bit. */
    private static final int POLYNOMIAL = 0xedb88320;

    /** x<sup>2^n</sup> modulo P for n = 0 … 31. The table is a cycle: 31 squarings give x again. */
    private static final int[] POWERS = new int[32];

    static {
        int power = 1 << 30;
        for (int n = 0; n < POWERS.length; n++) {
            POWERS[n] = power;
            power = multiply(power, power);
        }
    }

    private Crc32Combiner() {}

    static long combine(long first, long second, long secondLength) {
        int shift = 1 << 31; // the polynomial 1
        int n = 3; // 8 bits per byte
        for (long rest = secondLength; rest != 0; rest >>>= 1, n++) {
            if ((rest & 1) != 0) {
                shift = multiply(POWERS[n & 31], shift);
            }
        }
        return (multiply(shift, (int) first) ^ (int) second) & 0xffffffffL;
    }

    private static int multiply(int a, int b) {
        int product = 0;
        for (int mask = 1 << 31; mask != 0; mask >>>= 1) {
            if ((a & mask) != 0) {
                product ^= b;
            }
            b = (b & 1) != 0 ? (b >>> 1) ^ POLYNOMIAL : b >>> 1;
        }
        return product;
    }
}
