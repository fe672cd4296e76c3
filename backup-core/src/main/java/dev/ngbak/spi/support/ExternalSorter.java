package dev.ngbak.spi.support;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Sorts any number of key-value pairs in constant memory: sorts runs in memory, writes them to a temporary file, and merges
 * them as they are read. Keys are compared as unsigned bytes. Pairs with equal keys keep their order. Not thread-safe.
 */
public final class ExternalSorter implements Closeable {

    private static final int DEFAULT_RUN_BYTES = 16 << 20;
    private static final int PAIR_OVERHEAD_BYTES = 96;
    private static final int BUFFER_BYTES = 1 << 14;

    private final TempFiles files;
    private final int runBytes;
    private final List<long[]> runs = new ArrayList<>();
    private List<Pair> pending = new ArrayList<>();
    private long count;
    private long size;
    private FileChannel file;

    private record Pair(byte[] key, byte[] value) {}

    public ExternalSorter(TempFiles files) {
        this(files, DEFAULT_RUN_BYTES);
    }

    /** @param runBytes the approximate size of a run in memory */
    public ExternalSorter(TempFiles files, int runBytes) {
        this.files = files;
        this.runBytes = runBytes;
    }

    /** Adds a pair. The arrays belong to the sorter from now on. */
    public void add(byte[] key, byte[] value) throws IOException {
        pending.add(new Pair(key, value));
        count++;
        size += key.length + value.length + PAIR_OVERHEAD_BYTES;
        if (size >= runBytes) {
            flush();
        }
    }

    /** Returns the number of pairs added. */
    public long count() {
        return count;
    }

    private void flush() throws IOException {
        if (file == null) {
            file = files.open();
        }
        sort();
        long from = file.position();
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        for (Pair pair : pending) {
            if (buffer.remaining() < 8) {
                write(buffer);
            }
            buffer.putInt(pair.key.length).putInt(pair.value.length);
            put(buffer, pair.key);
            put(buffer, pair.value);
        }
        write(buffer);
        runs.add(new long[] {from, file.position()});
        pending = new ArrayList<>();
        size = 0;
    }

    private void put(ByteBuffer buffer, byte[] bytes) throws IOException {
        for (int at = 0; at < bytes.length; ) {
            if (!buffer.hasRemaining()) {
                write(buffer);
            }
            int n = Math.min(bytes.length - at, buffer.remaining());
            buffer.put(bytes, at, n);
            at += n;
        }
    }

    private void write(ByteBuffer buffer) throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            file.write(buffer);
        }
        buffer.clear();
    }

    private void sort() {
        pending.sort(Comparator.comparing(Pair::key, Arrays::compareUnsigned));
    }

    /** Returns a walk over all pairs in the order of their keys. May be called again until another pair is added. */
    public Sorted sorted() throws IOException {
        sort();
        List<Run> heads = new ArrayList<>();
        for (long[] run : runs) {
            heads.add(new FileRun(heads.size(), run[0], run[1]));
        }
        heads.add(new MemoryRun(heads.size()));
        return new Sorted(heads);
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }

    /** A walk over the pairs. */
    public static final class Sorted {
        private final PriorityQueue<Run> queue = new PriorityQueue<>(
                Comparator.comparing(Run::key, Arrays::compareUnsigned).thenComparing(run -> run.order));
        private Run current;

        private Sorted(List<Run> runs) throws IOException {
            for (Run run : runs) {
                enqueue(run);
            }
        }

        private void enqueue(Run run) throws IOException {
            if (run.advance()) {
                queue.add(run);
            }
        }

        /** Moves to the next pair. Returns false at the end. */
        public boolean next() throws IOException {
            if (current != null) {
                enqueue(current);
            }
            current = queue.poll();
            return current != null;
        }

        /** Returns the key of the current pair. */
        public byte[] key() {
            return current.key();
        }

        /** Returns the value of the current pair. May be called once for each pair. */
        public byte[] value() throws IOException {
            return current.value();
        }
    }

    private abstract static class Run {
        private final int order;

        Run(int order) {
            this.order = order;
        }

        abstract boolean advance() throws IOException;

        abstract byte[] key();

        abstract byte[] value() throws IOException;
    }

    private final class MemoryRun extends Run {
        private int at = -1;

        MemoryRun(int order) {
            super(order);
        }

        @Override
        boolean advance() {
            return ++at < pending.size();
        }

        @Override
        byte[] key() {
            return pending.get(at).key;
        }

        @Override
        byte[] value() {
            return pending.get(at).value;
        }
    }

    /** A run in the file. It keeps one key in memory, and reads a value only on request. */
    private final class FileRun extends Run {
        private final long to;
        private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).limit(0);
        private long at;
        private byte[] key;
        private int value;

        FileRun(int order, long from, long to) {
            super(order);
            this.at = from;
            this.to = to;
        }

        @Override
        boolean advance() throws IOException {
            skip(value);
            value = 0;
            if (at - buffer.remaining() >= to) {
                return false;
            }
            ByteBuffer lengths = ByteBuffer.wrap(read(8));
            key = new byte[0];
            int length = lengths.getInt();
            value = lengths.getInt();
            key = read(length);
            return true;
        }

        @Override
        byte[] key() {
            return key;
        }

        @Override
        byte[] value() throws IOException {
            byte[] bytes = read(value);
            value = 0;
            return bytes;
        }

        private void skip(int length) {
            int buffered = Math.min(length, buffer.remaining());
            buffer.position(buffer.position() + buffered);
            at += length - buffered;
        }

        private byte[] read(int length) throws IOException {
            byte[] bytes = new byte[length];
            for (int have = 0; have < length; ) {
                if (!buffer.hasRemaining()) {
                    buffer.clear();
                    int n = file.read(buffer, at);
                    buffer.flip();
                    if (n <= 0) {
                        throw new EOFException("the temporary file of a sort ends too soon");
                    }
                    at += n;
                }
                int n = Math.min(length - have, buffer.remaining());
                buffer.get(bytes, have, n);
                have += n;
            }
            return bytes;
        }
    }
}
