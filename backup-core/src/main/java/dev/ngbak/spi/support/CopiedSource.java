package dev.ngbak.spi.support;

import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.StoreInfo;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Hands over the files of an archived store, changed by a filter, and writes what it hands over to a sink. So a plugin writes a
 * store again while it decodes it.
 *
 * @param filter changes the bytes of a file
 * @param suffix returns the suffix of a file's name
 */
public record CopiedSource(EntrySource source, EntrySink sink, Filter filter, Suffix suffix) implements EntrySource {

    /** Changes the bytes of a file. */
    @FunctionalInterface
    public interface Filter {
        InputStream apply(Entry entry, InputStream content) throws IOException;
    }

    /** Returns the suffix of a file's name. */
    @FunctionalInterface
    public interface Suffix {
        String of(Entry entry);
    }

    @Override
    public StoreInfo archived() {
        return source.archived();
    }

    @Override
    public void forEach(Visitor visitor) throws IOException {
        source.forEach((entry, content) -> sink.put(entry.name(), suffix.of(entry), out -> {
            InputStream copied = new Copied(filter.apply(entry, content), out);
            visitor.visit(entry, copied);
            copied.transferTo(OutputStream.nullOutputStream());
        }));
    }

    private static final class Copied extends FilterInputStream {

        private final OutputStream out;

        Copied(InputStream in, OutputStream out) {
            super(in);
            this.out = out;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int n = in.read(bytes, offset, length);
            if (n > 0) {
                out.write(bytes, offset, n);
            }
            return n;
        }

        @Override
        public long skip(long bytes) throws IOException {
            return readNBytes((int) Math.min(bytes, 1 << 16)).length;
        }

        /** The archive closes its stream itself. */
        @Override
        public void close() {}
    }
}
