package dev.ngbak.archive;

import dev.ngbak.archive.TarInput.Refused;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;

/**
 * Unpacks a stream and refuses input that costs much and yields little: a decoder would work its way through any number of
 * empty blocks, empty frames or skippable frames, and would keep any number of bytes of a gzip header's file name or
 * comment. Can be stopped at any time.
 */
final class UnpackedInput extends InputStream {

    /** How many packed bytes may follow one another without any output. */
    private static final int LONGEST_EMPTY_RUN = 1 << 20;

    /** The limit of packed bytes is this many times the unpacked ones, plus one empty run. */
    private static final int LARGEST_EXPANSION = 2;

    private final Runnable check;
    private final InputStream decoder;
    private long packed;
    private long packedAtLastOutput;
    private long unpacked;

    /** @param check called at every step; stops the reading by an exception of its own */
    UnpackedInput(Compression compression, InputStream packed, Runnable check) throws IOException {
        this.check = check;
        this.decoder = compression.unpack(new PackedInput(packed));
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        check(check);
        int n = decoder.read(bytes, offset, length);
        if (n > 0) {
            unpacked += n;
            packedAtLastOutput = packed;
        }
        return n;
    }

    @Override
    public void close() throws IOException {
        decoder.close();
    }

    /** Runs a check, and stops a thread that was interrupted. */
    static void check(Runnable check) throws InterruptedIOException {
        check.run();
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("interrupted while reading an archive");
        }
    }

    /** The packed bytes on their way into the decoder. */
    private final class PackedInput extends InputStream {
        private final InputStream in;

        PackedInput(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            check(check);
            if (packed - packedAtLastOutput > LONGEST_EMPTY_RUN) {
                throw new Refused(
                        "it has more than " + LONGEST_EMPTY_RUN + " packed bytes in a row that unpack to nothing");
            }
            if (packed > LONGEST_EMPTY_RUN + LARGEST_EXPANSION * unpacked) {
                throw new Refused("it has more than twice as many packed bytes as unpacked ones");
            }
            int n = in.read(bytes, offset, length);
            packed += Math.max(0, n);
            return n;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
