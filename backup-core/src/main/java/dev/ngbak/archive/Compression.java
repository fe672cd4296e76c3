package dev.ngbak.archive;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
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
            CRC32 crc = new CRC32();
            crc.update(block.raw, 0, block.length);
            block.crc = crc.getValue();
            Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
            try {
                deflater.setInput(block.raw, 0, block.length);
                block.packedLength = deflater.deflate(block.packed, 0, block.packed.length, Deflater.FULL_FLUSH);
            } finally {
                deflater.end();
            }
            if (block.packedLength >= block.length) {
                store(block);
            }
        }

        /** Stored blocks of at most 65,535 bytes: RFC 1951 §3.2.4. */
        private void store(Block block) {
            ByteBuffer out = ByteBuffer.wrap(block.packed).order(ByteOrder.LITTLE_ENDIAN);
            for (int from = 0; from < block.length; from += 0xffff) {
                int size = Math.min(0xffff, block.length - from);
                out.put((byte) 0).putShort((short) size).putShort((short) ~size).put(block.raw, from, size);
            }
            block.packedLength = out.position();
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
    private static final int NOT_BEGUN = -2;

    /** The bytes before the first block. */
    abstract byte[] head();

    /** Compresses a block's raw bytes into its packed bytes. Called from several threads. */
    abstract void pack(Block block);

    /** The bytes behind the last block, for the CRC-32 and the size of the whole tar. */
    abstract byte[] tail(long crc, long size);

    abstract InputStream unpack(InputStream in) throws IOException;

    /**
     * Opens the tar inside an archive, whose form is told by its first bytes.
     *
     * @param buffer how many bytes to read and unpack at once, which may be more than is wanted in the end
     * @return the tar's bytes, or {@code null} when the bytes are none of the three forms; closing it closes {@code file}
     */
    static InputStream open(InputStream file, int buffer) throws IOException {
        BufferedInputStream in = new BufferedInputStream(file, buffer);
        in.mark(512);
        byte[] start = in.readNBytes(512);
        in.reset();
        Compression form = of(start);
        return form == null ? null : new BufferedInputStream(form.unpack(in), buffer);
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
