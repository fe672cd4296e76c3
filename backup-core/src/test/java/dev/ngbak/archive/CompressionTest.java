package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CompressionTest {

    @ParameterizedTest
    @EnumSource
    void incompressibleBlockGrowsByLessThanOneThousandth(Compression compression) {
        for (int size : new int[] {1, 511, 512, 65_534, 65_535, 65_536, Block.SIZE - 1, Block.SIZE}) {
            Block block = new Block();
            block.length = size;
            System.arraycopy(TestArchives.random(size), 0, block.raw, 0, size);
            compression.codec().pack(block);
            assertThat(block.packedLength).as("%d bytes", size).isLessThanOrEqualTo(size + size / 1000 + 32);
        }
    }

    @ParameterizedTest
    @EnumSource
    void compressedEmptyTarIsRecognized(Compression compression) throws IOException {
        Block block = new Block();
        block.length = 1024;
        compression.codec().pack(block);
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        out.writeBytes(compression.codec().head());
        out.write(block.packed, 0, block.packedLength);
        out.writeBytes(compression.codec().tail(block.crc, 1024));
        var in = Compression.open(new ByteArrayInputStream(out.toByteArray()), Compression.BUFFER_BYTES, () -> {});
        if (compression == Compression.NONE) {
            // An uncompressed empty tar is only zeros and has no signature.
            assertThat(in).isNull();
        } else {
            assertThat(in.readAllBytes()).isEqualTo(new byte[1024]);
        }
    }
}
