package dev.ngbak.check;

import static dev.ngbak.check.TestSystem.chunkKey;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.layout.CheckRule.Id;
import dev.ngbak.layout.CheckRule.Severity;
import dev.ngbak.layout.NanoGraphRagLayout;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.support.TempFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphRulesTest {

    private final TestSystem system = TestSystem.healthy();

    @Test
    void nodeChunksExistIsBrokenForEachMissingChunk() throws IOException {
        system.nodes.get(0).properties().put("source_id", "chunk-1<SEP>" + chunkKey("world") + "<SEP>chunk-2<SEP>");

        assertThat(system.broken()).isEqualTo(Map.of(Id.NODE_CHUNKS_EXIST, 2L));
        assertThat(system.check(Id.NODE_CHUNKS_EXIST).samples())
                .containsExactly("ALICE comes from chunk-1", "ALICE comes from chunk-2");
        assertThat(system.check().broken(Severity.ERROR)).isOne();
    }

    @Test
    void relationshipChunksExistIsBrokenByAMissingChunk() throws IOException {
        system.edge(1, 0, "chunk-1");

        assertThat(system.broken()).isEqualTo(Map.of(Id.RELATIONSHIP_CHUNKS_EXIST, 1L));
        assertThat(system.check(Id.RELATIONSHIP_CHUNKS_EXIST).samples())
                .containsExactly("BOB -> ALICE comes from chunk-1");
    }

    @Test
    void relationshipEndsExistIsBrokenByAMissingNode() throws IOException {
        system.edge(0, 77, chunkKey("world"));

        assertThat(system.broken()).isEqualTo(Map.of(Id.RELATIONSHIP_ENDS_EXIST, 1L));
        assertThat(system.check(Id.RELATIONSHIP_ENDS_EXIST).samples()).containsExactly("a relationship of ALICE");
    }

    @Test
    void relationshipEndsExistIgnoresRelationshipsOfOtherPrograms() throws IOException {
        system.edges.add(new TestSystem.Edge(0, 77, "TAGGED", Map.of()));

        assertThat(system.broken()).isEmpty();
    }

    @Test
    void relationshipEndsExistHoldsWhenNodesFollowTheirRelationships(@TempDir Path scratch) throws IOException {
        try (ReferenceChecker checker =
                new ReferenceChecker(new NanoGraphRagLayout(), Settings.of(Map.of()), TempFiles.in(scratch))) {
            RecordVisitor graph = checker.visitor(Role.GRAPH);
            graph.relationship(7, 8, "", Map.of());
            graph.node(7, "A", List.of(), Map.of());
            graph.node(8, "B", List.of(), Map.of());

            CheckReport.Result result = checker.report(List.of()).result(Id.RELATIONSHIP_ENDS_EXIST);

            assertThat(result.outcome()).isEqualTo(CheckReport.Outcome.HOLDS);
        }
    }

    @Test
    void nodeNameIsUniqueIsBrokenByATwin() throws IOException {
        system.node(2, "ALICE", "UNKNOWN", chunkKey("world"));

        assertThat(system.broken()).isEqualTo(Map.of(Id.NODE_NAME_IS_UNIQUE, 1L));
        assertThat(system.check(Id.NODE_NAME_IS_UNIQUE).samples()).containsExactly("ALICE (2 nodes)");
    }

    @Test
    void missingReportBreaksItsCommunityAndTheReportAboveIt() throws IOException {
        system.entries.get("community_reports").remove("2");

        assertThat(system.broken()).isEqualTo(Map.of(Id.COMMUNITY_HAS_REPORT, 1L, Id.REPORT_REFERENCES_EXIST, 1L));
        assertThat(system.check(Id.REPORT_REFERENCES_EXIST).samples()).containsExactly("the community 2 (report 1)");
    }

    @Test
    void communityHasReportIsBrokenForEachCommunityWhenReportsExpired() throws IOException {
        system.entries.remove("community_reports");

        assertThat(system.broken()).isEqualTo(Map.of(Id.COMMUNITY_HAS_REPORT, 2L));
    }

    @Test
    void reportOfAnotherClusteringBreaksOnlyReportRules() throws IOException {
        system.report("3", "\"GONE\"", "");

        assertThat(system.broken()).isEqualTo(Map.of(Id.REPORT_HAS_COMMUNITY, 1L, Id.REPORT_REFERENCES_EXIST, 1L));
        assertThat(system.check(Id.REPORT_REFERENCES_EXIST).samples()).containsExactly("the node GONE (report 3)");
    }

    @Test
    void sameLevelsIsBrokenByANodeWithFewerLevels() throws IOException {
        system.node(2, "CAROL", "UNKNOWN", "").properties().put("communityIds", List.of(1L));
        system.entity("CAROL", 1, 1);

        assertThat(system.broken()).isEqualTo(Map.of(Id.NODES_HAVE_SAME_LEVELS, 1L));
        assertThat(system.check(Id.NODES_HAVE_SAME_LEVELS).samples())
                .containsExactly("CAROL has 1 level, most nodes have 2");
    }
}
