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

class PruneCommandTest {

    @TempDir
    Path temp;

    private final Map<String, String> settings = new HashMap<>();

    @BeforeEach
    void backUp() throws Exception {
        Path storage = WorkingFolders.make(temp.resolve("working_dir"), 4, 1);
        settings.put("WORKING_DIR", storage.toString());
        settings.put("BACKUP_DIR", temp.resolve("backups").toString());
        for (String id : new String[] {"a", "b", "c"}) {
            assertThat(run("backup", "--id", id).code()).isZero();
        }
        settings.put("BACKUP_KEEP", "last=1");
    }

    private CommandResult run(String... arguments) {
        return CommandRun.run(settings, arguments);
    }

    private static JsonNode result(CommandResult command) throws Exception {
        assertThat(command.code()).as(command.err()).isZero();
        return new ObjectMapper()
                .readTree(command.out().lines().reduce((first, last) -> last).orElseThrow());
    }

    @Test
    void dryRunSaysWhyAndDeletesNothing() throws Exception {
        CommandResult plan = run("prune", "--dry-run");

        assertThat(plan.code()).as(plan.err()).isZero();
        assertThat(plan.out())
                .containsPattern("keep +\\S+ \\S+ +c .* last 1 of 1")
                .containsPattern("delete +\\S+ \\S+ +a .* no rule keeps it")
                .contains("The retention is last=1. ngbak prune would delete 2 of 3 archives.");
        assertThat(result(run("prune", "--dry-run", "--json")).path("deletions").asInt())
                .isEqualTo(2);
        assertThat(result(run("list", "--json")).path("total").asInt()).isEqualTo(3);
    }

    @Test
    void pruneSparesPinnedArchives() throws Exception {
        assertThat(run("pin", "a").out()).contains("Pinned backup a.");
        assertThat(run("list").out()).containsPattern("a .* quiescent +BROKEN REFERENCES, pinned");

        CommandResult pruned = run("prune");

        assertThat(pruned.code()).as(pruned.err()).isZero();
        assertThat(pruned.out()).contains("Deleted 1 archive.");
        JsonNode left = result(run("list", "--json")).path("backups");
        assertThat(left.findValuesAsText("backup_id")).containsExactly("c", "a");
        assertThat(left.findValuesAsText("pinned")).containsExactly("false", "true");
        assertThat(run("delete", "a", "--yes").err()).contains("pinned", "Run ngbak unpin a first");
        assertThat(run("unpin", "a").out()).contains("Unpinned backup a.");
        assertThat(run("delete", "a", "--yes").code()).isZero();
    }

    @Test
    void nothingIsDeletedUntilTheLossIsAcknowledged() throws Exception {
        Files.writeString(Path.of(settings.get("WORKING_DIR"), "kv_store_full_docs.json"), "{}");
        CommandResult backup = run("backup", "--id", "lost");
        assertThat(backup.err()).contains("documents 2 before, 0 now (-100 %)", "ngbak acknowledge lost");
        assertThat(result(run("list", "--json")).path("total").asInt()).isEqualTo(4);

        CommandResult refused = run("prune");
        assertThat(refused.code()).isEqualTo(ExitCode.USAGE);
        assertThat(refused.err()).contains("No archive is deleted", "run ngbak acknowledge lost");
        CommandResult plan = run("prune", "--dry-run");
        assertThat(plan.code()).as(plan.err()).isZero();
        assertThat(plan.out())
                .containsPattern("keep +\\S+ \\S+ +a .* nothing is deleted until the loss of data is acknowledged")
                .contains("! lost contains less than half of what c contains: ", "would delete nothing");
        JsonNode loss = result(run("prune", "--dry-run", "--json")).path("data_loss");
        assertThat(loss.path("before").asText()).isEqualTo("c");
        assertThat(loss.path("counts").path("documents").toString()).isEqualTo("{\"before\":2,\"now\":0}");

        assertThat(run("acknowledge", "latest").out()).contains("Acknowledged the counts of backup lost.");
        assertThat(run("acknowledge", "lost", "--undo").out()).contains("no longer acknowledged");
        assertThat(run("prune").code()).isEqualTo(ExitCode.USAGE);
        assertThat(result(run("acknowledge", "lost", "--json"))
                        .path("acknowledged")
                        .asBoolean())
                .isTrue();
        assertThat(run("prune").out()).contains("Deleted 3 archives.");
    }

    @Test
    void mistakesAreRefused() {
        assertThat(run("acknowledge", "nothing").code()).isEqualTo(ExitCode.NOT_FOUND);
        assertThat(run("pin", "nothing").code()).isEqualTo(ExitCode.NOT_FOUND);
        settings.put("BACKUP_KEEP", "weekly=many");
        CommandResult wrong = run("prune", "--dry-run");
        assertThat(wrong.code()).isEqualTo(ExitCode.USAGE);
        assertThat(wrong.err()).contains("BACKUP_KEEP", "weekly=many");
        settings.remove("BACKUP_KEEP");
        assertThat(run("prune").code()).isEqualTo(ExitCode.USAGE);
    }
}
