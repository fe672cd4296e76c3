package dev.ngbak.engine;

import dev.ngbak.spi.ContentDigest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/**
 * What is known of each of many ids: three numbers, and the id itself for messages. It lies in temporary files, so that the
 * heap stays flat whatever the number of ids. Ids are told apart by 64 bits of their SHA-256; of 10 million, two are
 * taken for one with a chance of about 1 in 400,000.
 */
final class IdTable implements AutoCloseable {

    /** Where the ids of several tables lie as texts. */
    static final class Names implements AutoCloseable {

        private static final int MAX_LENGTH = 400;

        private final FileChannel channel;
        private final ByteBuffer pending = ByteBuffer.allocate(1 << 16);
        private long flushed;

        Names(Path scratch) throws IOException {
            channel = temporary(scratch);
        }

        /** Keeps a text, or how it begins, and gives its place. */
        long add(String text) throws IOException {
            byte[] bytes = (text.length() <= MAX_LENGTH ? text : text.substring(0, MAX_LENGTH))
                    .getBytes(StandardCharsets.UTF_8);
            if (pending.remaining() < bytes.length + Short.BYTES) {
                flush();
            }
            long place = flushed + pending.position();
            pending.putShort((short) bytes.length).put(bytes);
            return place;
        }

        String get(long place) throws IOException {
            flush();
            ByteBuffer text = ByteBuffer.allocate((int) Math.min(Short.BYTES + 4 * MAX_LENGTH, flushed - place));
            while (text.hasRemaining()) {
                channel.read(text, place + text.position());
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

    /** The first of the three numbers holds flags. */
    static final int FLAGS = 2;

    static final int FIRST = 3;
    static final int SECOND = 4;

    private static final int NAME = 1;
    private static final int WIDTH = 5;
    private static final int MOST = Integer.MAX_VALUE / (WIDTH * Long.BYTES);

    private final Path scratch;
    private final Names names;
    private final MessageDigest sha256 = ContentDigest.sha256();
    private LongBuffer slots;
    private int capacity = 1 << 10;
    private int size;

    IdTable(Path scratch, Names names) throws IOException {
        this.scratch = scratch;
        this.names = names;
        this.slots = map(capacity);
    }

    /** The key of an id; never 0. */
    long key(String id) {
        return nonZero(ByteBuffer.wrap(sha256.digest(id.getBytes(StandardCharsets.UTF_8)))
                .getLong());
    }

    /** The slot of an id, which is added if need be. Good until the next one is added. */
    int add(String id) throws IOException {
        long key = key(id);
        int slot = slot(key);
        if (slots.get(slot) == 0) {
            slot = insert(key, names.add(id));
        }
        return slot;
    }

    /** The slot of a number in place of an id, with a name that lies in the file already. */
    int add(long number, long name) throws IOException {
        return insert(nonZero(mixed(number)), name);
    }

    private int insert(long key, long name) throws IOException {
        if (size >= capacity / 5 * 3) {
            grow();
        }
        int slot = slot(key);
        if (slots.get(slot) == 0) {
            size++;
            slots.put(slot, key);
            slots.put(slot + NAME, name);
        }
        return slot;
    }

    /** The slot of an id, or -1. */
    int find(String id) {
        return found(key(id));
    }

    int find(long number) {
        return found(nonZero(mixed(number)));
    }

    private int found(long key) {
        int slot = slot(key);
        return slots.get(slot) == 0 ? -1 : slot;
    }

    boolean has(int slot, long flag) {
        return (slots.get(slot + FLAGS) & flag) != 0;
    }

    void flag(int slot, long flag) {
        slots.put(slot + FLAGS, slots.get(slot + FLAGS) | flag);
    }

    long get(int slot, int column) {
        return slots.get(slot + column);
    }

    void put(int slot, int column, long value) {
        slots.put(slot + column, value);
    }

    void add(int slot, int column, long amount) {
        put(slot, column, get(slot, column) + amount);
    }

    /** Where the id of a slot lies as text. */
    long place(int slot) {
        return slots.get(slot + NAME);
    }

    String name(int slot) throws IOException {
        return names.get(place(slot));
    }

    /** Something to be done with each id. */
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

    /** Spreads numbers that count up over all of 64 bits, no two to the same place. */
    static long mixed(long number) {
        long mixed = (number + 1) * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ mixed >>> 30) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
        return mixed ^ mixed >>> 31;
    }

    private int slot(long key) {
        int index = (int) key & capacity - 1;
        while (true) {
            long there = slots.get(index * WIDTH);
            if (there == 0 || there == key) {
                return index * WIDTH;
            }
            index = index + 1 & capacity - 1;
        }
    }

    private void grow() throws IOException {
        if (capacity > MOST / 2) {
            throw new IOException("there are more ids than this program can keep apart");
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

    /** What is mapped stays so when its file is closed and gone, until nobody refers to it. */
    private LongBuffer map(int newCapacity) throws IOException {
        try (FileChannel channel = temporary(scratch)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, (long) newCapacity * WIDTH * Long.BYTES)
                    .asLongBuffer();
        }
    }

    private static FileChannel temporary(Path scratch) throws IOException {
        Path file = Files.createTempFile(scratch, "ngbak-", ".table");
        return FileChannel.open(
                file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
    }

    @Override
    public void close() {
        slots = null;
    }
}
