package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.cli.NgbakProcess.CommandResult;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests {@code ngbak doctor}, except for an interrupted restore, which {@link RestoreProcessTest} covers. */
class DoctorCommandTest {

    @TempDir
    Path temp;

    private NgbakProcess ngbak;

    @BeforeEach
    void createWorkingFolder() throws IOException {
        ngbak = new NgbakProcess(temp);
        WorkingFolders.make(ngbak.workingDir(), 40, 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/proc/nope", "file", "file/below", "dangling"})
    void unusableFolderIsAnError(String folder) throws Exception {
        assumeTrue(!folder.startsWith("/proc") || Files.isDirectory(Path.of("/proc/self")), "there is no /proc");
        Files.createFile(temp.resolve("file"));
        Files.createSymbolicLink(temp.resolve("dangling"), temp.resolve("nowhere"));
        ngbak.settings.put("BACKUP_DIR", folder);

        CommandResult doctor = ngbak.run("doctor");
        CommandResult backup = ngbak.run("backup");

        String absolute = temp.toRealPath().resolve(folder).toString();
        assertThat(backup.code()).isEqualTo(2);
        assertThat(backup.err()).contains("BACKUP_DIR is \"" + absolute + "\"");
        assertThat(doctor.code()).isEqualTo(2);
        assertThat(doctor.out()).containsPattern("FAIL +folder +BACKUP_DIR is \"" + Pattern.quote(absolute) + "\"");
        assertThat(temp.resolve("nowhere")).doesNotExist();
    }

    @Test
    void doctorCreatesNothing() throws Exception {
        ngbak.settings.put("BACKUP_DIR", "a/b/c");

        CommandResult doctor = ngbak.run("doctor");

        assertThat(doctor.code()).as(doctor.err()).isZero();
        assertThat(doctor.out())
                .contains("Archives are stored in " + temp.toRealPath().resolve("a/b/c") + ".");
        assertThat(temp.resolve("a")).doesNotExist();
    }

    @Test
    void everySettingIsShownButNoSecret() throws Exception {
        ngbak.settings.put("NEO4J_PASSWORD", "MARKER");
        ngbak.settings.put("QDRANT_API_KEY_FILE", "/MARKER");
        ngbak.settings.put("REDIS_URL", "redis://user:MARKER@host:1/0?password=MARKER");
        ngbak.settings.put("BACKUP_PAUSE_HOOK", "hold MARKER");
        ngbak.settings.put("BACKUP_COMPRESSION", "zstd");

        CommandResult doctor = ngbak.run("doctor");
        JsonNode json = ngbak.run("doctor", "--json").result();

        assertThat(doctor.out())
                .containsPattern("NEO4J_PASSWORD +\\*\\*\\*\n")
                .containsPattern("QDRANT_API_KEY +\\*\\*\\*\n")
                .containsPattern("REDIS_PASSWORD +not set\n")
                .containsPattern("REDIS_URL +redis://\\*\\*\\*@host:1/0\\?\\*\\*\\*\n")
                .containsPattern("BACKUP_PAUSE_HOOK +\\*\\*\\*\n")
                .containsPattern("BACKUP_COMPRESSION +zstd\n")
                .containsPattern("BACKUP_RETRIES +2 \\(default\\)\n")
                .containsPattern("BACKUP_DIR +"
                        + Pattern.quote(temp.toRealPath().resolve("backups").toString()) + " \\(default\\)\n");
        assertThat(doctor.out() + doctor.err() + json).doesNotContain("MARKER");
        JsonNode compression = null;
        for (JsonNode setting : json.path("settings")) {
            compression = setting.path("name").asText().equals("BACKUP_COMPRESSION") ? setting : compression;
        }
        assertThat(compression).hasToString("{\"name\":\"BACKUP_COMPRESSION\",\"value\":\"zstd\",\"default\":false}");
    }

    @Test
    void misspelledVariableIsNamedWithoutItsValue() throws Exception {
        ngbak.settings.put("BACKUP_RETENSION", "MARKER");

        CommandResult doctor = ngbak.run("doctor");

        assertThat(doctor.code()).isZero();
        assertThat(doctor.out())
                .containsPattern("WARN +settings +BACKUP_RETENSION is set, .* Did you mean BACKUP_RETENTION")
                .doesNotContain("MARKER");
    }

    @ParameterizedTest
    @CsvSource({
        "BACKUP_RETENSION, BACKUP_RETENTION",
        "NEO4J_PASWORD, NEO4J_PASSWORD",
        "NEO4J_PASWORD_FILE, NEO4J_PASSWORD_FILE",
        "QDRANT_UR, QDRANT_URL",
        "backup_dir, BACKUP_DIR",
        "BACKUP_COMPRESION, BACKUP_COMPRESSION",
    })
    void similarNamesAreRecognized(String name, String meant) {
        assertThat(KnownSettings.misspelled(Settings.of(Map.of(name, "x")))).containsExactly(Map.entry(name, meant));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HOME",
                "PATH",
                "PORTS",
                "HOSTNAME",
                "JAVA_HOME",
                "NGBAK_DEBUG",
                "BACKUP_DIR",
                "REDIS_PASSWORD_FILE",
                "BACKUP_SOMETHING"
            })
    void unrelatedAndKnownNamesAreNotMisspellings(String name) {
        assertThat(KnownSettings.misspelled(Settings.of(Map.of(name, "x")))).isEmpty();
    }
}
