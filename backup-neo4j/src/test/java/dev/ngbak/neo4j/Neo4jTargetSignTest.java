package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageRestorer.TargetSign;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Restores of the same scope see each other on the server, from any machine. */
class Neo4jTargetSignTest {

    @Test
    void twoRestoresOfTheSameScopeSeeEachOther() {
        Neo4jRestorer restorer = new Neo4jRestorer();
        try (TargetSign first = restorer.announce(TestDatabase.settings())) {
            assertThat(first.isContested()).isFalse();
            try (TargetSign second = restorer.announce(TestDatabase.settings())) {
                assertThat(first.isContested()).isTrue();
                assertThat(second.isContested()).isTrue();
            }
        }
    }

    @Test
    void unreachableServerHasNoSign() {
        assertThat(new Neo4jRestorer().announce(Settings.of(Map.of("NEO4J_URL", "bolt://127.0.0.1:1"))))
                .isNull();
    }
}
