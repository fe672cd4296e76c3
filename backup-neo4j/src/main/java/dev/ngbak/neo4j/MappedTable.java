package dev.ngbak.neo4j;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/**
 * Entries of one size by number, in a temporary file that is mapped into memory window by window, so that the heap stays
 * flat. The file is sparse: numbers may have gaps. Entries that were never put are zeros.
 */
final class MappedTable implements AutoCloseable {

    private static final int WINDOW = 1 << 20;

    private final int entrySize;
    private final int entriesInWindow;
    private final FileChannel channel;
    private final Map<Long, ByteBuffer> windows = new HashMap<>();

    MappedTable(int entrySize) throws IOException {
        this.entrySize = entrySize;
        this.entriesInWindow = WINDOW / entrySize;
        Path file = Files.createTempFile("ngbak-", ".table");
        this.channel = FileChannel.open(
                file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
    }

    void putLong(long number, long value) throws IOException {
        window(number).putLong(offset(number), value);
    }

    long getLong(long number) throws IOException {
        return window(number).getLong(offset(number));
    }

    void put(long number, byte[] entry) throws IOException {
        window(number).put(offset(number), entry);
    }

    void get(long number, byte[] entry) throws IOException {
        window(number).get(offset(number), entry);
    }

    private ByteBuffer window(long number) throws IOException {
        Long index = number / entriesInWindow;
        ByteBuffer window = windows.get(index);
        if (window == null) {
            window = channel.map(FileChannel.MapMode.READ_WRITE, index * WINDOW, WINDOW);
            windows.put(index, window);
        }
        return window;
    }

    private int offset(long number) {
        return (int) (number % entriesInWindow) * entrySize;
    }

    @Override
    public void close() throws IOException {
        windows.clear();
        channel.close();
    }
}
