package dev.ngbak.spi.support;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A hash table on disk, from keys of 128 bits to numbers that are not negative. Grows as needed. Not thread-safe. */
public final class DiskTable implements Closeable {

    /** The number of a key that is not in the table. */
    public static final long ABSENT = -1;

    private static final int ENTRY_BYTES = 3 * Long.BYTES;
    private static final long FIRST_CAPACITY = 1 << 12;

    private final TempFiles files;
    private final byte[] entry = new byte[ENTRY_BYTES];
    private MappedTable table;
    private long capacity = FIRST_CAPACITY;
    private long size;

    public DiskTable(TempFiles files) throws IOException {
        this.files = files;
        this.table = new MappedTable(files, ENTRY_BYTES);
    }

    /** Returns the number of a key, or {@link #ABSENT}. */
    public long get(long high, long low) throws IOException {
        return numberAt(slot(high, low));
    }

    /** Adds a key if the table does not contain it. Returns its number in the table before, or {@link #ABSENT}. */
    public long putIfAbsent(long high, long low, long number) throws IOException {
        long slot = slot(high, low);
        long present = numberAt(slot);
        if (present == ABSENT) {
            write(slot, high, low, number);
            size++;
            if (size > capacity / 2) {
                grow();
            }
        }
        return present;
    }

    /** Returns the slot of a key, or the free one that it would take. Reads the slot's entry. */
    private long slot(long high, long low) throws IOException {
        long mixed = (high * 0x9e37_79b9_7f4a_7c15L ^ low) * 0xbf58_476d_1ce4_e5b9L;
        long slot = (mixed ^ mixed >>> 32) & capacity - 1;
        while (true) {
            table.get(slot, entry);
            ByteBuffer found = ByteBuffer.wrap(entry);
            if (found.getLong(2 * Long.BYTES) == 0 || found.getLong() == high && found.getLong() == low) {
                return slot;
            }
            slot = slot + 1 & capacity - 1;
        }
    }

    /** An entry that was never written is zero, so the table contains each number plus one. */
    private long numberAt(long slot) throws IOException {
        table.get(slot, entry);
        return ByteBuffer.wrap(entry).getLong(2 * Long.BYTES) - 1;
    }

    private void write(long slot, long high, long low, long number) throws IOException {
        ByteBuffer.wrap(entry).putLong(high).putLong(low).putLong(number + 1);
        table.put(slot, entry);
    }

    private void grow() throws IOException {
        MappedTable old = table;
        long oldCapacity = capacity;
        table = new MappedTable(files, ENTRY_BYTES);
        capacity = 2 * oldCapacity;
        byte[] moved = new byte[ENTRY_BYTES];
        for (long i = 0; i < oldCapacity; i++) {
            old.get(i, moved);
            ByteBuffer pair = ByteBuffer.wrap(moved);
            long high = pair.getLong();
            long low = pair.getLong();
            long number = pair.getLong() - 1;
            if (number != ABSENT) {
                write(slot(high, low), high, low, number);
            }
        }
        old.close();
    }

    @Override
    public void close() throws IOException {
        table.close();
    }
}
