package dev.ngbak.spi.support;

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

final class ExternalSorterTest {

    private static final int RUN_BYTES = 20_000;

    @TempDir
    Path folder;

    private record Pair(byte[] key, byte[] value) {}

    /** Short keys, so that many are equal, and some values that are larger than a run. */
    private static List<Pair> randomPairs(int count) {
        Random random = new Random(1);
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] key = new byte[random.nextInt(3)];
            random.nextBytes(key);
            byte[] value = new byte[random.nextInt(100) == 0 ? 50_000 : random.nextInt(50)];
            random.nextBytes(value);
            pairs.add(new Pair(key, value));
        }
        return pairs;
    }

    private ExternalSorter sorterOf(List<Pair> pairs) throws IOException {
        ExternalSorter sorter = new ExternalSorter(TempFiles.in(folder), RUN_BYTES);
        for (Pair pair : pairs) {
            sorter.add(pair.key(), pair.value());
        }
        return sorter;
    }

    /** Sorts in memory. Keeps the order of equal keys, as the sorter promises. */
    private static List<Pair> sorted(List<Pair> pairs) {
        return pairs.stream()
                .sorted((a, b) -> Arrays.compareUnsigned(a.key(), b.key()))
                .toList();
    }

    @Test
    void sortedReturnsPairsByKeyAndKeepsTheOrderOfEqualKeys() throws IOException {
        List<Pair> pairs = randomPairs(3_000);
        try (ExternalSorter sorter = sorterOf(pairs)) {
            assertThat(sorter.count()).isEqualTo(3_000);
            for (int pass = 0; pass < 2; pass++) {
                ExternalSorter.Sorted walk = sorter.sorted();
                for (Pair pair : sorted(pairs)) {
                    assertThat(walk.next()).isTrue();
                    assertThat(walk.key()).isEqualTo(pair.key());
                    assertThat(walk.value()).isEqualTo(pair.value());
                }
                assertThat(walk.next()).isFalse();
            }
        }
    }

    @Test
    void sortedSkipsValuesThatAreNotRead() throws IOException {
        List<Pair> pairs = randomPairs(3_000);
        try (ExternalSorter sorter = sorterOf(pairs)) {
            ExternalSorter.Sorted walk = sorter.sorted();
            int index = 0;
            for (Pair pair : sorted(pairs)) {
                assertThat(walk.next()).isTrue();
                assertThat(walk.key()).isEqualTo(pair.key());
                if (index++ % 7 == 0) {
                    assertThat(walk.value()).isEqualTo(pair.value());
                }
            }
            assertThat(walk.next()).isFalse();
        }
    }

    @Test
    void sortedIsEmptyWithoutPairs() throws IOException {
        try (ExternalSorter sorter = sorterOf(List.of())) {
            assertThat(sorter.sorted().next()).isFalse();
        }
    }

    @Test
    void theTemporaryFileHasNoName() throws IOException {
        try (ExternalSorter sorter = sorterOf(randomPairs(3_000));
                var files = Files.list(folder)) {
            assertThat(sorter.count()).isPositive();
            assertThat(files).isEmpty();
        }
    }
}
