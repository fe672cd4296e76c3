package dev.ngbak.check;

import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.support.TempFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * A hash table from ids to flags and two numbers, in temporary files, so that the heap stays flat for any number of ids. Ids
 * are identified by 64 bits of their SHA-256; among 10 million, two collide with a probability of about 1 in 400,000. Not
 * thread-safe.
 */
final class IdTable implements AutoCloseable {

    /** The texts of the ids of several tables. */
    static final class Names implements AutoCloseable {

        private static final int MAX_LENGTH = 400;

        private final FileChannel channel;
        private final ByteBuffer pending = ByteBuffer.allocate(1 << 16);
        private long flushed;

        Names(TempFiles files) throws IOException {
            channel = files.open();
        }

        /** Adds a text, of which the first 400 characters are kept. Returns its offset. */
        long add(String text) throws IOException {
            byte[] bytes = (text.length() <= MAX_LENGTH ? text : text.substring(0, MAX_LENGTH))
                    .getBytes(StandardCharsets.UTF_8);
            if (pending.remaining() < bytes.length + Short.BYTES) {
                flush();
            }
            long offset = flushed + pending.position();
            pending.putShort((short) bytes.length).put(bytes);
            return offset;
        }

        String get(long offset) throws IOException {
            flush();
            ByteBuffer text = ByteBuffer.allocate((int) Math.min(Short.BYTES + 4 * MAX_LENGTH, flushed - offset));
            while (text.hasRemaining()) {
                channel.read(text, offset + text.position());
            }
            int length = text.flip().getShort();
            return new String(text.array(), Short.BYTES, length, StandardCharsets.UTF_8);
        }

        private void flush() throws IOException {
            pending.flip();
            while (pending.hasRemaining()) {
                flushed += channel.write(pending, flushed);
            }
            pending.clear();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /** A flag of an id, which starts out unset. The owner of the table gives it a meaning. */
    enum Flag {
        A,
        B,
        C,
        D,
        E,
        F;

        private final long bit = 1L << ordinal();
    }

    /** A number of an id, which starts out as 0. The owner of the table gives it a meaning. */
    enum Column {
        FIRST,
        SECOND;

        private final int offset = FIRST_COLUMN + ordinal();
    }

    // A slot consists of the hash of the id, the offset of its name, the flags and the two columns.
    private static final int NAME = 1;
    private static final int FLAGS = 2;
    private static final int FIRST_COLUMN = 3;
    private static final int WIDTH = 5;
    private static final int MAX_CAPACITY = Integer.MAX_VALUE / (WIDTH * Long.BYTES);

    private final TempFiles files;
    private final Names names;
    private final MessageDigest sha256 = ContentDigest.sha256();
    private LongBuffer slots;
    private int capacity = 1 << 10;
    private int size;

    IdTable(TempFiles files, Names names) throws IOException {
        this.files = files;
        this.names = names;
        this.slots = map(capacity);
    }

    /** Returns the hash of an id, which is never 0. */
    long hash(String id) {
        return nonZero(ByteBuffer.wrap(sha256.digest(id.getBytes(StandardCharsets.UTF_8)))
                .getLong());
    }

    /** Adds an id unless it exists. Returns its slot, which is valid until the next id is added. */
    int add(String id) throws IOException {
        long hash = hash(id);
        int slot = slot(hash);
        return slots.get(slot) == 0 ? insert(hash, names.add(id)) : slot;
    }

    /**
     * Adds a number as an id unless it exists. Returns its slot, which is valid until the next id is added.
     *
     * @param nameOffset the offset of the name that the number gets
     */
    int add(long number, long nameOffset) throws IOException {
        return insert(nonZero(mix(number)), nameOffset);
    }

    private int insert(long hash, long nameOffset) throws IOException {
        if (size >= capacity / 5 * 3) {
            grow();
        }
        int slot = slot(hash);
        if (slots.get(slot) == 0) {
            size++;
            slots.put(slot, hash);
            slots.put(slot + NAME, nameOffset);
        }
        return slot;
    }

    /** Returns the slot of an id, or -1. */
    int find(String id) {
        return find(slot(hash(id)));
    }

    /** Returns the slot of a number, or -1. */
    int find(long number) {
        return find(slot(nonZero(mix(number))));
    }

    private int find(int slot) {
        return slots.get(slot) == 0 ? -1 : slot;
    }

    boolean has(int slot, Flag flag) {
        return (slots.get(slot + FLAGS) & flag.bit) != 0;
    }

    void set(int slot, Flag flag) {
        slots.put(slot + FLAGS, slots.get(slot + FLAGS) | flag.bit);
    }

    long get(int slot, Column column) {
        return slots.get(slot + column.offset);
    }

    void put(int slot, Column column, long value) {
        slots.put(slot + column.offset, value);
    }

    void add(int slot, Column column, long amount) {
        put(slot, column, get(slot, column) + amount);
    }

    /** Returns the offset of the name of a slot's id. */
    long nameOffset(int slot) {
        return slots.get(slot + NAME);
    }

    String name(int slot) throws IOException {
        return names.get(nameOffset(slot));
    }

    /** Receives the slots of all ids. */
    interface SlotReader {
        void read(int slot) throws IOException;
    }

    void forEach(SlotReader reader) throws IOException {
        for (int slot = 0; slot < capacity * WIDTH; slot += WIDTH) {
            if (slots.get(slot) != 0) {
                reader.read(slot);
            }
        }
    }

    private static long nonZero(long number) {
        return number == 0 ? 1 : number;
    }

    /** Maps each number to one that looks random, and no two numbers to the same one. */
    static long mix(long number) {
        long mixed = (number + 1) * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ mixed >>> 30) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
        return mixed ^ mixed >>> 31;
    }

    private int slot(long hash) {
        int index = (int) hash & capacity - 1;
        while (true) {
            long found = slots.get(index * WIDTH);
            if (found == 0 || found == hash) {
                return index * WIDTH;
            }
            index = index + 1 & capacity - 1;
        }
    }

    private void grow() throws IOException {
        if (capacity > MAX_CAPACITY / 2) {
            throw new IOException("the system has more than " + size + " ids of one type, which the check cannot hold");
        }
        LongBuffer old = slots;
        int end = capacity * WIDTH;
        capacity *= 2;
        slots = map(capacity);
        for (int from = 0; from < end; from += WIDTH) {
            if (old.get(from) != 0) {
                int to = slot(old.get(from));
                for (int i = 0; i < WIDTH; i++) {
                    slots.put(to + i, old.get(from + i));
                }
            }
        }
    }

    /**
     * Maps a new temporary file into memory. The file is deleted at once, but the mapping remains until it is
     * garbage-collected.
     */
    private LongBuffer map(int slotCount) throws IOException {
        try (FileChannel channel = files.open()) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, (long) slotCount * WIDTH * Long.BYTES)
                    .asLongBuffer();
        }
    }

    @Override
    public void close() {
        slots = null;
    }
}
