package dev.ngbak.spi.support;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;

/**
 * The nodes of a visit, on disk: gives each a position, from 0 without gaps, and keeps its name, so that relationships can
 * be written by position or by name. Not thread-safe.
 */
public final class NodeTable implements Closeable {

    private final DiskTable positions;
    private final MappedTable offsets;
    private final FileChannel names;
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    private long size;
    private long end;

    public NodeTable(TempFiles files) throws IOException {
        this.positions = new DiskTable(files);
        this.offsets = new MappedTable(files, Long.BYTES);
        this.names = files.open();
    }

    /**
     * Adds a node.
     *
     * @param number as {@link dev.ngbak.spi.RecordVisitor#node} receives it
     * @return its position, or -1 if there is a node with this number
     */
    public long add(long number, String name) throws IOException {
        if (positions.putIfAbsent(number, 0, size) != DiskTable.ABSENT) {
            return -1;
        }
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        offsets.putLong(size, end);
        if (buffer.remaining() < utf8.length) {
            flush();
        }
        if (utf8.length > buffer.capacity()) {
            writeFully(ByteBuffer.wrap(utf8));
        } else {
            buffer.put(utf8);
        }
        end += utf8.length;
        return size++;
    }

    private void flush() throws IOException {
        writeFully(buffer.flip());
        buffer.clear();
    }

    private void writeFully(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            names.write(bytes, names.size());
        }
    }

    /** Returns the number of nodes. */
    public long size() {
        return size;
    }

    /** Returns the position of a node, or -1 if there is no node with this number. */
    public long position(long number) throws IOException {
        return positions.get(number, 0);
    }

    /** Returns the name of the node at a position. */
    public String name(long position) throws IOException {
        flush();
        long from = offsets.getLong(position);
        long to = position + 1 == size ? end : offsets.getLong(position + 1);
        ByteBuffer utf8 = ByteBuffer.allocate(Math.toIntExact(to - from));
        while (utf8.hasRemaining() && names.read(utf8, from + utf8.position()) >= 0) {
            // The next call reads the rest.
        }
        return new String(utf8.array(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        try (positions;
                offsets) {
            names.close();
        }
    }
}
