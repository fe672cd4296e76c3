package dev.ngbak.redis;

import java.io.IOException;

/**
 * Decodes the DUMP of a key that is not a string. Knows every encoding of hashes, lists, sets, sorted sets and streams that
 * Redis 6.2 to 8.0 and Valkey 8.1 to 9.1 write. Other encodings and the types of modules are undecodable.
 */
final class DumpDecoder {

    private static final int LIST = 1;
    private static final int SET = 2;
    private static final int ZSET = 3;
    private static final int HASH = 4;
    private static final int ZSET_2 = 5;
    private static final int LIST_ZIPLIST = 10;
    private static final int SET_INTSET = 11;
    private static final int ZSET_ZIPLIST = 12;
    private static final int HASH_ZIPLIST = 13;
    private static final int LIST_QUICKLIST = 14;
    private static final int STREAM_LISTPACKS = 15;
    private static final int HASH_LISTPACK = 16;
    private static final int ZSET_LISTPACK = 17;
    private static final int LIST_QUICKLIST_2 = 18;
    private static final int STREAM_LISTPACKS_2 = 19;
    private static final int SET_LISTPACK = 20;
    private static final int STREAM_LISTPACKS_3 = 21;

    /** A hash of Valkey whose fields expire. Redis used the number in a version that was never released. */
    private static final int VALKEY_HASH_2 = 22;

    /** Hashes of Redis whose fields expire. */
    private static final int HASH_METADATA = 24;

    private static final int HASH_LISTPACK_EX = 25;

    private static final int PLAIN_NODE = 1;
    private static final int PACKED_NODE = 2;

    private final RdbReader in;
    private final ElementVisitor visitor;

    private DumpDecoder(RdbReader in, ElementVisitor visitor) {
        this.in = in;
        this.visitor = visitor;
    }

    /** Hands over all elements of a value. Hands over some before it finds that the rest is malformed. */
    static void decode(byte[] dump, ElementVisitor visitor) throws IOException {
        RdbReader in = new RdbReader(dump, 0, Math.max(0, dump.length - Dump.FOOTER_BYTES));
        new DumpDecoder(in, visitor).decode(encoding(dump));
        if (!in.atEnd()) {
            throw RdbReader.malformed();
        }
    }

    /** Returns whether fields of the value, which is a hash, expire. */
    static boolean hasFieldExpiry(byte[] dump) {
        int encoding = encoding(dump);
        return encoding == VALKEY_HASH_2 || encoding == HASH_METADATA || encoding == HASH_LISTPACK_EX;
    }

    /** Returns the number of the encoding, or -1 for one that means different things in different products. */
    private static int encoding(byte[] dump) {
        int encoding = dump[0] & 0xff;
        boolean isOfValkey = Dump.version(dump) >= DumpCompatibility.FIRST_VALKEY_VERSION;
        return encoding >= VALKEY_HASH_2 && isOfValkey != (encoding == VALKEY_HASH_2) ? -1 : encoding;
    }

    private void decode(int encoding) throws IOException {
        in.skip(1);
        switch (encoding) {
            case LIST -> {
                for (int left = in.count(1); left > 0; left--) {
                    visitor.element(in.string());
                }
            }
            case LIST_ZIPLIST -> elements(PackedList.ziplist(in.nested()));
            case LIST_QUICKLIST -> {
                for (int left = in.count(1); left > 0; left--) {
                    elements(PackedList.ziplist(in.nested()));
                }
            }
            case LIST_QUICKLIST_2 -> quicklist();
            case SET -> {
                for (int left = in.count(1); left > 0; left--) {
                    visitor.member(in.string());
                }
            }
            case SET_INTSET -> members(PackedList.intset(in.nested()));
            case SET_LISTPACK -> members(PackedList.listpack(in.nested()));
            case ZSET, ZSET_2 -> {
                for (int left = in.count(2); left > 0; left--) {
                    visitor.member(in.string(), encoding == ZSET ? in.textDouble() : in.binaryDouble());
                }
            }
            case ZSET_ZIPLIST -> scoredMembers(PackedList.ziplist(in.nested()));
            case ZSET_LISTPACK -> scoredMembers(PackedList.listpack(in.nested()));
            case HASH -> {
                for (int left = in.count(2); left > 0; left--) {
                    visitor.field(in.string(), in.string(), KeyValue.NEVER);
                }
            }
            case HASH_ZIPLIST -> fields(PackedList.ziplist(in.nested()), false);
            case HASH_LISTPACK -> fields(PackedList.listpack(in.nested()), false);
            case HASH_LISTPACK_EX -> {
                in.skip(Long.BYTES);
                fields(PackedList.listpack(in.nested()), true);
            }
            case HASH_METADATA -> hashOfRedis();
            case VALKEY_HASH_2 -> {
                for (int left = in.count(2); left > 0; left--) {
                    byte[] name = in.string();
                    byte[] value = in.string();
                    long expires = in.littleEndian(Long.BYTES);
                    visitor.field(name, value, expires < 0 ? KeyValue.NEVER : expires);
                }
            }
            case STREAM_LISTPACKS -> new StreamDecoder(in, visitor, 1).decode();
            case STREAM_LISTPACKS_2 -> new StreamDecoder(in, visitor, 2).decode();
            case STREAM_LISTPACKS_3 -> new StreamDecoder(in, visitor, 3).decode();
            default -> throw new UndecodableDumpException("has an unknown encoding");
        }
    }

    private void elements(PackedList list) throws IOException {
        while (list.hasNext()) {
            visitor.element(list.next());
        }
    }

    private void quicklist() throws IOException {
        for (int left = in.count(2); left > 0; left--) {
            long container = in.number();
            if (container == PLAIN_NODE) {
                visitor.element(in.string());
            } else if (container == PACKED_NODE) {
                elements(PackedList.listpack(in.nested()));
            } else {
                throw RdbReader.malformed();
            }
        }
    }

    private void members(PackedList list) throws IOException {
        while (list.hasNext()) {
            visitor.member(list.next());
        }
    }

    private void scoredMembers(PackedList list) throws IOException {
        while (list.hasNext()) {
            visitor.member(list.next(), RdbReader.parseScore(list.next()));
        }
    }

    private void fields(PackedList list, boolean withExpiry) throws IOException {
        while (list.hasNext()) {
            byte[] name = list.next();
            byte[] value = list.next();
            long expires = withExpiry ? list.nextNumber() : 0;
            visitor.field(name, value, expires == 0 ? KeyValue.NEVER : expires);
        }
    }

    /** Reads fields whose expiry is relative to the first one, plus 1. */
    private void hashOfRedis() throws IOException {
        long first = in.littleEndian(Long.BYTES);
        for (int left = in.count(3); left > 0; left--) {
            long expires = in.number();
            visitor.field(in.string(), in.string(), expires == 0 ? KeyValue.NEVER : first + expires - 1);
        }
    }
}
