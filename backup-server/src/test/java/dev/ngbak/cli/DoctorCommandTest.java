package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.cli.NgbakProcess.CommandResult;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
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
                .containsPattern("NEO4J_PASSWORD +\\*\\*\\* \\(environment\\)\n")
                .containsPattern("QDRANT_API_KEY +\\*\\*\\* \\(environment\\)\n")
                .containsPattern("REDIS_PASSWORD +not set\n")
                .containsPattern("REDIS_URL +redis://\\*\\*\\*@host:1/0\\?\\*\\*\\* \\(environment\\)\n")
                .containsPattern("BACKUP_PAUSE_HOOK +\\*\\*\\* \\(environment\\)\n")
                .containsPattern("BACKUP_COMPRESSION +zstd \\(environment\\)\n")
                .containsPattern("BACKUP_RETRIES +2 \\(default\\)\n")
                .containsPattern("BACKUP_DIR +"
                        + Pattern.quote(temp.toRealPath().resolve("backups").toString()) + " \\(default\\)\n");
        assertThat(doctor.out() + doctor.err() + json).doesNotContain("MARKER");
        JsonNode compression = null;
        for (JsonNode setting : json.path("settings")) {
            compression = setting.path("name").asText().equals("BACKUP_COMPRESSION") ? setting : compression;
        }
        assertThat(compression)
                .hasToString(
                        "{\"name\":\"BACKUP_COMPRESSION\",\"value\":\"zstd\",\"default\":false,\"source\":\"environment\"}");
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

    @Test
    void settingsOfAFileHaveTheFileAsTheirSource() throws Exception {
        Path file = Files.writeString(temp.resolve("my.env"), "BACKUP_RETRIES=5\nNEO4J_PASSWORD=MARKER\nPORTT=1\n");

        CommandResult doctor = ngbak.run("doctor", "--config", "my.env");

        String source = " \\(file " + Pattern.quote(file.toRealPath().toString()) + "\\)\n";
        assertThat(doctor.out())
                .containsPattern("BACKUP_RETRIES +5" + source)
                .containsPattern("NEO4J_PASSWORD +\\*\\*\\*" + source)
                .doesNotContain("MARKER");
    }

    private CommandResult inProcess(Map<String, String> settings, String... arguments) {
        Map<String, String> all = new HashMap<>(settings);
        all.putIfAbsent("WORKING_DIR", ngbak.workingDir().toString());
        all.putIfAbsent("BACKUP_DIR", ngbak.backups().toString());
        return CommandRun.run(all, arguments);
    }

    @ParameterizedTest
    @CsvSource({
        "nano-graphrag,,GraphRAG_chunk_entity_relation,nano_graphrag:",
        "lightrag,ws_2,ws_2,ws_2_",
        "lightrag,,base,\"\""
    })
    void scopesAreThoseOfTheSystem(String system, String workspace, String label, String prefix) {
        Map<String, String> settings = new HashMap<>(Map.of("GRAPHRAG_SYSTEM", system));
        if (workspace != null) {
            settings.put("WORKSPACE", workspace);
        }

        CommandResult doctor = inProcess(settings, "doctor");

        String source = " \\(" + (system.equals("lightrag") ? system : "default") + "\\)\n";
        assertThat(doctor.out())
                .containsPattern("NEO4J_GRAPH_NAMESPACE +" + label + source)
                .containsPattern("REDIS_KEY_PREFIX +" + prefix + source);
    }

    @Test
    void allUnusableSettingsAreFindingsAndTheRestIsExamined() {
        CommandResult doctor =
                inProcess(Map.of("BACKUP_RETRIES", "abc", "BACKUP_COMPRESSION", "rar", "API_PREFIX", "x"), "doctor");

        assertThat(doctor.code()).isEqualTo(2);
        assertThat(doctor.out())
                .containsPattern("ok +graph +networkx can be read")
                .containsPattern("FAIL +settings BACKUP_RETRIES is \"abc\"")
                .containsPattern("FAIL +settings BACKUP_COMPRESSION is \"rar\"")
                .containsPattern("WARN +settings ngbak serve would not start: API_PREFIX is \"x\"")
                .containsPattern("BACKUP_RETRIES +abc");
    }

    @Test
    void storesAreNotExaminedIfTheSettingsThatSelectThemAreUnusable() {
        CommandResult doctor = inProcess(Map.of("KV_BACKEND", "postgres"), "doctor");

        assertThat(doctor.code()).isEqualTo(2);
        assertThat(doctor.out())
                .containsPattern("FAIL +settings KV_BACKEND is \"postgres\"")
                .containsPattern("WARN +stores +The stores and the space were not checked")
                .doesNotContain("can be read");
    }

    @Test
    void checksAreThoseOfTheOperation() throws Exception {
        Files.writeString(ngbak.workingDir().resolve("kv_store_full_docs.json"), "{\"broken");

        CommandResult backup = inProcess(Map.of(), "doctor", "--for", "backup");
        CommandResult restore = inProcess(Map.of(), "doctor", "--for", "restore");

        assertThat(backup.code()).isEqualTo(8);
        assertThat(backup.out())
                .containsPattern("FAIL +kv ")
                .contains("pause ingestion by hand before a backup")
                .doesNotContain("A restore can replace");
        assertThat(restore.code()).as(restore.out()).isZero();
        assertThat(restore.out())
                .containsPattern("WARN +kv .* A restore replaces this data")
                .containsPattern("ok +kv +A restore can replace")
                .contains("stop all writers by hand before a restore");
        assertThat(inProcess(Map.of(), "doctor", "--for", "x").code()).isEqualTo(2);
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
