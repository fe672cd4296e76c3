package dev.ngbak.files;

import dev.ngbak.spi.support.TempFiles;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;

/** A temporary file that is written once and then read once. */
final class Spool implements Closeable {

    private final FileChannel file;
    private final OutputStream out;

    Spool(TempFiles temporary) throws IOException {
        file = temporary.open();
        out = new BufferedOutputStream(Channels.newOutputStream(file), 1 << 16);
    }

    OutputStream out() {
        return out;
    }

    /** Ends the writing, and returns what was written. */
    InputStream in() throws IOException {
        out.flush();
        file.position(0);
        return Channels.newInputStream(file);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
