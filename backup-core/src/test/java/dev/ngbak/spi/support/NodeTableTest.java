package dev.ngbak.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeTableTest {

    @TempDir
    Path directory;

    @Test
    void nodesAreFoundByNumberAndNamedByPosition() throws IOException {
        try (NodeTable table = new NodeTable(TempFiles.in(directory))) {
            String longName = "x".repeat(200_000);
            assertThat(table.add(Long.MIN_VALUE, "first")).isZero();
            assertThat(table.add(7, longName)).isEqualTo(1);
            assertThat(table.name(1)).isEqualTo(longName);
            assertThat(table.add(0, "")).isEqualTo(2);
            assertThat(table.add(-1, "Sølvhavn")).isEqualTo(3);
            assertThat(table.add(7, "again")).isEqualTo(-1);

            assertThat(table.size()).isEqualTo(4);
            assertThat(table.position(-1)).isEqualTo(3);
            assertThat(table.position(8)).isEqualTo(-1);
            assertThat(table.name(0)).isEqualTo("first");
            assertThat(table.name(2)).isEmpty();
            assertThat(table.name(3)).isEqualTo("Sølvhavn");
        }
    }

    @Test
    void tableGrowsAndKeepsItsKeys() throws IOException {
        Random random = new Random(1);
        Map<Long, Long> expected = new HashMap<>();
        try (DiskTable table = new DiskTable(TempFiles.in(directory))) {
            for (long i = 0; i < 50_000; i++) {
                // Few high halves, so that keys differ in one half only.
                long low = random.nextInt(40_000);
                Long present = expected.putIfAbsent(low, i);
                assertThat(table.putIfAbsent(low % 3, low, i)).isEqualTo(present == null ? DiskTable.ABSENT : present);
            }
            for (long low = 0; low < 40_000; low++) {
                assertThat(table.get(low % 3, low)).isEqualTo(expected.getOrDefault(low, DiskTable.ABSENT));
                assertThat(table.get(low % 3 + 1, low)).isEqualTo(DiskTable.ABSENT);
            }
        }
    }
}
