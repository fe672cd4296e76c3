package dev.ngbak.redis;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Any number of pairs of key and value, put in as they come and taken out in the order of the keys, in flat memory: runs
 * that were sorted in memory lie in a file, and are merged as they are read. Pairs of one key keep their order. The file has
 * no name from the moment it is opened, so that nothing is left whatever happens.
 */
final class Spill implements Closeable {

    private static final int LIMIT = 16 << 20;
    private static final int OVERHEAD = 96;
    private static final int BUFFER = 1 << 14;

    private final Path folder;
    private final int limit;
    private final List<long[]> runs = new ArrayList<>();
    private List<Pair> pending = new ArrayList<>();
    private long count;
    private long size;
    private FileChannel file;

    private record Pair(byte[] key, byte[] value) {}

    Spill(Path folder) {
        this(folder, LIMIT);
    }

    Spill(Path folder, int limit) {
        this.folder = folder;
        this.limit = limit;
    }

    void add(byte[] key, byte[] value) throws IOException {
        pending.add(new Pair(key, value));
        count++;
        size += key.length + value.length + OVERHEAD;
        if (size >= limit) {
            flush();
        }
    }

    /** How many pairs were put in. */
    long count() {
        return count;
    }

    private void flush() throws IOException {
        if (file == null) {
            // Only its owner may open it, from the first moment.
            Path path = Files.createTempFile(folder, "ngbak-", ".tmp");
            file = FileChannel.open(
                    path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
            // On POSIX it is nameless now; elsewhere it goes when it is closed.
            Files.deleteIfExists(path);
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

    /** All pairs in the order of their keys. May be asked for again, until something more is added. */
    Sorted sorted() throws IOException {
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
    static final class Sorted {
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

        /** Goes to the next pair; {@code false} at the end. */
        boolean next() throws IOException {
            if (current != null) {
                enqueue(current);
            }
            current = queue.poll();
            return current != null;
        }

        byte[] key() {
            return current.key();
        }

        /** The value, once. */
        byte[] value() throws IOException {
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

    /** A run in the file. It holds one key, and a value only when it is asked for. */
    private final class FileRun extends Run {
        private final long to;
        private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER).limit(0);
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
                        throw new EOFException("a side table ends before its end");
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
