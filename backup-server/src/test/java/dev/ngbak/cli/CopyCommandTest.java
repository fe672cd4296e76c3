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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CopyCommandTest {

    @TempDir
    static Path template;

    @TempDir
    Path temp;

    private final Map<String, String> settings = new HashMap<>();
    private Path target;

    /** Makes the archives once, because that takes longer than most tests. */
    @BeforeAll
    static void backUp() throws IOException {
        Path working = WorkingFolders.make(template.resolve("working"), 4, 1);
        Map<String, String> settings = Map.of("WORKING_DIR", working.toString(), "BACKUP_DIR", template.toString());
        for (String id : List.of("older", "newer")) {
            assertThat(CommandRun.run(settings, "backup", "--id", id).code()).isZero();
        }
    }

    @BeforeEach
    void copyTemplate() throws IOException {
        Path backups = Files.createDirectory(temp.resolve("backups"));
        for (String id : List.of("older", "newer")) {
            Files.copy(template.resolve(id + ".ngbak"), backups.resolve(id + ".ngbak"));
        }
        settings.put("BACKUP_DIR", backups.toString());
        target = Files.createDirectory(temp.resolve("offsite"));
    }

    private CommandResult copy(String... arguments) {
        return CommandRun.run(settings, arguments(arguments));
    }

    private String[] arguments(String... arguments) {
        List<String> all = new ArrayList<>(List.of("copy", "--to", target.toString()));
        all.addAll(List.of(arguments));
        return all.toArray(String[]::new);
    }

    private void damage(String id) throws IOException {
        Path file = temp.resolve("backups").resolve(id + ".ngbak");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 5] ^= 1;
        Files.write(file, bytes);
    }

    @Test
    void secondRunChangesNothing() throws Exception {
        CommandResult first = copy("newer");
        CommandResult second = copy("newer");

        assertThat(first.code()).as(first.err()).isZero();
        assertThat(first.out()).containsPattern("^Copied newer to " + target + ": .*iB, SHA-256 [0-9a-f]{64}\\.\n$");
        assertThat(first.err()).contains("every byte is that of the original");
        assertThat(second.code()).isZero();
        assertThat(second.out()).contains(target + " has newer already, verified 20");
        assertThat(second.err()).isEmpty();
        assertThat(target.resolve("newer.ngbak")).hasSameBinaryContentAs(temp.resolve("backups/newer.ngbak"));
    }

    @Test
    void jsonResultListsTheCopies() throws Exception {
        copy("older");

        JsonNode copies = copy("older", "newer", "--json").result().path("copies");

        assertThat(copies.findValuesAsText("backup_id")).containsExactly("older", "newer");
        assertThat(copies.findValuesAsText("status")).containsExactly("present", "copied");
        assertThat(copies.get(0).path("sha256").isNull()).isTrue();
        assertThat(copies.get(1).path("sha256").asText()).hasSize(64);
        assertThat(copies.get(1).path("path").asText())
                .isEqualTo(target.resolve("newer.ngbak").toString());
    }

    @Test
    void allCopiesEverythingExceptSafetyArchives() throws Exception {
        Files.copy(template.resolve("newer.ngbak"), temp.resolve("backups/pre-restore_x.ngbak"));

        copy("older");
        CommandResult result = copy("--all", "-q");

        assertThat(result.code()).isZero();
        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .startsWith("Copied newer to")
                .endsWith(target + " has all 2 archives, verified: 1 copied now, 1 there already.\n");
        assertThat(target.toFile().list((folder, name) -> name.matches(".+\\.ngbak")))
                .containsExactlyInAnyOrder("older.ngbak", "newer.ngbak");
    }

    @Test
    void damagedArchiveDoesNotKeepTheOthersFromBeingCopied() throws Exception {
        damage("newer");

        CommandResult result = copy("--all");
        JsonNode json = copy("--all", "--json").result();

        assertThat(result.code()).isEqualTo(4);
        assertThat(result.out()).startsWith("Copied older to").hasLineCount(1);
        assertThat(result.err())
                .contains("ERROR: newer was not copied: The archive newer.ngbak is damaged:")
                .contains("1 of 2 archives were not copied: newer");
        assertThat(target.resolve("newer.ngbak")).doesNotExist();
        assertThat(json.path("ok").asBoolean()).isFalse();
        assertThat(json.path("exit_code").asInt()).isEqualTo(4);
        assertThat(json.path("copies").findValuesAsText("status")).containsExactlyInAnyOrder("failed", "present");
        assertThat(copy("newer").code()).isEqualTo(4);
    }

    @Test
    void otherArchiveUnderTheSameIdIsNotReplaced() throws Exception {
        Files.copy(template.resolve("older.ngbak"), target.resolve("newer.ngbak"));

        CommandResult result = copy("newer");

        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).contains("has another archive under the id newer", "No archive was made");
        assertThat(target.resolve("newer.ngbak")).hasSameBinaryContentAs(template.resolve("older.ngbak"));
    }

    @Test
    void settingsOfTheOtherRepositoryComeFromItsFileOnly() throws Exception {
        settings.put("BACKUP_S3_ACCESS_KEY", "marker");
        Path config = Files.writeString(
                temp.resolve("offsite.env"), "BACKUP_S3_ENDPOINT=http://127.0.0.1:1\nBACKUP_S3_SECRET_KEY=marker\n");

        CommandResult result =
                CommandRun.run(settings, "copy", "newer", "--to", "s3://vault/x", "--to-config", config.toString());

        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err())
                .contains("Only one of BACKUP_S3_ACCESS_KEY and")
                .doesNotContain("marker");
        assertThat(CommandRun.run(settings, "copy", "newer", "--to", "s3://vault/x", "--to-config", "missing")
                        .err())
                .contains("missing of --to-config cannot be read");
    }

    @Test
    void emptyRepositoryHasNothingToCopy() {
        settings.put("BACKUP_DIR", temp.resolve("none").toString());

        assertThat(copy("--all").out()).isEqualTo("There is no archive to copy.\n");
        assertThat(temp.resolve("none")).doesNotExist();
    }

    @Test
    void unusableCommandLinesAreRefused() {
        assertThat(copy().err()).contains("No archive was named");
        assertThat(copy("newer", "--all").code()).isEqualTo(2);
        assertThat(CommandRun.run(settings, "copy", "newer").code()).isEqualTo(2);
        assertThat(copy("missing").code()).isEqualTo(5);
        target = temp.resolve("not-mounted");
        assertThat(copy("newer").code()).isEqualTo(2);
        assertThat(target).doesNotExist();
    }
}
