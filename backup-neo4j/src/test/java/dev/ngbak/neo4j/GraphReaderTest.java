package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Lookup.NodeLookup;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.RecordDigester;
import dev.ngbak.spi.support.RecordViewer;
import dev.ngbak.testkit.Summaries;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The walk over a live graph, for each detail that a handler may ask for. */
class GraphReaderTest {

    private static final String LABEL = TestDatabase.LABEL;

    /** Two nodes in scope, one relationship between them, and one in each direction to a foreign node. */
    @BeforeEach
    void createGraph() {
        TestDatabase.wipe();
        TestDatabase.run("CREATE (a:" + LABEL + " {id: 'A', communityIds: [7, 1]})-[:RELATED]->(b:" + LABEL
                + " {entity_id: 'B', communityIds: [8, 1]}), (a)-[:LEAVES]->(f:Foreign), (f)-[:ENTERS]->(b)");
    }

    private static final class Graph implements RecordVisitor {
        private final List<String> nodes = new ArrayList<>();
        private final List<String> relationships = new ArrayList<>();

        @Override
        public void node(long number, String id, Collection<String> labels, Map<String, Object> properties) {
            nodes.add(id + " " + labels);
            assertThat(number).isBetween(0L, 1L);
        }

        @Override
        public void relationship(long from, long to, String type, Map<String, Object> properties) {
            relationships.add(type + (from < 0 ? " from outside" : "") + (to < 0 ? " to outside" : ""));
        }
    }

    @Test
    void contentIncludesRelationshipsThatCrossTheScope() throws Exception {
        Graph graph = new Graph();
        try (ExportSession session = new Neo4jExporter().open(TestDatabase.settings())) {
            session.read(new RecordViewer(graph), Progress.NONE);
        }
        assertThat(graph.nodes).containsExactlyInAnyOrder("A [" + LABEL + "]", "B [" + LABEL + "]");
        assertThat(graph.relationships)
                .containsExactlyInAnyOrder("RELATED", "LEAVES to outside", "ENTERS from outside");
    }

    @Test
    void countsAndDigestsDoNotIncludeThem() throws Exception {
        try (ExportSession session = new Neo4jExporter().open(TestDatabase.settings())) {
            StoreSummary summary = Summaries.read(session, Progress.NONE);
            RecordDigester counts = RecordDigester.counting();
            session.read(counts, Progress.NONE);

            Map<String, Long> expected = Map.of("entities", 2L, "relationships", 1L, "communities", 1L);
            assertThat(session.counts().counts()).isEqualTo(expected);
            assertThat(counts.counts().counts()).isEqualTo(expected);
            assertThat(summary.counts().counts()).isEqualTo(expected);
            assertThat(summary.records()).isEqualTo(3);
            assertThat(summary.warnings()).singleElement().asString().startsWith("2 relationships");

            TestDatabase.run("MATCH (:Foreign)-[r:ENTERS]->() DELETE r");
            assertThat(Summaries.read(session, Progress.NONE).contentDigest()).isEqualTo(summary.contentDigest());
        }
    }

    @Test
    void lookupFindsNodesByEveryIdPropertyOfTheLayout() throws Exception {
        Graph found = new Graph();
        try (ExportSession session = new Neo4jExporter().open(TestDatabase.settings())) {
            NodeLookup lookup = (NodeLookup) session.lookup().orElseThrow();
            lookup.nodes(List.of("A", "B", "C"), new RecordVisitor() {
                @Override
                public void node(long number, String id, Collection<String> labels, Map<String, Object> properties) {
                    found.nodes.add(id);
                }
            });
        }
        assertThat(found.nodes).containsExactlyInAnyOrder("A", "B");
    }
}
