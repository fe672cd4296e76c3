package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ngbak.cli.NgbakProcess.CommandResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DrillCommandTest {

    @TempDir
    Path temp;

    private final Map<String, String> settings = new HashMap<>();

    @BeforeEach
    void backUp() throws Exception {
        Path storage = WorkingFolders.make(temp.resolve("working_dir"), 4, 1);
        settings.put("WORKING_DIR", storage.toString());
        settings.put("BACKUP_DIR", temp.resolve("backups").toString());
        assertThat(run("backup", "--id", "one").code()).isZero();
    }

    private CommandResult run(String... arguments) {
        return CommandRun.run(settings, arguments);
    }

    private static JsonNode last(CommandResult command) throws Exception {
        return new ObjectMapper()
                .readTree(command.out().lines().reduce((first, line) -> line).orElseThrow());
    }

    @Test
    void passedDrillIsShownByListInspectAndShow() throws Exception {
        CommandResult drill = run("drill", "latest");

        assertThat(drill.code()).as(drill.err()).isZero();
        assertThat(drill.out())
                .contains("Backup one can be restored.", "graph by content digest", "ngbak drill --show one");
        assertThat(run("list").out()).containsPattern("restore-tested \\d{4}-\\d\\d-\\d\\d");
        assertThat(run("inspect", "one").out()).contains("Drill: restore-tested ");
        assertThat(run("drill", "--show", "o").out()).startsWith("# Restore drill of one: passed");
        JsonNode evidence = last(run("drill", "--show", "one", "--json"));
        assertThat(evidence.path("result").asText()).isEqualTo("passed");
        assertThat(evidence.path("type").asText()).isEqualTo("result");
    }

    @Test
    void fileOutsideTheRepositoryGetsNoEvidenceThere() throws Exception {
        Path copy = Files.copy(temp.resolve("backups/one.ngbak"), temp.resolve("copy.ngbak"));

        CommandResult drill = run("drill", copy.toString());

        assertThat(drill.code()).as(drill.err()).isZero();
        assertThat(drill.out()).contains("# Restore drill of copy: passed");
        assertThat(run("list").out()).doesNotContain("restore-tested");
    }

    @Test
    void damagedArchiveFailsWithEvidence() throws Exception {
        Path file = temp.resolve("backups/one.ngbak");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 100] ^= 1;
        Files.write(file, bytes);

        CommandResult drill = run("drill", "one", "--json");

        assertThat(drill.code()).isEqualTo(ExitCode.DAMAGED);
        assertThat(last(drill).path("ok").asBoolean()).isFalse();
        assertThat(run("list").out()).contains("DAMAGED, DRILL FAILED");
        assertThat(run("drill", "--show", "one").out()).contains("# Restore drill of one: failed", "| Problem |");
    }

    @Test
    void archiveWithoutADrillHasNoEvidence() {
        CommandResult show = run("drill", "--show", "one");

        assertThat(show.code()).isEqualTo(ExitCode.NOT_FOUND);
        assertThat(show.err()).contains("was never restored in a drill", "Run ngbak drill one");
    }
}
