package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.RecordDigester;
import dev.ngbak.spi.support.RecordViewer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Records of a small graph, without a server. */
class Neo4jRecordsTest {

    private static final SchemaObject INDEX =
            new SchemaObject(false, "i", "RANGE", true, List.of("L"), List.of("p"), "", Map.of(), false, false);

    private static Neo4jRecords records(RecordHandler handler) throws Exception {
        ProgressMeter meter = ProgressMeter.ofRecords(Progress.NONE, Neo4jRecords.UNIT, () -> {});
        return new Neo4jRecords(handler, Settings.of(Map.of()), meter, GraphReceiver.NONE);
    }

    /** Hands over two nodes in a given order, and a relationship from A to B. */
    private static StoreSummary summary(SchemaObject schema, List<String> ids, long communityOfB) throws Exception {
        RecordDigester digester = RecordDigester.digesting();
        try (Neo4jRecords records = records(digester)) {
            records.schema(schema);
            for (int i = 0; i < ids.size(); i++) {
                List<Long> levels = List.of(1L, ids.get(i).equals("B") ? communityOfB : 5L);
                records.node(i, List.of("L"), Map.of("id", ids.get(i), "communityIds", levels));
            }
            records.relationship("R", ids.indexOf("A"), ids.indexOf("B"), Map.of("weight", 1.0));
            records.finish();
        }
        return digester.summary();
    }

    @Test
    void communitiesAreTheDistinctOnesOfTheLastLevel() throws Exception {
        assertThat(summary(INDEX, List.of("A", "B"), 5).counts().counts())
                .isEqualTo(Map.of("entities", 2L, "relationships", 1L, "communities", 1L));
        assertThat(summary(INDEX, List.of("A", "B"), 6).counts().counts()).containsEntry("communities", 2L);
    }

    @Test
    void emptyGraphHasCountsOfZero() throws Exception {
        RecordDigester digester = RecordDigester.digesting();
        try (Neo4jRecords records = records(digester)) {
            records.finish();
        }
        assertThat(digester.summary().counts().counts())
                .isEqualTo(Map.of("entities", 0L, "relationships", 0L, "communities", 0L));
        assertThat(digester.summary().contentDigest()).matches("0{64}");
    }

    @Test
    void digestDoesNotDependOnTheOrderOfNodes() throws Exception {
        assertThat(summary(INDEX, List.of("B", "A"), 5)).isEqualTo(summary(INDEX, List.of("A", "B"), 5));
    }

    @Test
    void digestIncludesSchemaUnlessItIsShared() throws Exception {
        String withIndex = summary(INDEX, List.of("A", "B"), 5).contentDigest();
        String withShared = summary(INDEX.asShared(), List.of("A", "B"), 5).contentDigest();
        assertThat(withIndex).isNotEqualTo(withShared);
        assertThat(summary(INDEX, List.of("A", "B"), 5).records()).isEqualTo(3);
    }

    @Test
    void textsThatAreTooLongAreOnlyNamed() throws Exception {
        List<Map<String, Object>> shown = new ArrayList<>();
        RecordViewer viewer = new RecordViewer(new RecordVisitor() {
            @Override
            public void node(long number, String id, Collection<String> labels, Map<String, Object> properties) {
                shown.add(properties);
            }
        });
        try (Neo4jRecords records = records(viewer)) {
            String text = "x".repeat(RecordVisitor.MAX_LENGTH + 1);
            records.node(0, List.of("L"), Map.of("id", "A", "text", text));
        }
        assertThat(shown).containsExactly(Map.of("id", "A", "text", RecordVisitor.TOO_LONG));
    }
}
