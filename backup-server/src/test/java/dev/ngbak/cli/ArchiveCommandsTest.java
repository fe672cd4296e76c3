package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.cli.NgbakProcess.CommandResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests ids and their beginnings, {@code list --limit}, {@code diff}, {@code extract}, {@code -q} and {@code -v}. */
class ArchiveCommandsTest {

    @TempDir
    static Path template;

    @TempDir
    Path temp;

    private final Map<String, String> settings = new HashMap<>();
    private Path working;

    /** Makes the archive {@code mine} once, because that takes longer than most tests. */
    @BeforeAll
    static void backUp() throws IOException {
        Path working = WorkingFolders.make(template.resolve("working"), 4, 1);
        Map<String, String> settings = Map.of("WORKING_DIR", working.toString(), "BACKUP_DIR", template.toString());
        assertThat(CommandRun.run(settings, "backup", "--id", "mine").code()).isZero();
    }

    @BeforeEach
    void copy() throws IOException {
        working = WorkingFolders.make(temp.resolve("working"), 4, 1);
        Files.createDirectory(temp.resolve("backups"));
        Files.copy(template.resolve("mine.ngbak"), archive());
        settings.put("WORKING_DIR", working.toString());
        settings.put("BACKUP_DIR", temp.resolve("backups").toString());
    }

    private CommandResult run(String... arguments) {
        return CommandRun.run(settings, arguments);
    }

    private JsonNode json(String... arguments) throws IOException {
        String[] all = Stream.concat(Stream.of(arguments), Stream.of("--json")).toArray(String[]::new);
        return run(all).result();
    }

    private Path archive() {
        return temp.resolve("backups/mine.ngbak");
    }

    private void changeDocument() throws IOException {
        Path documents = working.resolve("kv_store_full_docs.json");
        Files.writeString(documents, Files.readString(documents).replaceFirst("\"content\": \"", "$0changed "));
    }

    @Test
    void beginningOfAnIdIsEnoughForEveryCommand() throws Exception {
        for (String command : List.of("inspect", "verify", "check", "diff")) {
            assertThat(run(command, "mi").code()).as(command).isIn(0, 3);
            assertThat(run(command, "latest").code()).as(command).isIn(0, 3);
            assertThat(run(command, "other").code()).as(command).isEqualTo(5);
        }
        assertThat(run("restore", "latest", "--dry-run").out()).contains("Archive mine");
        assertThat(run("backup", "--id", "mine-2").code()).isZero();
        CommandResult ambiguous = run("inspect", "m");
        assertThat(ambiguous.code()).isEqualTo(2);
        assertThat(ambiguous.err()).contains("mine-2, mine");
        assertThat(run("inspect", "mine").out()).startsWith("mine,");
    }

    @Test
    void questionsNameTheArchiveThatWasFound() {
        CommandResult delete = CommandRun.answering("no\n", settings, "delete", "latest");
        CommandResult restore = CommandRun.answering("no\n", settings, "restore", "m");

        assertThat(delete.code()).isEqualTo(10);
        assertThat(delete.err()).contains("The backup mine will be deleted permanently. Type yes");
        assertThat(restore.code()).isEqualTo(10);
        assertThat(restore.err()).contains("replaced by the archive mine. Type yes");
        assertThat(CommandRun.answering("yes\n", settings, "delete", "mi").out())
                .contains("Deleted backup mine.");
        assertThat(archive()).doesNotExist();
    }

    @Test
    void listIsLimitedToTheNewest() throws Exception {
        run("backup", "--id", "newer");

        CommandResult list = run("list", "--limit", "1");
        JsonNode result = json("list", "--limit", "1");

        assertThat(list.out()).contains("newer", "newest 1 of 2").doesNotContain("mine");
        assertThat(result.path("backups")).hasSize(1);
        assertThat(result.path("total").asInt()).isEqualTo(2);
        assertThat(run("list", "--limit", "5").out()).contains("mine", "newer").doesNotContain("newest");
        assertThat(run("list", "--limit", "0").code()).isEqualTo(2);
        assertThat(run("list", "--limit", "x").code()).isEqualTo(2);
    }

    @Test
    void diffWithTheUnchangedStoresIsEqual() throws Exception {
        assertThat(run("diff", "mine").out()).contains("The two are equal, by content digest.");
        JsonNode result = json("diff", "mine", "live");
        assertThat(result.path("equal").asBoolean()).isTrue();
        assertThat(result.path("right").asText()).isEqualTo("live");
        assertThat(result.path("left").asText()).isEqualTo(archive().toString());
    }

    @Test
    void diffNamesTheNamespaceThatDiffers() throws Exception {
        Files.writeString(working.resolve("kv_store_text_chunks.json"), "{\"chunk-1\": {\"content\": \"x\"}}");
        changeDocument();

        CommandResult diff = run("diff", "mine");
        JsonNode kv = json("diff", "mine").path("stores").path("kv");

        assertThat(diff.code()).as("a difference is a result, not a failure").isZero();
        assertThat(diff.out())
                .containsPattern("full_docs +2 +2 +0 +different")
                .containsPattern("text_chunks +0 +1 +\\+1 +different")
                .containsPattern("vector +equal")
                .contains("The two differ in kv.");
        assertThat(kv.path("content").asText()).isEqualTo("different");
        assertThat(kv.path("groups").path("text_chunks"))
                .hasToString("{\"left\":0,\"right\":1,\"content\":\"different\"}");
    }

