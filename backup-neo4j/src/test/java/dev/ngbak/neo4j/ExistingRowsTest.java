package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.neo4j.driver.Record;
import org.neo4j.driver.Values;
import org.neo4j.driver.internal.InternalRecord;

/** Rows as the driver returns them for records that are being deleted. ConcurrentWriterTest uses the real server. */
class ExistingRowsTest {

    private static final Map<String, Object> SOME = Map.of("id", "A");
    private static final Map<String, Object> NONE = Map.of();

    private final List<List<Long>> reread = new ArrayList<>();
    private final List<Long> read = new ArrayList<>();

    private static Record row(Object... values) {
        return new InternalRecord(
                Arrays.stream(values).map(value -> "c").toList(),
                Arrays.stream(values).map(Values::value).toList());
    }

    /** @param existing the rows that still exist at the second read */
    private ExistingRows.Reread returning(Record... existing) {
        return ids -> {
            reread.add(List.copyOf(ids));
            return Arrays.stream(existing)
                    .filter(row -> ids.contains(row.get(0).asLong()))
                    .toList();
        };
    }

    private void nodes(String scope, ExistingRows.Reread rereader, Record... rows) throws Exception {
        read(
                ExistingRows.nodes(
                        new GraphScope(scope),
                        rereader,
                        row -> read.add(row.get(0).asLong())),
                rows);
    }

    private void relationships(ExistingRows.Reread rereader, Record... rows) throws Exception {
        read(ExistingRows.relationships(rereader, row -> read.add(row.get(0).asLong())), rows);
    }

    private static void read(ExistingRows existing, Record... rows) throws Exception {
        for (Record row : rows) {
            existing.read(row);
        }
        existing.rereadSuspects();
    }

    @Test
    void deletedNodeWithTheLabelIsLeftOut() throws Exception {
        nodes("L", returning(), row(1, List.of("L"), SOME), row(2, List.of(), NONE), row(3, List.of("L"), NONE));
        assertThat(read).containsExactly(1L);
        assertThat(reread).containsExactly(List.of(2L, 3L));
    }

    @Test
    void nodeThatLostTheLabelIsLeftOut() throws Exception {
        nodes("L", returning(row(2, List.of("Other"), SOME)), row(2, List.of("Other"), SOME));
        assertThat(read).isEmpty();
    }

    @Test
    void nodeWithoutPropertiesIsKeptIfItExists() throws Exception {
        nodes("L", returning(row(2, List.of("L"), NONE)), row(1, List.of("L"), NONE), row(2, List.of("L"), NONE));
        assertThat(read).containsExactly(2L);
    }

    @Test
    void nodeWithoutLabelsIsKeptInTheWholeDatabaseIfItExists() throws Exception {
        nodes(
                "*",
                returning(row(1, List.of(), NONE), row(3, List.of(), SOME)),
                row(1, List.of(), NONE),
                row(2, List.of(), NONE),
                row(3, List.of(), SOME),
                row(4, List.of("L"), SOME));
        assertThat(read).containsExactlyInAnyOrder(1L, 3L, 4L);
    }

    @Test
    void deletedRelationshipIsLeftOut() throws Exception {
        relationships(
                returning(row(4, 10, 11, "R", NONE), row(5, 10, 11, null, NONE)),
                row(1, 10, 11, "R", SOME),
                row(2, 10, 11, null, NONE),
                row(3, 10, 11, "R", NONE),
                row(4, 10, 11, "R", NONE),
                row(5, 10, 11, "R", null));
        assertThat(read).containsExactlyInAnyOrder(1L, 4L);
    }

    @Test
    void suspectRowsAreReadAgainInBatches() throws Exception {
        Record[] rows = new Record[2 * ExistingRows.BATCH + 1];
        Arrays.setAll(rows, i -> row(i, List.of("L"), NONE));
        nodes("L", returning(rows), rows);
        assertThat(read).hasSize(rows.length);
        assertThat(reread).hasSize(3);
    }
}
