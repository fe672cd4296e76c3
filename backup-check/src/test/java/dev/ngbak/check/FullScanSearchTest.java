package dev.ngbak.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.layout.NanoGraphRagLayout;
import dev.ngbak.spi.Lookup.EntitySearch.Hit;
import dev.ngbak.spi.Lookup.EntitySearch.Probe;
import dev.ngbak.spi.RecordVisitor.Vector;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FullScanSearchTest {

    private final TestSystem system = new TestSystem();
    private final FullScanSearch search =
            new FullScanSearch(new RecordScan(system, Role.VECTOR), new NanoGraphRagLayout().records());

    private List<String> sample(int limit) throws IOException {
        return search.sample(limit).stream().map(Probe::entity).toList();
    }

    @Test
    void sampleReturnsAllOfFewEntities() throws IOException {
        system.entity("A", 1, 0);
        system.entity("B", 0, 1);

        assertThat(sample(10)).containsExactly("A", "B");
    }

    @Test
    void sampleIsSpreadOverManyEntities() throws IOException {
        for (int i = 0; i < 1000; i++) {
            system.entity(Integer.toString(i), 1, i);
        }

        List<Integer> sample = sample(10).stream().map(Integer::valueOf).toList();

        assertThat(sample).hasSize(10).isSorted().doesNotHaveDuplicates();
        for (int i = 1; i < sample.size(); i++) {
            assertThat(sample.get(i) - sample.get(i - 1)).isBetween(50, 200);
        }
    }

    @Test
    void sampleLeavesOutPointsWithoutANameOrADenseVector() throws IOException {
        system.point("here_entities", null, Map.of("id", "1"), TestSystem.vectors(1, 0));
        system.point(
                "here_entities",
                null,
                TestSystem.entityPayload("A"),
                List.of(new Vector("sparse", new float[] {1}, new int[] {0})));
        system.point("here_chunks", null, TestSystem.entityPayload("B"), TestSystem.vectors(1, 0));

        assertThat(sample(10)).isEmpty();
    }

    @Test
    void searchReturnsTheEntityAndItsNearestNeighbourInOrder() throws IOException {
        system.entity("A", 1, 0);
        system.entity("B", 3, 1);
        system.entity("C", 0, 1);
        Probe probe = new Probe("here_entities", "B", new Vector("dense", new float[] {1, 0}, null));

        List<Hit> hits = search.search(List.of(probe)).get(0);

        assertThat(hits).extracting(Hit::entity).containsExactly("A", "B");
        assertThat(hits.get(0).score()).isEqualTo(1);
    }

    @Test
    void searchIgnoresOtherCollections() throws IOException {
        system.point("other_entities", null, TestSystem.entityPayload("A"), TestSystem.vectors(1, 0));
        Probe probe = new Probe("here_entities", "A", new Vector("dense", new float[] {1, 0}, null));

        assertThat(search.search(List.of(probe))).containsExactly(List.of());
    }
}
