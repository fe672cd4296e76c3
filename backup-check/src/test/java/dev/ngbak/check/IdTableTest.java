package dev.ngbak.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.check.IdTable.Column;
import dev.ngbak.check.IdTable.Flag;
import dev.ngbak.spi.support.TempFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdTableTest {

    @TempDir
    Path scratch;

    private IdTable.Names names;
    private IdTable table;

    @BeforeEach
    void open() throws IOException {
        TempFiles files = TempFiles.in(scratch);
        names = new IdTable.Names(files);
        table = new IdTable(files, names);
    }

    @AfterEach
    void close() throws IOException {
        table.close();
        names.close();
    }

    @Test
    void unknownIdHasNoSlot() {
        assertThat(table.find("a")).isEqualTo(-1);
        assertThat(table.find(0)).isEqualTo(-1);
    }

    @Test
    void addReturnsTheSameSlotForTheSameId() throws IOException {
        int slot = table.add("a");
        table.set(slot, Flag.B);

        assertThat(table.add("a")).isEqualTo(slot);
        assertThat(table.find("a")).isEqualTo(slot);
        assertThat(table.has(slot, Flag.B)).isTrue();
        assertThat(table.has(slot, Flag.A)).isFalse();
    }

    @Test
    void everythingSurvivesGrowth() throws IOException {
        int count = 10_000;
        for (int i = 0; i < count; i++) {
            int slot = table.add("id " + i);
            table.put(slot, Column.FIRST, i);
            table.add(slot, Column.SECOND, -i);
            table.set(slot, i % 2 == 0 ? Flag.A : Flag.E);
        }

        Set<String> found = new HashSet<>();
        table.forEach(slot -> found.add(table.name(slot)));
        assertThat(found).hasSize(count);
        for (int i = 0; i < count; i++) {
            int slot = table.find("id " + i);
            assertThat(table.name(slot)).isEqualTo("id " + i);
            assertThat(table.get(slot, Column.FIRST)).isEqualTo(i);
            assertThat(table.get(slot, Column.SECOND)).isEqualTo(-i);
            assertThat(table.has(slot, Flag.A)).isEqualTo(i % 2 == 0);
            assertThat(table.has(slot, Flag.E)).isEqualTo(i % 2 == 1);
        }
    }

    @Test
    void numbersAreIdsToo() throws IOException {
        long name = names.add("node");
        int slot = table.add(Long.MIN_VALUE, name);

        assertThat(table.find(Long.MIN_VALUE)).isEqualTo(slot);
        assertThat(table.name(slot)).isEqualTo("node");
        assertThat(table.find(Long.MAX_VALUE)).isEqualTo(-1);
    }

    @Test
    void longNameIsTruncatedAndItsIdIsNot() throws IOException {
        String common = "é".repeat(400);
        int one = table.add(common + "1");

        assertThat(table.name(one)).isEqualTo(common);
        assertThat(table.find(common + "2")).isEqualTo(-1);
    }
}
