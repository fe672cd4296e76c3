package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigCopyTest {

    private static final List<SettingSpec> SPECS = List.of(
            SettingSpec.url("STORE_URL", "store://localhost", "An address."),
            SettingSpec.plain("STORE_MODE", "fast", "A mode."),
            SettingSpec.plain("STORE_LABEL", null, "A label."),
            SettingSpec.scope(Role.KV, "STORE_PREFIX", "other:", "A prefix."),
            SettingSpec.secret("STORE_PASSWORD", "A password."),
            SettingSpec.sensitive("STORE_CMD", "A command."));

    @TempDir
    private Path directory;

    private static String copy(Map<String, String> settings) {
        return ConfigCopy.of(Settings.of(settings), SPECS, null);
    }

    @Test
    void defaultsAreCopiedAndUnsetSettingsAreNot() {
        assertThat(copy(Map.of()))
                .contains("\"STORE_URL\" : \"store://localhost\"", "\"STORE_MODE\" : \"fast\"")
                .doesNotContain("STORE_LABEL", "STORE_PASSWORD", "STORE_CMD");
    }

    @Test
    void scopeIsThatOfTheSystem() {
        assertThat(copy(Map.of())).contains("\"STORE_PREFIX\" : \"nano_graphrag:\"");
        assertThat(copy(Map.of("STORE_PREFIX", "mine:"))).contains("\"STORE_PREFIX\" : \"mine:\"");
    }

    @Test
    void secretsBecomeStars() {
        String copy = copy(Map.of(
                "STORE_PASSWORD",
                "SECRET1",
                "STORE_CMD",
                "run --token SECRET2",
                "STORE_URL",
                "store://me:SECRET3@host"));
        assertThat(copy)
                .doesNotContain("SECRET")
                .contains("\"STORE_PASSWORD\" : \"***\"", "\"STORE_CMD\" : \"***\"", "store://host");
    }

    @Test
    void secretInAFileIsNamedWithoutThePathOfTheFile() {
        assertThat(copy(Map.of("STORE_PASSWORD_FILE", "/run/secrets/store")))
                .contains("\"STORE_PASSWORD\" : \"***\"")
                .doesNotContain("/run/secrets");
    }

    @Test
    void undeclaredVariablesAreLeftOut() {
        assertThat(copy(Map.of("OTHER_PASSWORD", "SECRET"))).doesNotContain("OTHER", "SECRET");
    }

    @Test
    void secretsInTheConfigurationFileBecomeStars() throws IOException {
        Path config = Files.writeString(
                directory.resolve("config.json"),
                "{\"llm\":{\"api_key\":\"SECRET1\",\"max_tokens\":5},\"storage\":{\"redis_password\":\"SECRET2\","
                        + "\"redis_url\":\"redis://u:SECRET3@h:1\"}}");
        assertThat(ConfigCopy.of(Settings.of(Map.of()), SPECS, config))
                .doesNotContain("SECRET")
                .contains("\"max_tokens\" : 5", "redis://h:1");
    }

    @Test
    void configurationFileThatIsNotJsonIsRefused() throws IOException {
        Path config = Files.writeString(directory.resolve("config.yaml"), "api_key: SECRET");
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> ConfigCopy.of(Settings.of(Map.of()), SPECS, config))
                .withMessageContaining("GRAPHRAG_CONFIG_FILE")
                .withMessageNotContaining("SECRET");
    }
}