    @Test
    void diffWithLostStoresShowsWhatIsMissing() throws Exception {
        settings.put("WORKING_DIR", temp.resolve("gone").toString());

        CommandResult diff = run("diff", "mine");

        assertThat(diff.code()).isZero();
        assertThat(diff.out())
                .containsPattern("full_docs +2 +0 +-2 +different")
                .contains("! WORKING_DIR is")
                .contains("The two differ in graph, vector, kv.");
    }

    @Test
    void diffOfTwoArchivesNeedsNoStore() throws Exception {
        changeDocument();
        run("backup", "--id", "newer");
        settings.put("WORKING_DIR", temp.resolve("gone").toString());

        JsonNode result = json("diff", "mine", "newer");

        assertThat(result.path("equal").asBoolean()).isFalse();
        assertThat(result.path("stores").path("kv").path("groups").path("full_docs"))
                .hasToString("{\"left\":2,\"right\":2,\"content\":\"different\"}");
        assertThat(result.path("stores").path("graph").path("content").asText()).isEqualTo("equal");
    }

    @Test
    void extractedFileIsThatOfTheArchive() throws Exception {
        Path file = temp.resolve("out.json");

        CommandResult stdout = run("extract", "latest", "kv/full_docs.json");
        JsonNode result = json("extract", "mine", "./kv/full_docs.json", "-o", file.toString());

        byte[] original = Files.readAllBytes(working.resolve("kv_store_full_docs.json"));
        assertThat(stdout.code()).isZero();
        assertThat(stdout.out()).isEqualTo(Files.readString(file));
        assertThat(Files.readAllBytes(file)).isEqualTo(original);
        assertThat(result.path("path").asText()).isEqualTo(file.toString());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void bytesAreNotInterpreted() throws Exception {
        Files.write(
                working.resolve("kv_store_full_docs.json"),
                "{\"\u2713\": \"\\u001b[31m\"}".getBytes(StandardCharsets.UTF_8));
        run("backup", "--id", "strange");

        assertThat(run("extract", "strange", "kv/full_docs.json").out()).isEqualTo("{\"\u2713\": \"\\u001b[31m\"}");
    }

    @Test
    void existingFileIsReplacedOnlyByForce() throws Exception {
        Path file = Files.writeString(temp.resolve("out.json"), "precious");

        CommandResult refused = run("extract", "mine", "kv/full_docs.json", "-o", file.toString());
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains(file.toString()).contains("--force");
        assertThat(file).hasContent("precious");

        assertThat(run("extract", "mine", "kv/full_docs.json", "-o", file.toString(), "--force")
                        .code())
                .isZero();
        assertThat(Files.readString(file)).startsWith("{");
    }

    @Test
    void damagedFileDoesNotAppear() throws Exception {
        byte[] bytes = Files.readAllBytes(archive());
        bytes[bytes.length - bytes.length / 4] ^= 1;
        Files.write(archive(), bytes);
        Path folder = Files.createDirectory(temp.resolve("out"));
        List<Integer> codes = new ArrayList<>();

        for (String path : List.of(
                "kv/full_docs.json", "vectors/nano/entities.json", "graph/graph_chunk_entity_relation.graphml")) {
            CommandResult extract =
                    run("extract", "mine", path, "-o", folder.resolve("file").toString(), "--force");
            codes.add(extract.code());
            if (extract.code() == 4) {
                assertThat(folder).isEmptyDirectory();
            } else {
                Files.delete(folder.resolve("file"));
            }
        }

        assertThat(codes).contains(4);
    }

    @Test
    void unknownPathIsNotFoundAndSimilarOnesAreNamed() {
        CommandResult misspelled = run("extract", "mine", "kv/ful_docs.json");
        CommandResult unqualified = run("extract", "mine", "full_docs.json");

        assertThat(misspelled.code()).isEqualTo(5);
        assertThat(misspelled.err()).contains("Did you mean kv/full_docs.json?");
        assertThat(unqualified.err()).contains("Did you mean kv/full_docs.json?");
        assertThat(run("extract", "mine", "xyz").err()).doesNotContain("Did you mean");
        assertThat(run("extract", "mine", "../../etc/passwd").code()).isEqualTo(5);
    }

    @Test
    void jsonNeedsAnOutputFile() throws Exception {
        CommandResult refused = run("extract", "mine", "kv/full_docs.json", "--json");

        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.result().path("remedy").asText()).contains("-o FILE");
    }

    @Test
    void quietPrintsOnlyTheResultAndVerboseThePhases() {
        settings.put("BACKUP_CHECK", "off"); // It would warn of the generated system, which is not sound.
        CommandResult quiet = run("-q", "backup", "--id", "quiet");
        CommandResult normal = run("backup", "--id", "normal");
        CommandResult verbose = run("backup", "--id", "verbose", "-v");

        assertThat(quiet.err()).isEmpty();
        assertThat(quiet.out()).contains("Backup quiet:");
        assertThat(normal.err()).contains("It took").doesNotContain("Phase:");
        assertThat(verbose.err())
                .containsPattern("\\d\\d:\\d\\d\\.\\d{3}Z Phase: exporting\n")
                .containsPattern("\\d\\d:\\d\\d\\.\\d{3}Z It took");
        assertThat(run("-q", "list", "-v").code()).isEqualTo(2);
    }

    @Test
    void quietKeepsWarningsAndErrors() throws Exception {
        Files.writeString(working.resolve("kv_store_full_docs.json"), "{}");

        CommandResult warned = run("backup", "--id", "smaller", "-q");

        assertThat(warned.err()).startsWith("WARN:").contains("less than half");
        assertThat(run("verify", "none", "-q").err()).startsWith("ngbak: The backup none does not exist");
    }
}
