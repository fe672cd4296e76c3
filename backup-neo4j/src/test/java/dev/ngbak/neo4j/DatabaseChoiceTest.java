package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.neo4j.DatabaseChoice.Present;
import dev.ngbak.spi.BackupException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The database is that of the system, and never a guess between two with data. */
class DatabaseChoiceTest {

    private static final List<String> CANDIDATES = List.of("own", "");
    private static final Present HOME = new Present("neo4j", true);
    private static final Present OWN = new Present("own", false);
    private static final Present OTHER = new Present("other", false);

    private static String choose(List<Present> present, Map<String, Long> nodes) {
        return DatabaseChoice.choose(CANDIDATES, present, name -> nodes.getOrDefault(name, 0L));
    }

    @Test
    void firstCandidateThatExistsIsChosen() {
        assertThat(choose(List.of(HOME, OTHER, OWN), Map.of("own", 5L))).isEqualTo("own");
        assertThat(choose(List.of(HOME, OTHER, OWN), Map.of())).isEqualTo("own");
        assertThat(choose(List.of(OTHER, HOME), Map.of("neo4j", 5L, "other", 5L)))
                .isEqualTo("neo4j");
        assertThat(choose(List.of(new Present("own", true)), Map.of("own", 5L))).isEqualTo("own");
    }

    @Test
    void graphInALaterCandidateIsNamedInsteadOfIgnored() {
        for (long own : new long[] {0, 7}) {
            assertThatThrownBy(() -> choose(List.of(HOME, OWN), Map.of("own", own, "neo4j", 5L)))
                    .isInstanceOf(BackupException.class)
                    .hasMessageContainingAll("\"neo4j\" contains 5 nodes", "would use \"own\"", "NEO4J_DATABASE");
        }
    }

    @Test
    void serverWithoutAnyCandidateIsAProblem() {
        assertThatThrownBy(() -> choose(List.of(OTHER), Map.of()))
                .isInstanceOf(BackupException.class)
                .hasMessageContainingAll("own or the default database", "NEO4J_DATABASE");
    }
}
