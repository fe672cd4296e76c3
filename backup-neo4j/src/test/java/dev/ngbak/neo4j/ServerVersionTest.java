package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.support.ProductVersion;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What depends on the version of a server. */
class ServerVersionTest {

    @ParameterizedTest
    @CsvSource({
        "5.13.0, false, MATCH (n) RETURN n, CYPHER replan=force RETURN 1",
        "5.26.30, false, CYPHER 5 MATCH (n) RETURN n, CYPHER 5 replan=force RETURN 1",
        "2025.12.1, false, CYPHER 5 MATCH (n) RETURN n, CYPHER 5 replan=force RETURN 1",
        "2026.01.0, true, CYPHER 5 MATCH (n) RETURN n, CYPHER 5 replan=force RETURN 1",
        "2027.1-aura, true, CYPHER 5 MATCH (n) RETURN n, CYPHER 5 replan=force RETURN 1",
        "unknown, false, CYPHER 5 MATCH (n) RETURN n, CYPHER 5 replan=force RETURN 1"
    })
    void statementsNameTheirVersionOfCypher(String text, boolean isAtLeast, String plain, String withOptions) {
        ServerVersion server = new ServerVersion(text, "community");
        assertThat(server.isAtLeast(new ProductVersion(2026, 1))).isEqualTo(isAtLeast);
        assertThat(server.withCypherVersion("MATCH (n) RETURN n")).isEqualTo(plain);
        assertThat(server.withCypherVersion("CYPHER replan=force RETURN 1")).isEqualTo(withOptions);
        assertThat(server.withCypherVersion(ServerVersion.inCypher25("RETURN 1")))
                .isEqualTo("CYPHER 25 RETURN 1");
    }
}
