package dev.ngbak.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatisticsTest {

    private static final Map<Role, StoreCounts> COUNTS = Map.of(
            Role.GRAPH, new StoreCounts(Map.of("entities", 5L, "relationships", 7L, "communities", 3L)),
            Role.VECTOR, new StoreCounts(Map.of("here_entities", 5L)),
            Role.KV, new StoreCounts(Map.of("full_docs", 2L)));

    private final GraphLayout layout = new NanoGraphRagLayout();

    @Test
    void statisticsHaveTheNamesAndTheOrderOfTheFormat() {
        assertThat(layout.statistics(COUNTS))
                .containsExactly(
                        entry("documents", 2L),
                        entry("entities", 5L),
                        entry("relationships", 7L),
                        entry("communities", 3L),
                        entry("chunks", 0L),
                        entry("community_reports", 0L),
                        entry("vectors.here_entities", 5L),
                        entry("kv.full_docs", 2L));
    }

    @Test
    void reportsAreCountedWhenTheGraphHasNoCommunities() {
        Map<Role, StoreCounts> counts = Map.of(Role.KV, new StoreCounts(Map.of("community_reports", 4L)));

        assertThat(layout.statistics(counts)).contains(entry("communities", 4L));
    }

    @Test
    void contradictionIsReportedForKnownRolesOnly() {
        Map<String, Long> claimed = Map.of("entities", 6L);

        assertThat(Statistics.contradictions(layout, claimed, COUNTS))
                .contains("its statistics say 6 entities, but it contains 5");
        assertThat(Statistics.contradictions(layout, claimed, Map.of(Role.KV, COUNTS.get(Role.KV))))
                .isEmpty();
        assertThat(Statistics.contradictions(layout, layout.statistics(COUNTS), COUNTS))
                .isEmpty();
    }

    @Test
    void warningIsGivenWhenNoCommunityHasAReport() {
        assertThat(layout.warnings(COUNTS)).singleElement().asString().startsWith("The graph has 3 communities");
        assertThat(layout.warnings(Map.of(Role.GRAPH, COUNTS.get(Role.GRAPH)))).isEmpty();
    }
}
