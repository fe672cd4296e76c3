package dev.ngbak.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.Role;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PartNumbersTest {

    private final PartNumbers numbers = new PartNumbers();

    private PartNumbers.Run start(Role role, String path) {
        return numbers.start(role, path).orElseThrow();
    }

    @Test
    void numbersOfStoresAreInTheOrderOfTheirDirectories() {
        PartNumbers.Run vectors = start(Role.VECTOR, "vectors/nano/a");
        PartNumbers.Run keys = start(Role.KV, "kv/a");
        PartNumbers.Run graph = start(Role.GRAPH, "graph/a");
        assertThat(graph.first()).isLessThan(keys.first());
        assertThat(keys.first()).isLessThan(vectors.first());
        assertThat(numbers.nextStart(0)).isEqualTo(graph.first());
        assertThat(numbers.nextStart(graph.first())).isEqualTo(keys.first());
        assertThat(numbers.nextStart(vectors.first())).isEqualTo(PartNumbers.MAX_NUMBER + 1);
    }

    @Test
    void numbersAreLeftBeforeEachEntry() {
        PartNumbers.Run first = start(Role.GRAPH, "graph/a");
        assertThat(first.first()).isEqualTo(PartNumbers.NUMBERS_BETWEEN + 1);
        assertThat(first.next()).isEqualTo(first.first());
        int last = first.next();
        assertThat(start(Role.GRAPH, "graph/b").first()).isEqualTo(last + PartNumbers.NUMBERS_BETWEEN + 1);
        assertThat(first.hasNext()).as("after a later entry has started").isFalse();
    }

    @Test
    void entryBeforeALaterOneGetsNoNumbers() {
        start(Role.KV, "kv/b");
        assertThat(numbers.start(Role.KV, "kv/a")).isEmpty();
        assertThat(numbers.start(Role.KV, "kv/b")).isEmpty();
    }

    @Test
    void storeUsesNoNumbersOfAnotherOne() {
        PartNumbers.Run graph = start(Role.GRAPH, "graph/a");
        PartNumbers.Run keys = start(Role.KV, "kv/a");
        int last = 0;
        while (graph.hasNext()) {
            last = graph.next();
        }
        assertThat(last).isEqualTo(PartNumbers.NUMBERS_PER_STORE);
        assertThat(last).isLessThan(keys.first() - PartNumbers.NUMBERS_BETWEEN);
        assertThat(numbers.start(Role.GRAPH, "graph/b")).isEmpty();
    }

    @Test
    void numbersAreFreeWhenAllEntriesOfTheStoreAreDropped() {
        PartNumbers.Run first = start(Role.KV, "kv/a");
        PartNumbers.Run second = start(Role.KV, "kv/b");
        first.drop();
        assertThat(numbers.start(Role.KV, "kv/a"))
                .as("while another entry remains")
                .isEmpty();
        second.drop();
        assertThat(start(Role.KV, "kv/a").first()).isEqualTo(first.first());
    }

    @ParameterizedTest
    @CsvSource({"0, 8388608", "511, 8388608", "512, 16777216", "3000, 268435456", "9999, 5368709120"})
    void partsOfALargeEntryGrow(int partsBefore, long bytes) {
        assertThat(PartNumbers.partBytes(partsBefore)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({"0, 8388608", "1099511627776, 122683392", "5497558138880, 611319808"})
    void equalPartsAreLargeEnoughForTheArchive(long expectedBytes, long partBytes) {
        assertThat(PartNumbers.equalPartBytes(expectedBytes)).isEqualTo(partBytes);
        assertThat(partBytes * 9_000).isGreaterThanOrEqualTo(expectedBytes);
    }
}
