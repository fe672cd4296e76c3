package dev.ngbak.files;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * One file on its way through: what a parser reads is, in the same single read, written out byte for byte. So what was
 * counted and digested is what was written, also when the file changes meanwhile.
 */
final class Passage extends InputStream {

    private final InputStream in;
    private final OutputStream out;
    private final Meter meter;
    private IOException failure;
    private RuntimeException stop;

    private Passage(InputStream in, OutputStream out, Meter meter) {
        this.in = in;
        this.out = out;
        this.meter = meter;
    }

    /** Copies a file and adds what it holds to the tally. What the streams throw comes out unchanged. */
    static void run(FileKind kind, String name, InputStream in, OutputStream out, Meter meter, Tally tally)
            throws IOException {
        Passage passage = new Passage(in, out, meter);
        try {
            kind.read(passage, name, tally);
            passage.transferTo(OutputStream.nullOutputStream());
            meter.tell();
        } catch (IOException | RuntimeException e) {
            // A parser may have wrapped it, or taken it for damage.
            if (passage.failure != null) {
                throw passage.failure;
            }
            if (passage.stop != null) {
                throw passage.stop;
            }
            throw e;
        }
    }

    /** Copies a file whose content nobody looks at. */
    static void copy(InputStream in, OutputStream out, Meter meter) throws IOException {
        new Passage(in, out, meter).transferTo(OutputStream.nullOutputStream());
        meter.tell();
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
                meter.passed(n);
            }
            return n;
        } catch (IOException e) {
            failure = e;
            throw e;
        } catch (RuntimeException e) {
            stop = e;
            throw e;
        }
    }
}
