package dev.ngbak.archive;

import java.util.Arrays;

/** Names the purpose of each bit of a sequence of zstd frames (RFC 8878 §3.1), down to the parts of a block. */
final class ZstdPlaces {

    private final byte[] bytes;
    private final String[] places;
    private int at;

    private ZstdPlaces(byte[] bytes) {
        this.bytes = bytes;
        this.places = new String[bytes.length * 8];
    }

    /** Returns the name of each bit, lowest bit of a byte first. The frames must not use dictionaries. */
    static String[] of(byte[] frames) {
        ZstdPlaces map = new ZstdPlaces(frames);
        while (map.at < frames.length) {
            map.frame();
        }
        return map.places;
    }

    private long field(int size, String place) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (bytes[at + i] & 0xffL) << (8 * i);
        }
        mark(size, place);
        return value;
    }

    private void mark(int size, String place) {
        Arrays.fill(places, at * 8, (at + size) * 8, place);
        at += size;
    }

    private void frame() {
        field(4, "zstd: magic");
        int descriptor = (int) field(1, "zstd: frame header");
        places[(at - 1) * 8 + 4] = "zstd: unused bit of the frame header";
        boolean single = (descriptor & 0x20) != 0;
        int flag = descriptor >> 6;
        if (!single) {
            field(1, "zstd: window");
        } else if (flag == 0) {
            places[(at - 1) * 8 + 5] = "zstd: single-segment flag before a size of one byte";
        }
        field(flag == 0 ? (single ? 1 : 0) : 1 << flag, "zstd: content size");
        boolean last = false;
        while (!last) {
            int header = (int) field(3, "zstd: block header");
            last = (header & 1) != 0;
            int size = header >> 3;
            switch (header >> 1 & 3) {
                case 0 -> mark(size, "zstd: raw block");
                case 1 -> mark(1, "zstd: repeated byte");
                case 2 -> block(at + size);
                default -> throw new IllegalStateException("a block of type 3");
            }
        }
        if ((descriptor & 4) != 0) {
            mark(4, "zstd: checksum");
        }
    }

    private void block(int end) {
        int type = bytes[at] & 3;
        int format = bytes[at] >> 2 & 3;
        String place = "zstd: literals header";
        if (type < 2) {
            int size = format == 1 ? 2 : format == 3 ? 3 : 1;
            long header = field(size, place);
            mark(type == 1 ? 1 : (int) (header >> (size == 1 ? 3 : 4)), "zstd: literals");
        } else {
            int size = format < 2 ? 3 : format + 2;
            long header = field(size, place);
            int width = new int[] {10, 10, 14, 18}[format];
            int length = (int) (header >> (4 + width)) & ((1 << width) - 1);
            if (type == 2) {
                int tree = bytes[at] & 0xff;
                int described = 1 + (tree < 128 ? tree : (tree - 126) / 2);
                mark(described, "zstd: Huffman tree");
                length -= described;
            }
            mark(length, "zstd: literals");
        }
        int first = (int) field(1, "zstd: number of sequences");
        if (first >= 128) {
            field(first == 255 ? 2 : 1, "zstd: number of sequences");
        }
        if (at < end) {
            field(1, "zstd: modes of the sequences");
            mark(end - at, "zstd: sequences");
        }
    }
}
