package dev.ngbak.redis;

import dev.ngbak.redis.ElementVisitor.Group;
import dev.ngbak.redis.ElementVisitor.StreamState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Decodes a stream: listpacks of entries that share field names, its state, and its groups of consumers. */
final class StreamDecoder {

    private static final int DELETED = 1;
    private static final int SAME_FIELDS = 2;
    private static final int ID_BYTES = 16;

    /** An id, a time, and a counter of at least one byte. */
    private static final int MIN_PENDING_BYTES = ID_BYTES + Long.BYTES + 1;

    private final RdbReader in;
    private final ElementVisitor visitor;
    private final int version;

    /** @param version 1 to 3, the version of the encoding */
    StreamDecoder(RdbReader in, ElementVisitor visitor, int version) {
        this.in = in;
        this.visitor = visitor;
        this.version = version;
    }

    void decode() throws IOException {
        for (int left = in.count(2); left > 0; left--) {
            RdbReader key = in.nested();
            StreamId master = id(key);
            if (!key.atEnd()) {
                throw RdbReader.malformed();
            }
            entries(master, PackedList.listpack(in.nested()));
        }
        in.number(); // The number of entries.
        StreamId last = numbers();
        if (version == 1) {
            visitor.state(new StreamState(last, ElementVisitor.UNKNOWN, null));
        } else {
            numbers(); // The id of the first entry.
            StreamId maxDeleted = numbers();
            visitor.state(new StreamState(last, in.number(), maxDeleted));
        }
        for (int left = in.count(2); left > 0; left--) {
            group();
        }
    }

    private static StreamId id(RdbReader in) throws UndecodableDumpException {
        return new StreamId(in.bigEndian(8), in.bigEndian(8));
    }

    private StreamId numbers() throws UndecodableDumpException {
        return new StreamId(in.number(), in.number());
    }

    /** Reads a listpack. Its first entry has only the names that most entries share. */
    private void entries(StreamId master, PackedList list) throws IOException {
        list.nextNumber(); // Entries.
        list.nextNumber(); // Deleted entries.
        List<byte[]> names = new ArrayList<>();
        for (long left = list.nextNumber(); left > 0; left--) {
            names.add(list.next());
        }
        list.nextNumber(); // The end of the first entry.
        while (list.hasNext()) {
            long flags = list.nextNumber();
            StreamId id = new StreamId(master.millis() + list.nextNumber(), master.sequence() + list.nextNumber());
            boolean sameFields = (flags & SAME_FIELDS) != 0;
            long fields = sameFields ? names.size() : list.nextNumber();
            List<byte[]> namesAndValues = new ArrayList<>();
            for (int i = 0; i < fields; i++) {
                namesAndValues.add(sameFields ? names.get(i) : list.next());
                namesAndValues.add(list.next());
            }
            list.nextNumber(); // The number of elements, for readers that go backwards.
            if ((flags & DELETED) == 0) {
                visitor.entry(id, namesAndValues);
            }
        }
    }

    private void group() throws IOException {
        byte[] name = in.string();
        StreamId lastDelivered = numbers();
        visitor.group(new Group(name, lastDelivered, version == 1 ? ElementVisitor.UNKNOWN : in.number()));
        // The group has the time and the count of each pending entry, and each consumer has its ids. Both are sorted.
        int pending = in.count(MIN_PENDING_BYTES);
        StreamId[] ids = new StreamId[pending];
        long[] deliveredAt = new long[pending];
        long[] deliveries = new long[pending];
        for (int i = 0; i < pending; i++) {
            ids[i] = id(in);
            deliveredAt[i] = in.littleEndian(Long.BYTES);
            deliveries[i] = in.number();
        }
        for (int left = in.count(1 + Long.BYTES); left > 0; left--) {
            visitor.consumer(in.string());
            in.skip(version < 3 ? Long.BYTES : 2 * Long.BYTES); // When it was last seen, and last active.
            for (int own = in.count(ID_BYTES); own > 0; own--) {
                int at = Arrays.binarySearch(ids, id(in));
                if (at < 0) {
                    throw RdbReader.malformed();
                }
                visitor.pending(ids[at], deliveredAt[at], deliveries[at]);
            }
        }
    }
}
