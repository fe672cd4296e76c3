package dev.ngbak.archive;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * How the tar is packed. Each form lets blocks be compressed apart and written one behind the other: gzip as one member
 * of deflate blocks that end on byte boundaries, zstd as a frame for each block.
 */
public enum Compression {
    GZIP {
        @Override
        byte[] head() {
            return new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};
        }

        @Override
        void pack(Block block) {
            block.crc = crc(block);
            boolean better = block.number % BETTER == BETTER - 1;
            Deflater deflater = new Deflater(better ? Deflater.BEST_SPEED + 1 : Deflater.BEST_SPEED, true);
            try {
                if (isDense(block, deflater)) {
                    store(block);
                    return;
                }
                deflater.reset();
                deflater.setInput(block.raw, 0, block.length);
                block.packedLength = deflater.deflate(block.packed, 0, block.packed.length, Deflater.FULL_FLUSH);
            } finally {
                deflater.end();
            }
            if (block.packedLength >= block.length) {
                store(block);
            }
        }

        /**
         * Whether deflating would save less than an eighth, told by deflating a sample: vectors shrink by a fourteenth, at
         * twenty times the cost of storing them, and cost as much again each time they are read.
         */
        private boolean isDense(Block block, Deflater deflater) {
            if (block.length < 4 * SAMPLES * SAMPLE) {
                return false;
            }
            // The packed bytes are still free.
            byte[] scratch = block.packed;
            for (int i = 0; i < SAMPLES; i++) {
                System.arraycopy(block.raw, block.length / SAMPLES * i, scratch, i * SAMPLE, SAMPLE);
            }
            int size = SAMPLES * SAMPLE;
            deflater.setInput(scratch, 0, size);
            return deflater.deflate(scratch, size, scratch.length - size, Deflater.FULL_FLUSH) > size - size / 8;
        }

        /** Behind the next empty stored block, or what looks like one; stored blocks say how much is to be passed over. */
        @Override
        int cut(byte[] bytes, int from, int to) {
            int at = from;
            while (at + 5 <= to && bytes[at] == 0) {
                int size = (bytes[at + 1] & 0xff) | (bytes[at + 2] & 0xff) << 8;
                int complement = (bytes[at + 3] & 0xff) | (bytes[at + 4] & 0xff) << 8;
                if (size + complement != 0xffff) {
                    break;
                }
                at += 5 + size;
                if (size == 0) {
                    return at;
                }
            }
            // By steps: a byte that is neither 0 nor -1 is in no mark, and a 0 stands two bytes or more before the end
            // of one.
            int i = at + 3;
            while (i < to) {
                if (bytes[i] == -1) {
                    if (bytes[i - 1] == -1 && bytes[i - 2] == 0 && bytes[i - 3] == 0) {
                        return i + 1;
                    }
                    i++;
                } else {
                    i += bytes[i] == 0 ? 2 : 4;
                }
            }
            return -1;
        }

        @Override
        void unpack(Block block) {
            block.length = -1;
            // The end of a stream, which the decoder takes for one only where it stands between two deflate blocks.
            block.packed[block.packedLength] = 3;
            block.packed[block.packedLength + 1] = 0;
            Inflater inflater = new Inflater(true);
            try {
                inflater.setInput(block.packed, 0, block.packedLength + 2);
                int length = inflater.inflate(block.raw);
                boolean all = inflater.finished() || inflater.inflate(new byte[1]) == 0;
                if (all && inflater.finished() && inflater.getRemaining() == 0) {
                    block.length = length;
                    block.crc = crc(block);
                }
            } catch (DataFormatException e) {
                // said by the length
            } finally {
                inflater.end();
            }
        }

        private long crc(Block block) {
            CRC32 crc = new CRC32();
            crc.update(block.raw, 0, block.length);
            return crc.getValue();
        }

        /** Stored blocks of at most 65,535 bytes, and an empty one, as behind a deflated block: RFC 1951 §3.2.4. */
        private void store(Block block) {
            ByteBuffer out = ByteBuffer.wrap(block.packed).order(ByteOrder.LITTLE_ENDIAN);
            for (int from = 0; from < block.length; from += 0xffff) {
                int size = Math.min(0xffff, block.length - from);
                out.put((byte) 0).putShort((short) size).putShort((short) ~size).put(block.raw, from, size);
            }
            block.packedLength = out.put(EMPTY).position();
        }

        @Override
        byte[] tail(long crc, long size) {
            // An empty last block (fixed codes), then CRC-32 and the size modulo 2^32.
            return ByteBuffer.allocate(10)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .put((byte) 3)
                    .put((byte) 0)
                    .putInt((int) crc)
                    .putInt((int) size)
                    .array();
        }

