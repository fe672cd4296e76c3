package dev.ngbak.neo4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Neo4jSettingsTest {

    private static final Settings EMPTY = Settings.of(Map.of());

    @Test
    void defaultsAreThoseOfTheDeclaredSettings() {
        Neo4jSettings settings = Neo4jSettings.from(EMPTY);
        assertThat(settings.url()).isEqualTo("neo4j://localhost:7687");
        assertThat(settings.username()).isEqualTo("neo4j");
        assertThat(settings.password()).isEmpty();
        assertThat(settings.database()).isEqualTo("neo4j");
        assertThat(settings.dumpsNatively()).isFalse();
        String label = GraphLayout.of(EMPTY).scope(Role.GRAPH, EMPTY).name();
        assertThat(settings.scope()).isEqualTo(new GraphScope(label));
        assertThat(Neo4jSettings.NAMESPACE.defaultValue()).isEqualTo(label);
    }

    @Test
    void everySettingIsDeclaredInTheOrderOfTheSettingsPage() {
        assertThat(new Neo4jExporter().settings())
                .extracting(SettingSpec::name)
                .containsExactly(
                        "NEO4J_URL",
                        "NEO4J_USERNAME",
                        "NEO4J_PASSWORD",
                        "NEO4J_DATABASE",
                        "NEO4J_GRAPH_NAMESPACE",
                        "NEO4J_BACKUP_MODE",
                        "NEO4J_ADMIN_CMD",
                        "NEO4J_STOP_CMD",
                        "NEO4J_START_CMD");
    }

    @Test
    void passwordAndCommandsAreSecret() {
        assertThat(new Neo4jExporter().settings())
                .filteredOn(SettingSpec::isSecret)
                .extracting(SettingSpec::name)
                .containsExactly("NEO4J_PASSWORD", "NEO4J_ADMIN_CMD", "NEO4J_STOP_CMD", "NEO4J_START_CMD");
    }

    @ParameterizedTest
    @CsvSource({
        "bolt://host:7687, bolt://host:7687",
        "bolt://user:secret@host:7687, bolt://host:7687",
        "neo4j://host?token=secret, neo4j://host",
        "neo4j+s://host:1#secret, neo4j+s://host:1"
    })
    void urlWithoutCredentialsContainsNoSecret(String url, String expected) {
        Settings settings = Settings.of(Map.of("NEO4J_URL", url));
        assertThat(Neo4jSettings.from(settings).urlWithoutCredentials()).isEqualTo(expected);
        assertThat(new Neo4jRestorer().target(settings))
                .doesNotContain("secret")
                .contains(expected);
    }

    @Test
    void modeAdminRequiresCommandsAndTheWholeDatabase() {
        Settings admin = EMPTY.with("NEO4J_BACKUP_MODE", "admin");
        assertThatThrownBy(() -> Neo4jSettings.from(admin))
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INVALID))
                .hasMessageContaining("NEO4J_ADMIN_CMD and NEO4J_STOP_CMD and NEO4J_START_CMD are not set");
        Settings withCommands = admin.with("NEO4J_ADMIN_CMD", "neo4j-admin")
                .with("NEO4J_STOP_CMD", "stop")
                .with("NEO4J_START_CMD", "start");
        assertThatThrownBy(() -> Neo4jSettings.from(withCommands)).hasMessageContaining("NEO4J_GRAPH_NAMESPACE=*");
        assertThat(Neo4jSettings.from(withCommands.with("NEO4J_GRAPH_NAMESPACE", "*"))
                        .dumpsNatively())
                .isTrue();
    }
}
