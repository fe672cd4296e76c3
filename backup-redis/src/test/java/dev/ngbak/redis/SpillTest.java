package dev.ngbak.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SpillTest {

    @TempDir
    Path folder;

    @Test
    void givesBackInOrderAndKeepsTheOrderOfEquals() throws IOException {
        Random random = new Random(1);
        List<byte[][]> wanted = new ArrayList<>();
        try (Spill spill = new Spill(folder, 20_000)) {
            for (int i = 0; i < 3_000; i++) {
                byte[] key = new byte[random.nextInt(3)];
                random.nextBytes(key);
                byte[] value = new byte[random.nextInt(100) == 0 ? 50_000 : random.nextInt(50)];
                random.nextBytes(value);
                spill.add(key, value);
                wanted.add(new byte[][] {key, value});
            }
            wanted.sort((a, b) -> Arrays.compareUnsigned(a[0], b[0]));
            for (int pass = 0; pass < 2; pass++) {
                Spill.Sorted sorted = spill.sorted();
                for (byte[][] pair : wanted) {
                    assertThat(sorted.next()).isTrue();
                    assertThat(sorted.key()).isEqualTo(pair[0]);
                    if (random.nextBoolean()) {
                        assertThat(sorted.value()).isEqualTo(pair[1]);
                    }
                }
                assertThat(sorted.next()).isFalse();
            }
            try (var files = Files.list(folder)) {
                assertThat(files).isEmpty();
            }
        }
    }
}
