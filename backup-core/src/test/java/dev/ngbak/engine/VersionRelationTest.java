package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.spi.TestedVersions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VersionRelationTest {

    private final TestedVersions neo4j = new TestedVersions("Neo4j", "5.26", "2026.08");

    @ParameterizedTest
    @CsvSource({
        "5.26.30, TESTED",
        "2026.08.1-aura, TESTED",
        "2026.8.1, TESTED",
        "4.4.12, OLDER",
        "5.9.0, OLDER",
        "2025.10.0, BETWEEN",
        "5.27.1, BETWEEN",
        "2026.09.0, NEWER",
        "unknown, UNKNOWN"
    })
    void relationIsFoundByTheFirstTwoNumbers(String version, VersionRelation relation) {
        assertThat(VersionRelation.of(neo4j, version)).isEqualTo(relation);
    }

    @Test
    void listWithoutAVersionIsRefused() {
        assertThatThrownBy(() -> new TestedVersions("Neo4j", List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
