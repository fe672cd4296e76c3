package dev.ngbak.files;

import java.io.IOException;
import java.security.MessageDigest;
import java.util.Arrays;

/** Decodes padded Base64 as it passes and cuts it into rows, each hashed and then told. */
final class Base64Rows implements JsonScanner.Bytes {

    /** Told of each row that is whole. */
    interface RowDone {
        void run() throws IOException;
    }

    private static final byte[] DIGITS = new byte[256];

    static {
        Arrays.fill(DIGITS, (byte) -1);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (int i = 0; i < alphabet.length(); i++) {
            DIGITS[alphabet.charAt(i)] = (byte) i;
        }
    }

    private final long rowLength;
    private final MessageDigest row;
    private final RowDone rowDone;
    private final byte[] decoded = new byte[3 << 14];
    private int size;
    private long inRow;
    private int bits;
    private int digits;
    private int padding;

    Base64Rows(long rowLength, MessageDigest row, RowDone rowDone) {
        this.rowLength = rowLength;
        this.row = row;
        this.rowDone = rowDone;
    }

    @Override
    public void accept(byte[] bytes, int offset, int length) throws IOException {
        for (int i = offset; i < offset + length; i++) {
            int digit = DIGITS[bytes[i] & 0xff];
            if (digit >= 0 && padding == 0) {
                bits = bits << 6 | digit;
                digits++;
            } else if (bytes[i] == '=' && digits + padding < 4 && digits >= 2) {
                padding++;
            } else {
                throw VectorRecords.notNano("its \"matrix\" is not Base64");
            }
            if (digits == 4) {
                put(3);
            }
        }
    }

    /** Ends the text: its padding must be right, and its last row whole. */
    void end() throws IOException {
        if (digits > 0) {
            int spare = 2 * padding;
            if (digits + padding != 4 || (bits & (1 << spare) - 1) != 0) {
                throw VectorRecords.notNano("its \"matrix\" is not Base64 with its padding");
            }
            bits <<= 6 * padding;
            put(3 - padding);
        }
        hash();
        if (inRow != 0) {
            throw VectorRecords.notNano("its \"matrix\" ends in the middle of a vector");
        }
    }

    private void put(int amount) throws IOException {
        if (size + 3 > decoded.length) {
            hash();
        }
        decoded[size] = (byte) (bits >> 16);
        decoded[size + 1] = (byte) (bits >> 8);
        decoded[size + 2] = (byte) bits;
        size += amount;
        bits = 0;
        digits = 0;
    }

    private void hash() throws IOException {
        int at = 0;
        while (at < size) {
            int amount = (int) Math.min(size - at, rowLength - inRow);
            row.update(decoded, at, amount);
            at += amount;
            inRow += amount;
            if (inRow == rowLength) {
                rowDone.run();
                inRow = 0;
            }
        }
        size = 0;
    }
}
