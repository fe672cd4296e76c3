package dev.ngbak.redis;

/** Reads the elements of a list that is packed into one string: a listpack, or the older ziplist or intset. */
abstract class PackedList {

    private static final int LISTPACK_HEADER_BYTES = 6;
    private static final int ZIPLIST_HEADER_BYTES = 10;
    private static final int END = 0xff;

    final RdbReader in;

    private PackedList(RdbReader in) {
        this.in = in;
    }

    static PackedList listpack(RdbReader in) throws UndecodableDumpException {
        in.skip(LISTPACK_HEADER_BYTES);
        return new Listpack(in);
    }

    static PackedList ziplist(RdbReader in) throws UndecodableDumpException {
        in.skip(ZIPLIST_HEADER_BYTES);
        return new Ziplist(in);
    }

    static PackedList intset(RdbReader in) throws UndecodableDumpException {
        long size = in.littleEndian(4);
        in.skip(4);
        if (size != 2 && size != 4 && size != 8) {
            throw RdbReader.malformed();
        }
        return new Intset(in, (int) size);
    }

    boolean hasNext() throws UndecodableDumpException {
        return in.peek() != END;
    }

    /** Returns the next element. A number is returned as decimal digits. */
    abstract byte[] next() throws UndecodableDumpException;

    /** Returns the next element, which must be a number. */
    long nextNumber() throws UndecodableDumpException {
        try {
            return Long.parseLong(RedisConnection.text(next()));
        } catch (NumberFormatException e) {
            throw RdbReader.malformed();
        }
    }

    private static final class Listpack extends PackedList {

        Listpack(RdbReader in) {
            super(in);
        }

        @Override
        byte[] next() throws UndecodableDumpException {
            int first = in.readByte();
            if (first < 0x80) {
                return end(1, RdbReader.decimal(first));
            }
            if (first < 0xc0) {
                return text(1, first & 0x3f);
            }
            if (first < 0xe0) {
                int unsigned = (first & 0x1f) << 8 | in.readByte();
                return end(2, RdbReader.decimal(unsigned < 1 << 12 ? unsigned : unsigned - (1 << 13)));
            }
            if (first < 0xf0) {
                return text(2, (first & 0xf) << 8 | in.readByte());
            }
            return switch (first) {
                case 0xf0 -> text(5, in.littleEndian(4) & 0xffffffffL);
                case 0xf1 -> end(3, RdbReader.decimal(in.littleEndian(2)));
                case 0xf2 -> end(4, RdbReader.decimal(in.littleEndian(3)));
                case 0xf3 -> end(5, RdbReader.decimal(in.littleEndian(4)));
                case 0xf4 -> end(9, RdbReader.decimal(in.littleEndian(8)));
                default -> throw RdbReader.malformed();
            };
        }

        private byte[] text(int headerBytes, long length) throws UndecodableDumpException {
            return end(headerBytes + length, in.read(length));
        }

        /** Skips the length of the element, which follows it for readers that go backwards. */
        private byte[] end(long size, byte[] element) throws UndecodableDumpException {
            in.skip(size <= 127 ? 1 : size < 16_383 ? 2 : size < 2_097_151 ? 3 : size < 268_435_455 ? 4 : 5);
            return element;
        }
    }

    private static final class Ziplist extends PackedList {

        Ziplist(RdbReader in) {
            super(in);
        }

        @Override
        byte[] next() throws UndecodableDumpException {
            if (in.readByte() == 0xfe) {
                in.skip(4);
            }
            int first = in.readByte();
            return switch (first >> 6) {
                case 0 -> in.read(first);
                case 1 -> in.read((first & 0x3f) << 8 | in.readByte());
                case 2 -> in.read(in.bigEndian(4));
                default -> RdbReader.decimal(number(first));
            };
        }

        private long number(int encoding) throws UndecodableDumpException {
            return switch (encoding) {
                case 0xc0 -> in.littleEndian(2);
                case 0xd0 -> in.littleEndian(4);
                case 0xe0 -> in.littleEndian(8);
                case 0xf0 -> in.littleEndian(3);
                case 0xfe -> in.littleEndian(1);
                case 0xff -> throw RdbReader.malformed();
                default -> {
                    if (encoding < 0xf1) {
                        throw RdbReader.malformed();
                    }
                    yield (encoding & 0xf) - 1;
                }
            };
        }
    }

    private static final class Intset extends PackedList {
        private final int size;

        Intset(RdbReader in, int size) {
            super(in);
            this.size = size;
        }

        @Override
        boolean hasNext() {
            return !in.atEnd();
        }

        @Override
        byte[] next() throws UndecodableDumpException {
            return RdbReader.decimal(in.littleEndian(size));
        }
    }
}
