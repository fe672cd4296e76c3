package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The settings here are those of a plugin that ngbak does not know. */
class RedactionTest {

    private static final List<SettingSpec> SPECS = List.of(
            SettingSpec.secret("OTHER_PASSWORD", "A password."),
            SettingSpec.url("OTHER_URL", "other://localhost", "An address."),
            SettingSpec.path("OTHER_DIR", null, "A directory."),
            SettingSpec.plain("OTHER_MODE", "fast", "A mode."));

    @TempDir
    private Path directory;

    private static Redaction redaction(Map<String, String> settings) {
        return new Redaction(Settings.of(settings), SPECS);
    }

    @Test
    void secretsOfThirdPartyPluginsBecomeStars() {
        Redaction redaction = redaction(
                Map.of("OTHER_PASSWORD", "s3cret", "OTHER_URL", "other://me:hunt%C3%A9r@host", "OTHER_MODE", "slow"));
        String text = "login with s3cret and hunt%C3%A9r or huntér failed in mode slow";
        assertThat(redaction.forLog(text)).isEqualTo("login with *** and *** or *** failed in mode slow");
        assertThat(redaction.forAnswer(text)).isEqualTo("login with *** and *** or *** failed in mode slow");
    }

    @Test
    void secretInAFileBecomesStars() throws IOException {
        Path file = Files.writeString(directory.resolve("password"), "s3cret\n");
        assertThat(redaction(Map.of("OTHER_PASSWORD_FILE", file.toString())).forLog("s3cret"))
                .isEqualTo("***");
    }

    @Test
    void pathsAreHiddenInAnswersOnly() {
        Redaction redaction = redaction(Map.of("OTHER_DIR", directory.toString()));
        String text = "cannot read " + directory.resolve("x");
        assertThat(redaction.forLog(text)).isEqualTo(text);
        assertThat(redaction.forAnswer(text)).isEqualTo("cannot read …/x");
    }
}
