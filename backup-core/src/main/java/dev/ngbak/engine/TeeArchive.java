package dev.ngbak.engine;

import dev.ngbak.archive.ForwardingArchive;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.spi.ContentDigest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * Passes the bytes of an archive on while something reads it: each byte once, from the first to the last, however often the
 * archive is read from its beginning. Digests what it passes on. Not thread-safe.
 */
final class TeeArchive extends ForwardingArchive {

    /** Receives the bytes. */
    interface Sink {
        void write(byte[] bytes, int offset, int length) throws IOException;
    }

    private final Sink sink;
    private final MessageDigest digest = ContentDigest.sha256();
    private long passed;

    TeeArchive(ReadableArchive archive, Sink sink) {
        super(archive);
        this.sink = sink;
    }

    @Override
    public InputStream read(long offset) throws IOException {
        return new Tee(archive().read(offset), offset);
    }

    /** Passes on what nobody has read, and returns the SHA-256 of the whole archive in hexadecimal digits. */
    String finish() throws IOException {
        try (InputStream rest = read(passed)) {
            rest.transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private final class Tee extends InputStream {
        private final InputStream in;
        private long at;

        Tee(InputStream in, long at) {
            this.in = in;
            this.at = at;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int n = in.read(bytes, offset, length);
            long seen = passed - at;
            if (n > 0 && seen >= 0 && seen < n) {
                int from = offset + (int) seen;
                int fresh = n - (int) seen;
                digest.update(bytes, from, fresh);
                sink.write(bytes, from, fresh);
                passed += fresh;
            }
            at += Math.max(0, n);
            return n;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
