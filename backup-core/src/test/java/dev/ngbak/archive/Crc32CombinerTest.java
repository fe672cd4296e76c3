package dev.ngbak.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class Crc32CombinerTest {

    @Test
    void combinedPartsEqualTheWhole() {
        Random random = new Random(1);
        for (int round = 0; round < 500; round++) {
            byte[] bytes = TestArchives.random(random.nextInt(5_000));
            int cut = random.nextInt(bytes.length + 1);
            assertThat(Crc32Combiner.combine(crc(bytes, 0, cut), crc(bytes, cut, bytes.length), bytes.length - cut))
                    .isEqualTo(crc(bytes, 0, bytes.length));
        }
    }

    @Test
    void emptyPartsChangeNothing() {
        assertThat(Crc32Combiner.combine(0, 0, 0)).isZero();
        assertThat(Crc32Combiner.combine(0x12345678L, 0, 0)).isEqualTo(0x12345678L);
        assertThat(Crc32Combiner.combine(0, 0xcafebabeL, 77)).isEqualTo(0xcafebabeL);
    }

    @Test
    void manyPartsAreCombined() {
        byte[] bytes = TestArchives.random(100_000);
        long sum = 0;
        for (int at = 0; at < bytes.length; at += 1000) {
            sum = Crc32Combiner.combine(sum, crc(bytes, at, at + 1000), 1000);
        }
        assertThat(sum).isEqualTo(crc(bytes, 0, bytes.length));
    }

    /** Compares 2^28 zeros with the CRC-32 of the JDK, and checks associativity for 2^50 zeros. */
    @Test
    void hugeLengthsAreCombined() {
        byte[] zeros = new byte[1 << 20];
        CRC32 expected = new CRC32();
        for (int i = 0; i < 256; i++) {
            expected.update(zeros);
        }
        long sum = crc(new byte[1], 0, 1);
        for (long length = 1; length < 1L << 28; length *= 2) {
            sum = Crc32Combiner.combine(sum, sum, length);
        }
        assertThat(sum).isEqualTo(expected.getValue());

        long petabyte = sum;
        for (long length = 1L << 28; length < 1L << 50; length *= 2) {
            petabyte = Crc32Combiner.combine(petabyte, petabyte, length);
        }
        long left = Crc32Combiner.combine(0xabcdef01L, Crc32Combiner.combine(petabyte, 0x13572468L, 5), (1L << 50) + 5);
        long right = Crc32Combiner.combine(Crc32Combiner.combine(0xabcdef01L, petabyte, 1L << 50), 0x13572468L, 5);
        assertThat(left).isEqualTo(right);
    }

    private static long crc(byte[] bytes, int from, int to) {
        CRC32 crc = new CRC32();
        crc.update(bytes, from, to - from);
        return crc.getValue();
    }
}
