package dev.ngbak.archive;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;

/**
 * Unpacks a stream and rejects input that is expensive to read but yields little. A decoder would otherwise process any
 * number of empty blocks, empty frames or skippable frames, and would buffer a gzip file name or comment of any length. Can be
 * stopped at any time.
 */
final class UnpackedInput extends InputStream {

    /** The number of consecutive packed bytes that may unpack to nothing. */
    private static final int MAX_EMPTY_RUN = 1 << 20;

    /** The packed bytes may exceed the unpacked ones by this factor, plus one empty run. */
    private static final int MAX_EXPANSION = 2;

    private final Runnable check;
    private final InputStream decoder;
    private long packed;
    private long packedAtLastOutput;
    private long unpacked;

    /** @param check called at every step; an exception from it stops the reading */
    UnpackedInput(BlockCodec codec, InputStream packed, Runnable check) throws IOException {
        this.check = check;
        this.decoder = codec.unpack(new PackedInput(packed));
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        check(check);
        // A decoder fills the whole array before it returns, so output is counted only then.
        int n = decoder.read(bytes, offset, Math.min(length, Compression.BUFFER_BYTES));
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

    /** Runs a check, and throws if the thread was interrupted. */
    static void check(Runnable check) throws InterruptedIOException {
        check.run();
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("interrupted while reading an archive");
        }
    }

    /** Counts the packed bytes that the decoder reads. */
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
            if (packed - packedAtLastOutput > MAX_EMPTY_RUN) {
                throw new RefusedArchiveException(
                        "more than " + MAX_EMPTY_RUN + " consecutive packed bytes unpack to nothing");
            }
            if (packed > MAX_EMPTY_RUN + MAX_EXPANSION * unpacked) {
                throw new RefusedArchiveException("its packed size is more than twice its unpacked size");
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
