package dev.ngbak.check;

import dev.ngbak.spi.support.TempFiles;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * References to records that were not visited yet. They wait in a temporary file until all stores were visited. Not
 * thread-safe.
 */
final class LateReferences implements Closeable {

    private static final int BUFFER_BYTES = 1 << 16;
    private static final int ABSENT = -1;

    private final TempFiles files;
    private FileChannel file;
    private DataOutputStream out;
    private long count;

    LateReferences(TempFiles files) {
        this.files = files;
    }

    /** Writes one reference. */
    interface Writer {
        void write(DataOutputStream out) throws IOException;
    }

    /** Reads what a {@link Writer} wrote. */
    interface Reader {
        void read(DataInputStream in) throws IOException;
    }

    void add(Writer reference) throws IOException {
        if (out == null) {
            file = files.open();
            out = new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(file), BUFFER_BYTES));
        }
        reference.write(out);
        count++;
    }

    /** Reads all references in the order in which they were added. No more can be added. */
    void forEach(Reader reader) throws IOException {
        if (out == null) {
            return;
        }
        out.flush();
        file.position(0);
        DataInputStream in = new DataInputStream(new BufferedInputStream(Channels.newInputStream(file), BUFFER_BYTES));
        for (long i = 0; i < count; i++) {
            reader.read(in);
        }
    }

    /** Writes a text of any length, or none. */
    static void write(DataOutputStream out, @Nullable String text) throws IOException {
        if (text == null) {
            out.writeInt(ABSENT);
            return;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /** Reads a text that {@link #write} wrote. */
    static @Nullable String read(DataInputStream in) throws IOException {
        int length = in.readInt();
        return length == ABSENT ? null : new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }
}
