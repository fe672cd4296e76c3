package dev.ngbak.archive;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Names the purpose of each bit of a gzip member: a minimal inflater (RFC 1951) that records why it reads each bit. */
final class GzipPlaces {

    private static final int[] LENGTH_BITS = {
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0
    };
    private static final int[] DISTANCE_BITS = {
        0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13
    };
    private static final int[] ORDER = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

    private final byte[] bytes;
    private final String[] places;
    private int bit;

    private GzipPlaces(byte[] bytes) {
        this.bytes = bytes;
        this.places = new String[bytes.length * 8];
    }

    /** Returns the name of each bit, lowest bit of a byte first. The header must not have optional fields. */
    static String[] of(byte[] member) {
        GzipPlaces map = new GzipPlaces(member);
        map.field(2, "gzip: magic");
        map.field(1, "gzip: CM");
        map.bits(1, "gzip: FLG.FTEXT");
        map.bits(7, "gzip: FLG but FTEXT");
        map.field(4, "gzip: MTIME");
        map.field(1, "gzip: XFL");
        map.field(1, "gzip: OS");
        map.deflate();
        map.field(8, "gzip: CRC32 and ISIZE");
        if (map.bit != member.length * 8) {
            throw new IllegalStateException("the member ends at bit " + map.bit);
        }
        return map.places;
    }

    private void field(int size, String place) {
        for (int i = 0; i < size; i++) {
            bits(8, place);
        }
    }

    private int bits(int count, String place) {
        int value = 0;
        for (int i = 0; i < count; i++, bit++) {
            places[bit] = place;
            value |= (bytes[bit >> 3] >> (bit & 7) & 1) << i;
        }
        return value;
    }

    private void deflate() {
        boolean last = false;
        while (!last) {
            last = bits(1, "deflate: block header") == 1;
            switch (bits(2, "deflate: block header")) {
                case 0 -> stored();
                case 1 -> {
                    int[] lengths = new int[288];
                    Arrays.fill(lengths, 0, 144, 8);
                    Arrays.fill(lengths, 144, 256, 9);
                    Arrays.fill(lengths, 256, 280, 7);
                    Arrays.fill(lengths, 280, 288, 8);
                    int[] distances = new int[30];
                    Arrays.fill(distances, 5);
                    compressed(lengths, distances);
                }
                case 2 -> dynamic();
                default -> throw new IllegalStateException("a block of type 3");
            }
        }
        pad("deflate: bits after the last block");
    }

    private void pad(String place) {
        bits(-bit & 7, place);
    }

    private void stored() {
        int from = bit;
        pad("");
        int length = bits(16, "deflate: length of a stored block");
        bits(16, "deflate: length of a stored block");
        String place = length == 0 ? "deflate: padding in a full flush" : "deflate: padding in a stored block";
        Arrays.fill(places, from, from + (-from & 7), place);
        field(length, "deflate: stored bytes");
    }

    private void dynamic() {
        String place = "deflate: code lengths";
        int literals = bits(5, place) + 257;
        int distances = bits(5, place) + 1;
        int codes = bits(4, place) + 4;
        int[] order = new int[19];
        for (int i = 0; i < codes; i++) {
            order[ORDER[i]] = bits(3, place);
        }
        List<Integer> lengths = new ArrayList<>();
        while (lengths.size() < literals + distances) {
            int symbol = symbol(order, place);
            int repeated = symbol == 16 ? lengths.get(lengths.size() - 1) : symbol < 16 ? symbol : 0;
            int times = symbol < 16
                    ? 1
                    : symbol == 16 ? 3 + bits(2, place) : symbol == 17 ? 3 + bits(3, place) : 11 + bits(7, place);
            for (int i = 0; i < times; i++) {
                lengths.add(repeated);
            }
        }
        int[] all = lengths.stream().mapToInt(Integer::intValue).toArray();
        compressed(Arrays.copyOf(all, literals), Arrays.copyOfRange(all, literals, all.length));
    }

    private void compressed(int[] literals, int[] distances) {
        while (true) {
            int from = bit;
            int symbol = symbol(literals, "deflate: literals");
            if (symbol == 256) {
                Arrays.fill(places, from, bit, "deflate: end of block");
                return;
            }
            if (symbol > 256) {
                Arrays.fill(places, from, bit, "deflate: length of a match");
                bits(LENGTH_BITS[symbol - 257], "deflate: length of a match");
                bits(DISTANCE_BITS[symbol(distances, "deflate: distance of a match")], "deflate: distance of a match");
            }
        }
    }

    /** Builds the canonical Huffman codes, shortest first (RFC 1951 §3.2.2). */
    private int symbol(int[] lengths, String place) {
        int code = 0;
        int first = 0;
        for (int length = 1; length <= 15; length++) {
            code |= bits(1, place);
            int count = 0;
            for (int symbol = 0; symbol < lengths.length; symbol++) {
                if (lengths[symbol] == length) {
                    if (code == first + count) {
                        return symbol;
                    }
                    count++;
                }
            }
            first = (first + count) << 1;
            code <<= 1;
        }
        throw new IllegalStateException("an invalid code");
    }
}
