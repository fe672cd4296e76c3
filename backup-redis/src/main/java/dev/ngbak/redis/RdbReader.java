package dev.ngbak.redis;

import java.util.Arrays;

/**
 * Reads the parts of an encoded value, as Redis and Valkey write it to a DUMP. Never reads beyond the end, and never
 * allocates more than a malformed value can justify.
 */
final class RdbReader {

    /** LZF encodes at most this many bytes in one. */
    private static final int MAX_LZF_RATIO = 256;

    private static final int LENGTH_32 = 0x80;
    private static final int LENGTH_64 = 0x81;
    private static final int LZF = 3;

    private final byte[] bytes;
    private final int end;
    private int at;

    RdbReader(byte[] bytes, int from, int end) {
        this.bytes = bytes;
        this.at = from;
        this.end = end;
    }

    static UndecodableDumpException malformed() {
        return new UndecodableDumpException("is malformed");
    }

    boolean atEnd() {
        return at == end;
    }

    /** Returns the next byte without reading it. */
    int peek() throws UndecodableDumpException {
        require(1);
        return bytes[at] & 0xff;
    }

    int readByte() throws UndecodableDumpException {
        require(1);
        return bytes[at++] & 0xff;
    }

    void skip(long count) throws UndecodableDumpException {
        require(count);
        at += (int) count;
    }

    byte[] read(long count) throws UndecodableDumpException {
        require(count);
        at += (int) count;
        return Arrays.copyOfRange(bytes, at - (int) count, at);
    }

    /** Reads a little-endian number with a sign. */
    long littleEndian(int size) throws UndecodableDumpException {
        require(size);
        long number = 0;
        for (int i = size - 1; i >= 0; i--) {
            number = number << 8 | (bytes[at + i] & 0xff);
        }
        at += size;
        int unused = Long.SIZE - 8 * size;
        return number << unused >> unused;
    }

    /** Reads a big-endian number without a sign. */
    long bigEndian(int size) throws UndecodableDumpException {
        require(size);
        long number = 0;
        for (int i = 0; i < size; i++) {
            number = number << 8 | (bytes[at++] & 0xff);
        }
        return number;
    }

    /** Reads a number that is encoded as a length. It may use all 64 bits. */
    long number() throws UndecodableDumpException {
        int first = readByte();
        return switch (first >> 6) {
            case 0 -> first;
            case 1 -> (first & 0x3f) << 8 | readByte();
            case 2 ->
                switch (first) {
                    case LENGTH_32 -> bigEndian(4);
                    case LENGTH_64 -> bigEndian(8);
                    default -> throw malformed();
                };
            default -> throw malformed();
        };
    }

    /**
     * Reads the number of elements that follow.
     *
     * @param minBytes the least number of bytes of one element
     */
    int count(int minBytes) throws UndecodableDumpException {
        long count = number();
        if (count < 0 || count > (end - at) / minBytes) {
            throw malformed();
        }
        return (int) count;
    }

    /** Reads a string in any of its encodings. */
    byte[] string() throws UndecodableDumpException {
        if (peek() >> 6 != 3) {
            return read(number());
        }
        int encoding = readByte() & 0x3f;
        if (encoding == LZF) {
            long compressed = number();
            long size = number();
            require(compressed);
            if (size < 0 || size > compressed * MAX_LZF_RATIO || size > ValueLimit.MAX_VALUE_BYTES) {
                throw new UndecodableDumpException("contains a string that is too large");
            }
            return decompress((int) compressed, (int) size);
        }
        if (encoding > LZF) {
            throw malformed();
        }
        return decimal(littleEndian(1 << encoding));
    }

    /** Returns a reader of the bytes in a string. */
    RdbReader nested() throws UndecodableDumpException {
        byte[] blob = string();
        return new RdbReader(blob, 0, blob.length);
    }

    double binaryDouble() throws UndecodableDumpException {
        return Double.longBitsToDouble(littleEndian(8));
    }

    /** Reads a double as versions before RDB 8 spell it. */
    double textDouble() throws UndecodableDumpException {
        int length = readByte();
        return switch (length) {
            case 253 -> Double.NaN;
            case 254 -> Double.POSITIVE_INFINITY;
            case 255 -> Double.NEGATIVE_INFINITY;
            default -> parseScore(read(length));
        };
    }

    /** Parses a score that a list contains as text. */
    static double parseScore(byte[] text) throws UndecodableDumpException {
        try {
            return parseScore(RedisConnection.text(text));
        } catch (NumberFormatException e) {
            throw malformed();
        }
    }

    /** Parses a score as replies to commands spell it. */
    static double parseScore(String score) {
        return switch (score) {
            case "inf" -> Double.POSITIVE_INFINITY;
            case "-inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(score);
        };
    }

    static byte[] decimal(long number) {
        return RedisConnection.bytes(number);
    }

    private byte[] decompress(int compressed, int size) throws UndecodableDumpException {
        RdbReader in = new RdbReader(bytes, at, at + compressed);
        at += compressed;
        byte[] out = new byte[size];
        int written = 0;
        while (!in.atEnd()) {
            int control = in.readByte();
            if (control < 32) {
                byte[] literal = in.read(control + 1L);
                requireRoom(out, written, literal.length);
                System.arraycopy(literal, 0, out, written, literal.length);
                written += literal.length;
                continue;
            }
            int length = (control >> 5) + 2;
            if (length == 9) {
                length += in.readByte();
            }
            int from = written - ((control & 0x1f) << 8 | in.readByte()) - 1;
            requireRoom(out, written, length);
            if (from < 0) {
                throw malformed();
            }
            // The areas may overlap: the copy then repeats what it has just written.
            for (int i = 0; i < length; i++) {
                out[written++] = out[from + i];
            }
        }
        if (written != size) {
            throw malformed();
        }
        return out;
    }

    private static void requireRoom(byte[] out, int written, int length) throws UndecodableDumpException {
        if (length > out.length - written) {
            throw malformed();
        }
    }

    private void require(long count) throws UndecodableDumpException {
        if (count < 0 || count > end - at) {
            throw malformed();
        }
    }
}
