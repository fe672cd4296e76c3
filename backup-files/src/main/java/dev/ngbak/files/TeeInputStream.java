package dev.ngbak.files;

import dev.ngbak.spi.support.ProgressMeter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Copies a file to an output while a decoder reads it, so that the records are those of the bytes written, even if the file
 * changes in the meantime.
 */
final class TeeInputStream extends InputStream {

    /** Reads a stream, not necessarily to its end. */
    @FunctionalInterface
    interface Decoder {
        void read(InputStream in) throws IOException;
    }

    private final InputStream in;
    private final OutputStream out;
    private final ProgressMeter meter;
    private IOException ioFailure;
    private RuntimeException failure;

    private TeeInputStream(InputStream in, OutputStream out, ProgressMeter meter) {
        this.in = in;
        this.out = out;
        this.meter = meter;
    }

    /** Decodes a stream and copies all of it. Exceptions of the streams and the meter pass unchanged. */
    static void copy(InputStream in, OutputStream out, ProgressMeter meter, Decoder decoder) throws IOException {
        TeeInputStream tee = new TeeInputStream(in, out, meter);
        try {
            decoder.read(tee);
            tee.transferTo(OutputStream.nullOutputStream());
        } catch (IOException | RuntimeException e) {
            // The decoder may have wrapped the failure, or mistaken it for malformed content.
            if (tee.ioFailure != null) {
                throw tee.ioFailure;
            }
            if (tee.failure != null) {
                throw tee.failure;
            }
            throw e;
        }
        meter.flush();
    }

    /** Copies a stream without decoding it. */
    static void copy(InputStream in, OutputStream out, ProgressMeter meter) throws IOException {
        copy(in, out, meter, tee -> {});
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        try {
            meter.check();
            int n = in.read(bytes, offset, length);
            if (n > 0) {
                out.write(bytes, offset, n);
                meter.bytes(n);
            }
            return n;
        } catch (IOException e) {
            ioFailure = e;
            throw e;
        } catch (RuntimeException e) {
            failure = e;
            throw e;
        }
    }
}
