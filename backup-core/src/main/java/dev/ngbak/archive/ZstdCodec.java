package dev.ngbak.archive;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Packs each block into a zstd frame of its own. */
final class ZstdCodec implements BlockCodec {

    @Override
    public void pack(Block block) {
        try (ZstdCompressCtx context = new ZstdCompressCtx()) {
            context.setLevel(1).setChecksum(true).setContentSize(true);
            block.packedLength =
                    context.compressByteArray(block.packed, 0, block.packed.length, block.raw, 0, block.length);
        }
    }

    @Override
    public int findBlockEnd(byte[] bytes, int from, int to) {
        try {
            return from + (int) Zstd.findFrameCompressedSize(bytes, from, to - from);
        } catch (ZstdException e) {
            return -1;
        }
    }

    @Override
    public void unpack(Block block) {
        try {
            block.length =
                    (int) Zstd.decompressByteArray(block.raw, 0, block.raw.length, block.packed, 0, block.packedLength);
        } catch (ZstdException e) {
            block.length = -1;
        }
    }

    @Override
    public InputStream unpack(InputStream in) throws IOException {
        return new ZstdInputStreamNoFinalizer(new LastByteAlone(in));
    }

    /**
     * Delivers the last byte of a stream in a read of its own. The zstd stream forgets that a frame is open if an earlier
     * frame ended within the same read, and would accept a truncated last frame.
     */
    private static final class LastByteAlone extends FilterInputStream {
        private static final int NOT_STARTED = -2;

        private int buffered = NOT_STARTED;

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
            if (buffered == NOT_STARTED) {
                buffered = in.read();
            }
            if (buffered < 0) {
                return -1;
            }
            bytes[offset] = (byte) buffered;
            int n = length == 1 ? 0 : in.read(bytes, offset + 1, length - 1);
            if (n > 0) {
                buffered = bytes[offset + n] & 0xff;
                return n;
            }
            buffered = n < 0 ? -1 : in.read();
            return 1;
        }

        @Override
        public int available() {
            return 0;
        }
    }
}
