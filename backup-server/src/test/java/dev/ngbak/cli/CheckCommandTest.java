package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.cli.NgbakProcess.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckCommandTest {

    @TempDir
    Path temp;

    private NgbakProcess ngbak;

    @BeforeEach
    void copySample() throws IOException {
        ngbak = new NgbakProcess(temp);
        Files.createDirectory(ngbak.workingDir());
        try (Stream<Path> files = Files.list(Path.of("../samples/working_dir"))) {
            for (Path file : files.toList()) {
                Files.copy(file, ngbak.workingDir().resolve(file.getFileName()));
            }
        }
    }

    @Test
    void healthySystemExitsWithZeroLiveAndInAnArchive() throws Exception {
        CommandResult live = ngbak.run("check");

        assertThat(live.code()).as(live.err()).isZero();
        assertThat(live.out())
                .startsWith("Checked the live stores: 5 documents, 29 chunks, 37 community reports, 87 nodes")
                .contains("20 rules of 22 hold, 2 had nothing to check; errors: 0, warnings: 0.");

        assertThat(ngbak.run("backup", "--id", "mine").code()).isZero();
        for (String archive : new String[] {"mine", "backups/mine.ngbak"}) {
            CommandResult archived = ngbak.run("check", archive, "--json");
            assertThat(archived.code()).as(archived.err()).isZero();
            assertThat(archived.result().path("ok").asBoolean()).isTrue();
            assertThat(archived.result().path("errors").asInt()).isZero();
            assertThat(archived.result().path("checked").path("relationships").asInt())
                    .isEqualTo(211);
            assertThat(archived.result().path("rules")).hasSize(22);
            assertThat(archived.result().path("rules").get(7).path("result").asText())
                    .isEqualTo("holds");
            assertThat(archived.result().path("rules").get(7).path("looked_at").asInt())
                    .isEqualTo(211);
            assertThat(archived.result().path("rules").get(20).path("result").asText())
                    .isEqualTo("nothing to check");
        }
    }

    @Test
    void errorsExitWithThreeAndWarningsWithZero() throws Exception {
        Path documents = ngbak.workingDir().resolve("kv_store_full_docs.json");
        Files.writeString(documents, "{}");

        CommandResult warned = ngbak.run("check");
        assertThat(warned.code()).as(warned.err()).isZero();
        assertThat(warned.out())
                .contains("R2   WARNING")
                .contains("Possible benign cause: a deleted document")
                .contains("errors: 0, warnings: 1.");

        Files.writeString(ngbak.workingDir().resolve("kv_store_text_chunks.json"), "{}");
        CommandResult broken = ngbak.run("check", "--json");
        assertThat(broken.code()).isEqualTo(3);
        JsonNode result = broken.result();
        assertThat(result.path("ok").asBoolean()).isFalse();
        assertThat(result.path("exit_code").asInt()).isEqualTo(3);
        assertThat(result.path("errors").asInt()).isEqualTo(3);
        JsonNode sixth = result.path("rules").path(5);
        assertThat(sixth.path("rule").asText()).isEqualTo("R6");
        assertThat(sixth.path("severity").asText()).isEqualTo("error");
        assertThat(sixth.path("count").asLong()).isPositive();
        assertThat(sixth.path("samples")).hasSize(5);
        assertThat(broken.err()).contains("3 rules are broken in the live stores: data was lost or mixed up");
    }

    @Test
    void missingArchiveExitsWithFive() throws Exception {
        assertThat(ngbak.run("check", "nothing").code()).isEqualTo(5);
    }

    private CommandResult backup(String id, String check, Map<String, String> more, String... options) {
        Map<String, String> settings = new HashMap<>(more);
        settings.putIfAbsent("WORKING_DIR", ngbak.workingDir().toString());
        settings.put("BACKUP_DIR", temp.resolve("checked").toString());
        settings.put("BACKUP_CHECK", check);
        List<String> arguments = new ArrayList<>(List.of("backup", "--id", id));
        arguments.addAll(List.of(options));
        return CommandRun.run(settings, arguments.toArray(String[]::new));
    }

    @Test
    void backupSaysWhatItsCheckFound() throws Exception {
        assertThat(backup("1-healthy", "fail", Map.of()).out())
                .contains("Reference check: 0 errors, 0 warnings in 22 rules.");
        assertThat(backup("2-unchecked", "off", Map.of()).out()).doesNotContain("Reference check");

        Files.writeString(ngbak.workingDir().resolve("kv_store_text_chunks.json"), "{}");
        CommandResult warned = backup("3-broken", "warn", Map.of());
        assertThat(warned.code()).isZero();
        assertThat(warned.out()).contains("Capture: quiescent").containsPattern("3 errors, .*broken: .*R6 \\d+ times");
        assertThat(warned.err()).contains("Data is lost or mixed up in the stores: R6 (");

        CommandResult failed = backup("never", "fail", Map.of(), "--json");
        assertThat(failed.code()).isEqualTo(ExitCode.CHECK_FOUND_ERRORS);
        assertThat(failed.result().path("error").asText()).contains("R6", "No archive was made");
        assertThat(failed.result().path("exit_code").asInt()).isEqualTo(ExitCode.CHECK_FOUND_ERRORS);

        Map<String, String> settings =
                Map.of("BACKUP_DIR", temp.resolve("checked").toString());
        JsonNode listed = CommandRun.run(settings, "list", "--json").result().path("backups");
        assertThat(listed.findValuesAsText("backup_id")).containsExactly("3-broken", "2-unchecked", "1-healthy");
        assertThat(listed.get(0).path("check").path("errors").asInt()).isEqualTo(3);
        assertThat(listed.get(0).path("check").path("rules").path("R6").asInt()).isPositive();
        assertThat(listed.get(1).path("check").isNull()).isTrue();
        assertThat(listed.get(2).path("check").path("errors").asInt()).isZero();
        assertThat(CommandRun.run(settings, "inspect", "3-broken").out()).contains("Reference check: 3 errors, ");
        assertThat(CommandRun.run(settings, "list").out())
                .containsPattern("broken .* quiescent +BROKEN REFERENCES")
                .containsPattern("healthy .* quiescent +verified");
    }

    @Test
    void backupOfLightRagIsChecked() throws Exception {
        Map<String, String> lightRag = Map.of(
                "WORKING_DIR",
                WorkingFolders.LIGHTRAG.toString(),
                "GRAPHRAG_SYSTEM",
                "lightrag",
                "WORKSPACE",
                "harbour");

        CommandResult backup = backup("lightrag", "fail", lightRag, "--json");

        assertThat(backup.code()).as(backup.err()).isZero();
        JsonNode check = backup.result().path("check");
        assertThat(check.path("errors").asInt()).isZero();
        assertThat(check.path("rules").has("R29")).isTrue();
    }
}
