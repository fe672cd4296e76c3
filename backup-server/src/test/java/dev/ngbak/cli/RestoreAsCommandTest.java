package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.cli.NgbakProcess.CommandResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestoreAsCommandTest {

    @TempDir
    Path temp;

    private final Map<String, String> settings = new HashMap<>();
    private Path storage;

    @BeforeEach
    void backUp() throws Exception {
        storage = temp.resolve("rag_storage");
        WorkingFolders.copy(WorkingFolders.LIGHTRAG, storage);
        settings.putAll(Map.of(
                "GRAPHRAG_SYSTEM",
                "lightrag",
                "WORKSPACE",
                "harbour",
                "WORKING_DIR",
                storage.toString(),
                "BACKUP_DIR",
                temp.resolve("backups").toString()));
        assertThat(run("backup", "--id", "mine").code()).isZero();
    }

    private CommandResult run(String... arguments) {
        return CommandRun.run(settings, arguments);
    }

    private String documents(String workspace) throws Exception {
        return Files.readString(storage.resolve(workspace + "/kv_store_full_docs.json"));
    }

    @Test
    void planShowsBothWorkspacesAndTheRestoreMakesTheCopy() throws Exception {
        CommandResult plan = run("restore", "mine", "--as", "copy", "--dry-run");
        assertThat(plan.code()).as(plan.err()).isZero();
        assertThat(plan.out())
                .contains("would restore the workspace \"harbour\" as the workspace \"copy\"", storage + "/copy");
        assertThat(storage.resolve("copy")).doesNotExist();

        CommandResult restored = run("restore", "mine", "--as", "copy", "--yes");

        assertThat(restored.code()).as(restored.err()).isZero();
        assertThat(documents("copy")).isEqualTo(documents("harbour"));
    }

    @Test
    void workspaceThatIsNotEmptyIsReplacedOnlyIfAsked() throws Exception {
        CommandResult refused = run("restore", "mine", "--as", "harbour_2", "--yes");
        assertThat(refused.code()).isEqualTo(ExitCode.USAGE);
        assertThat(refused.err()).contains("workspace \"harbour_2\"", "--replace", "Nothing was changed");

        CommandResult restored = run("restore", "mine", "--as", "harbour_2", "--replace", "--yes");

        assertThat(restored.code()).as(restored.err()).isZero();
        assertThat(restored.out()).containsPattern("run ngbak restore pre-restore_\\S+ --as harbour_2 --replace\\.");
        assertThat(documents("harbour_2")).isEqualTo(documents("harbour"));
    }

    @Test
    void anotherWorkspaceInTheSettingsIsRefusedWithAHint() {
        settings.put("WORKSPACE", "harbour_2");

        CommandResult refused = run("restore", "mine", "--yes");

        assertThat(refused.code()).isEqualTo(ExitCode.INCOMPATIBLE);
        assertThat(refused.err()).contains("workspace \"harbour\"", "workspace \"harbour_2\"", "--as");
    }

    @Test
    void pathsAreMapped() throws Exception {
        Path file = storage.resolve("harbour/kv_store_full_docs.json");
        String text = Files.readString(file)
                .replaceFirst(
                        "\"parse_format\"", "\"sidecar_location\": \"file:///a/b=c/x.parsed/\", \"parse_format\"");
        Files.writeString(file, text);
        assertThat(run("backup", "--id", "paths").code()).isZero();

        CommandResult restored =
                run("restore", "paths", "--as", "copy", "--map-path", "/a/b=/d", "--map-path", "/a=/e", "--yes");

        assertThat(restored.code()).as(restored.err()).isZero();
        assertThat(documents("copy")).isEqualTo(text.replace("file:///a/b=c/", "file:///e/b=c/"));
    }

    @Test
    void wrongUsageIsRefused() {
        for (List<String> options : List.of(
                List.of("--replace"),
                List.of("--map-path", "a=/b"),
                List.of("--map-path", "/a"),
                List.of("--as", "../x"))) {
            String[] arguments = List.of(List.of("restore", "mine", "--yes"), options).stream()
                    .flatMap(List::stream)
                    .toArray(String[]::new);
            assertThat(run(arguments).code()).as(options.toString()).isEqualTo(ExitCode.USAGE);
        }
    }
}
