package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The server must not reuse a plan that was made for another graph. */
class QueryPlanTest {

    private static final int MANY = 15_000;

    /**
     * Neo4j plans to join all pairs of nodes for the first graph. For the second one, that plan would examine 225 million pairs,
     * which takes more than five minutes. On a server that makes another plan the test proves nothing.
     */
    @Test
    @Timeout(120)
    void planForFewNodesIsNotReusedForMany() throws Exception {
        TestDatabase.wipe();
        String label = TestDatabase.LABEL;
        TestDatabase.run("UNWIND range(0, 39) AS i CREATE (:" + label + " {id: i})");
        TestDatabase.run("UNWIND range(1, 20000) AS i MATCH (a:" + label + " {id: i % 40}), (b:" + label
                + " {id: (i / 7) % 40}) CREATE (a)-[:R {x: i}]->(b)");
        assertThat(ExportedGraph.of(TestDatabase.settings()).summary().records())
                .isEqualTo(20_040);

        TestDatabase.run("UNWIND range(1, " + MANY + ") AS i CREATE (:" + label + " {id: i})");
        assertThat(ExportedGraph.of(TestDatabase.settings()).summary().records())
                .isEqualTo(20_040 + MANY);
    }
}
