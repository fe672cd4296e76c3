package dev.ngbak.qdrant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QdrantSettingsTest {

    @Test
    void defaultsAreThoseOfTheSpecs() {
        QdrantSettings settings = QdrantSettings.of(Settings.of(Map.of()));
        assertThat(settings.url()).hasToString("http://localhost:6333");
        assertThat(settings.grpcPort()).isEqualTo(6334);
        assertThat(settings.apiKey()).isEmpty();
        assertThat(settings.prefix()).isEqualTo("api_working_dir");
        assertThat(settings.mode()).isEqualTo(ArchiveForm.SNAPSHOT);
    }

    @Test
    void onlyTheApiKeyIsSecret() {
        assertThat(new QdrantExporter().settings())
                .filteredOn(SettingSpec::isSecret)
                .extracting(SettingSpec::name)
                .containsExactly("QDRANT_API_KEY");
    }

    @Test
    void prefixSelectsCollectionsUpToTheUnderscore() {
        QdrantSettings settings = QdrantSettings.of(Settings.of(Map.of("QDRANT_NAMESPACE_PREFIX", "mine")));
        assertThat(settings.includes("mine_entities")).isTrue();
        assertThat(settings.includes("mine")).isFalse();
        assertThat(settings.includes("minecraft_entities")).isFalse();
        QdrantSettings all = QdrantSettings.of(Settings.of(Map.of("QDRANT_NAMESPACE_PREFIX", "*")));
        assertThat(all.includes("any")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:6333", "ftp://host", "http://host/?q", "http://me:sesame@host", "http:// host"})
    void unusableUrlIsRefusedWithoutItsPassword(String url) {
        Settings settings = Settings.of(Map.of("QDRANT_URL", url));
        Fixtures.assertFails(() -> QdrantSettings.of(settings), Kind.INVALID, "QDRANT_URL", "http://host:port");
        assertThat(catchThrowable(() -> QdrantSettings.of(settings)).getMessage())
                .doesNotContain("sesame");
    }
}
