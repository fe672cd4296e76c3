package dev.ngbak.spi.support;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.HashMap;
import java.util.Map;

/**
 * A table on disk from record numbers to entries of fixed size, mapped into memory as it is used. Numbers should be dense;
 * an entry that was never written is zero. Not thread-safe.
 */
public final class MappedTable implements AutoCloseable {

    private static final int WINDOW_BYTES = 1 << 20;

    private final int entrySize;
    private final int entriesPerWindow;
    private final FileChannel channel;
    private final Map<Long, ByteBuffer> windows = new HashMap<>();

    /** @param entrySize in bytes, at most 1 MiB */
    public MappedTable(TempFiles files, int entrySize) throws IOException {
        this.entrySize = entrySize;
        this.entriesPerWindow = WINDOW_BYTES / entrySize;
        this.channel = files.open();
    }

    public void putLong(long number, long value) throws IOException {
        window(number).putLong(offset(number), value);
    }

    public long getLong(long number) throws IOException {
        return window(number).getLong(offset(number));
    }

    public void put(long number, byte[] entry) throws IOException {
        window(number).put(offset(number), entry);
    }

    public void get(long number, byte[] entry) throws IOException {
        window(number).get(offset(number), entry);
    }

    private ByteBuffer window(long number) throws IOException {
        Long index = number / entriesPerWindow;
        ByteBuffer window = windows.get(index);
        if (window == null) {
            window = channel.map(FileChannel.MapMode.READ_WRITE, index * WINDOW_BYTES, WINDOW_BYTES);
            windows.put(index, window);
        }
        return window;
    }

    private int offset(long number) {
        return (int) (number % entriesPerWindow) * entrySize;
    }

    @Override
    public void close() throws IOException {
        windows.clear();
        channel.close();
    }
}