        @Override
        InputStream unpack(InputStream in) throws IOException {
            return GzipCompressorInputStream.builder()
                    .setInputStream(in)
                    .setDecompressConcatenated(true)
                    .get();
        }
    },

    ZSTD {
        @Override
        byte[] head() {
            return new byte[0];
        }

        @Override
        void pack(Block block) {
            try (ZstdCompressCtx context = new ZstdCompressCtx()) {
                context.setLevel(1).setChecksum(true).setContentSize(true);
                block.packedLength =
                        context.compressByteArray(block.packed, 0, block.packed.length, block.raw, 0, block.length);
            }
        }

        @Override
        int cut(byte[] bytes, int from, int to) {
            try {
                return from + (int) Zstd.findFrameCompressedSize(bytes, from, to - from);
            } catch (ZstdException e) {
                return -1;
            }
        }

        @Override
        void unpack(Block block) {
            try {
                block.length = (int)
                        Zstd.decompressByteArray(block.raw, 0, block.raw.length, block.packed, 0, block.packedLength);
            } catch (ZstdException e) {
                block.length = -1;
            }
        }

        @Override
        byte[] tail(long crc, long size) {
            return new byte[0];
        }

        @Override
        InputStream unpack(InputStream in) throws IOException {
            return new ZstdInputStreamNoFinalizer(new LastByteAlone(in));
        }
    },

    NONE {
        @Override
        byte[] head() {
            return new byte[0];
        }

        @Override
        void pack(Block block) {
            System.arraycopy(block.raw, 0, block.packed, 0, block.length);
            block.packedLength = block.length;
        }

        @Override
        byte[] tail(long crc, long size) {
            return new byte[0];
        }

        @Override
        InputStream unpack(InputStream in) {
            return in;
        }
    };

    static final int BUFFER = 1 << 16;

    /** What unpacking wants behind a block's packed bytes. */
    static final int SPARE = 2;

    private static final int WORTH_THREADS = 4 * Block.SIZE;
    /**
     * One block in so many is deflated a level better. That costs a hundredth of the time, and saves a little more than what is
     * lost by blocks that do not refer to the one before.
     */
    private static final int BETTER = 16;

    private static final byte[] EMPTY = {0, 0, 0, -1, -1};
    private static final int SAMPLES = 4;
    private static final int SAMPLE = 4096;
    private static final int NOT_BEGUN = -2;

    /** The bytes before the first block. */
    abstract byte[] head();

    /** Compresses a block's raw bytes into its packed bytes. Called from several threads. */
    abstract void pack(Block block);

    /** The bytes behind the last block, for the CRC-32 and the size of the whole tar. */
    abstract byte[] tail(long crc, long size);

    /**
     * Where the block that begins at {@code from} ends, as far as that can be seen without unpacking it.
     *
     * @return -1 where it does not end before {@code to}
     */
    int cut(byte[] bytes, int from, int to) {
        return -1;
    }

    /**
     * Unpacks a block's packed bytes into its raw bytes; its length is -1 where they are no whole block that stands for
     * itself. Called from several threads.
     */
    void unpack(Block block) {
        block.length = -1;
    }

    /** Unpacks what any program packed. */
    abstract InputStream unpack(InputStream in) throws IOException;

    /**
     * Opens the tar inside an archive for a pass over all of it, with several threads where it is large enough.
     *
     * @param index what is known of where its blocks are; those that are met are noted in it
     * @param check called at every step; stops the reading by an exception of its own
     * @return as below
     */
    static InputStream open(Path file, ArchiveIndex index, Runnable check) throws IOException {
        if (Files.size(file) >= WORTH_THREADS) {
            Compression form;
            try (InputStream in = Files.newInputStream(file)) {
                form = of(in.readNBytes(512));
            }
            if (form == GZIP || form == ZSTD) {
                return new BlockInput(file, form, index, check);
            }
        }
        return open(Files.newInputStream(file), BUFFER, check);
    }

    /**
     * Opens the tar inside an archive, whose form is told by its first bytes.
     *
     * @param buffer how many bytes to read and unpack at once, which may be more than is wanted in the end
     * @param check called at every step; stops the reading by an exception of its own
     * @return the tar's bytes, or {@code null} when the bytes are none of the three forms; closing it closes {@code file}, as does failing
     */
    static InputStream open(InputStream file, int buffer, Runnable check) throws IOException {
        try {
            BufferedInputStream in = new BufferedInputStream(file, buffer);
            in.mark(512);
            byte[] start = in.readNBytes(512);
            in.reset();
            Compression form = of(start);
            if (form != null) {
                return new BufferedInputStream(new UnpackedInput(form, in, check), buffer);
            }
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
        file.close();
        return null;
    }

    /**
     * Hands over a stream's last byte in a read of its own. The zstd stream forgets that a frame is open when an earlier
     * one ended within the same read, and would take a cut last frame for a whole one.
     */
    private static final class LastByteAlone extends FilterInputStream {
        private int held = NOT_BEGUN;

        LastByteAlone(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (held == NOT_BEGUN) {
                held = in.read();
            }
            if (held < 0) {
                return -1;
            }
            bytes[offset] = (byte) held;
            int n = length == 1 ? 0 : in.read(bytes, offset + 1, length - 1);
            if (n > 0) {
                held = bytes[offset + n] & 0xff;
                return n;
            }
            held = n < 0 ? -1 : in.read();
            return 1;
        }

        @Override
        public int available() {
            return 0;
        }
    }

    private static Compression of(byte[] start) {
        if (start.length >= 2 && (start[0] & 0xff) == 0x1f && (start[1] & 0xff) == 0x8b) {
            return GZIP;
        }
        if (start.length >= 4) {
            int magic = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getInt();
            // A frame, or one of the sixteen skippable frames that some packers put in front: RFC 8878 §3.1.
            if (magic == Zstd.magicNumber() || (magic & 0xfffffff0) == 0x184d2a50) {
                return ZSTD;
            }
        }
        boolean ustar = start.length == 512 && new String(start, 257, 5, StandardCharsets.ISO_8859_1).equals("ustar");
        // Tars older than POSIX have no magic, but a checksum.
        return ustar || (start.length == 512 && TarHeader.sumIsRight(start)) ? NONE : null;
    }
}
