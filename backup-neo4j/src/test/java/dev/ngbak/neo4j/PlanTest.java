package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class PlanTest {

    private static final int MANY = 15_000;

    /**
     * Neo4j plans all pairs of nodes for the first graph. Kept for the second, that plan looks at 225 million pairs, which takes
     * more than five minutes.
     */
    @Test
    @Timeout(120)
    void whatWasPlannedForFewNodesIsNotUsedForMany() throws Exception {
        TestDatabase.wipe();
        String label = TestDatabase.LABEL;
        TestDatabase.run("UNWIND range(0, 39) AS i CREATE (:" + label + " {id: i})");
        TestDatabase.run("UNWIND range(1, 20000) AS i MATCH (a:" + label + " {id: i % 40}), (b:" + label
                + " {id: (i / 7) % 40}) CREATE (a)-[:R {x: i}]->(b)");
        assertThat(Archive.of(TestDatabase.settings()).summary().records()).isEqualTo(20_040);

        TestDatabase.run("UNWIND range(1, " + MANY + ") AS i CREATE (:" + label + " {id: i})");
        assertThat(Archive.of(TestDatabase.settings()).summary().records()).isEqualTo(20_040 + MANY);
    }
}
