package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.cli.NgbakProcess.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the program as a process with arguments, environment, output streams and exit code. */
class CommandLineTest {

    @TempDir
    Path temp;

    private NgbakProcess ngbak;

    @BeforeEach
    void createWorkingFolder() throws IOException {
        ngbak = new NgbakProcess(temp);
        WorkingFolders.make(ngbak.workingDir(), 40, 1);
    }

    /** Returns the contents of all files except records of jobs and verifications. */
    private static Map<String, String> contents(Path folder) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        if (Files.exists(folder)) {
            try (Stream<Path> tree = Files.walk(folder)) {
                for (Path file : tree.filter(Files::isRegularFile)
                        .filter(file -> !file.getParent().endsWith("jobs")
                                && !file.getParent().endsWith("verified"))
                        .toList()) {
                    contents.put(
                            folder.relativize(file).toString(),
                            new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1));
                }
            }
        }
        return contents;
    }

    private static void deleteFiles(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void listMarksArchivesThatFailedVerification() throws Exception {
        assertThat(ngbak.run("backup", "--id", "mine").code()).isZero();
        Path archive = ngbak.backups().resolve("mine.ngbak");
        byte[] bytes = Files.readAllBytes(archive);
        bytes[bytes.length - bytes.length / 4] ^= 1;
        Files.write(archive, bytes);
        assertThat(ngbak.run("list").out()).contains("quiescent").doesNotContain("DAMAGED");

        assertThat(ngbak.run("verify", "mine").code()).isEqualTo(4);

        assertThat(ngbak.run("list").out()).contains("DAMAGED").doesNotContain("quiescent");
    }

    @Test
    void restoreBringsBackDestroyedFiles() throws Exception {
        Map<String, String> before = contents(ngbak.workingDir());

        CommandResult backup = ngbak.run("backup", "--id", "mine", "--note", "before re-index");
        assertThat(backup.code()).as(backup.err()).isZero();
        assertThat(backup.out()).contains("Backup mine: 20 documents");
        assertThat(backup.out()).contains("Capture: quiescent");
        deleteFiles(ngbak.workingDir());
        CommandResult restore = ngbak.run("restore", "mine", "--yes", "--no-safety-backup");

        assertThat(restore.code()).as(restore.err()).isZero();
        assertThat(restore.out())
                .contains("Proved equal to the archive: graph by content digest")
                .contains("restart it");
        assertThat(contents(ngbak.workingDir())).isEqualTo(before);
    }

    @Test
    void everyCommandPrintsAJsonResultLast() throws Exception {
        JsonNode backup =
                ngbak.run("backup", "--json", "--id", "mine", "--note", "n").result();
        assertThat(backup.path("ok").asBoolean()).isTrue();
        assertThat(backup.path("backup_id").asText()).isEqualTo("mine");
        assertThat(backup.path("note").asText()).isEqualTo("n");
        assertThat(backup.path("size_bytes").asLong())
                .isEqualTo(Files.size(ngbak.backups().resolve("mine.ngbak")));

        JsonNode listed = ngbak.run("list", "--json").result().path("backups").path(0);
        assertThat(listed.fieldNames())
                .toIterable()
                .containsExactlyInAnyOrder(
                        "backup_id",
                        "created_at",
                        "size_bytes",
                        "pinned",
                        "acknowledged",
                        "drill",
                        "encrypted",
                        "signature",
                        "verified",
                        "check",
                        "storage_backends",
                        "statistics",
                        "checksum",
                        "consistency",
                        "duration_ms",
                        "system",
                        "note");

        JsonNode inspected = ngbak.run("inspect", "mine", "--json").result();
        assertThat(inspected.path("format").asText()).isEqualTo("ngbak/1");
        assertThat(inspected.path("files")).hasSize(4);
        assertThat(inspected.path("size_bytes").asLong()).isPositive();

        assertThat(ngbak.run("verify", "backups/mine.ngbak", "--json").result().path("decoded"))
                .hasSize(3);

        JsonNode plan = ngbak.run("restore", "mine", "--dry-run", "--json").result();
        assertThat(plan.path("archive").path("documents").asInt()).isEqualTo(20);
        assertThat(plan.path("live").path("documents").asInt()).isEqualTo(20);
        assertThat(plan.path("changes").path("documents").asInt()).isZero();
        assertThat(plan.path("problems")).isEmpty();

        JsonNode restored = ngbak.run("restore", "mine", "--yes", "--json").result();
        assertThat(restored.path("proofs").path("kv").asText()).isEqualTo("content digest");
        String safety = restored.path("safety_backup_id").asText();
        assertThat(safety).startsWith("pre-restore_");
        assertThat(ngbak.run("recover", "--json").result().path("recovery").asText())
                .isEqualTo("nothing");

        assertThat(ngbak.run("doctor", "--json").result().path("findings")).isNotEmpty();
        assertThat(ngbak.run("delete", "mine", "--yes", "--json")
                        .result()
                        .path("backup_id")
                        .asText())
                .isEqualTo("mine");
        JsonNode left = ngbak.run("list", "--json").result().path("backups");
        assertThat(left).hasSize(1);
        assertThat(left.get(0).path("backup_id").asText()).isEqualTo(safety);
    }

    @Test
    void failurePrintsAJsonResult() throws Exception {
        CommandResult usage = ngbak.run("backup", "--json", "--bogus");
        CommandResult missing = ngbak.run("restore", "nothing", "--yes", "--json");

        assertThat(usage.code()).isEqualTo(2);
        assertThat(usage.result().path("ok").asBoolean()).isFalse();
        assertThat(missing.code()).isEqualTo(5);
        assertThat(missing.result().path("exit_code").asInt()).isEqualTo(5);
        assertThat(missing.result().path("error").asText()).contains("nothing");
    }

    @Test
    void restoreAndDeleteWithoutAnAnswerChangeNothing() throws Exception {
        ngbak.run("backup", "--id", "mine");
        Map<String, String> before = contents(temp);

        assertThat(ngbak.run("restore", "mine").code()).isEqualTo(10);
        assertThat(ngbak.run("delete", "mine").code()).isEqualTo(10);

        assertThat(contents(temp)).isEqualTo(before);
    }

    @Test
    void damagedArchiveIsRefusedAndNothingIsChanged() throws Exception {
        ngbak.run("backup", "--id", "mine");
        Path file = ngbak.backups().resolve("mine.ngbak");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        Map<String, String> before = contents(temp);

        CommandResult verify = ngbak.run("verify", "mine");
        CommandResult restore = ngbak.run("restore", "mine", "--yes");

        assertThat(verify.code()).isEqualTo(4);
        assertThat(verify.err()).contains("mine.ngbak is damaged").contains("Nothing was changed");
        assertThat(restore.code()).isEqualTo(4);
        assertThat(contents(temp)).isEqualTo(before);
    }

    @Test
    void readingCommandsCreateNothing() throws Exception {
        Map<String, String> before = contents(temp);

        assertThat(ngbak.run("list").code()).isZero();
        assertThat(ngbak.run("doctor").code()).isZero();
        assertThat(ngbak.run("inspect", "x").code()).isEqualTo(5);

        assertThat(contents(temp)).isEqualTo(before);
        assertThat(ngbak.backups()).doesNotExist();
    }

    @Test
    void takenIdExitsWithTwo() throws Exception {
        ngbak.run("backup", "--id", "mine");

        CommandResult again = ngbak.run("backup", "--id", "mine");

        assertThat(again.code()).isEqualTo(2);
        assertThat(again.err()).contains("The backup mine already exists");
    }

    @Test
    void idIsNeverInterpretedAsAPath() throws Exception {
        for (String id : List.of("../mine", "/tmp/mine", "a b", "..")) {
            CommandResult backup = ngbak.run("backup", "--id", id);
            assertThat(backup.code()).as(id).isEqualTo(2);
        }
        assertThat(ngbak.backups()).doesNotExist();
        assertThat(ngbak.run("delete", "../x", "--yes").code()).isEqualTo(2);
    }

    @Test
    void invalidSettingsAreNamed() throws Exception {
        ngbak.settings.put("WORKING_DIR", temp.resolve("nowhere").toString());
        CommandResult missing = ngbak.run("backup");
        ngbak.settings.put(
                "WORKING_DIR", Files.createDirectory(temp.resolve("other")).toString());
        Files.writeString(temp.resolve("other/notes.txt"), "x");
        CommandResult wrong = ngbak.run("backup");
        ngbak.settings.clear();
        ngbak.settings.put("BACKUP_DIR", Files.createFile(temp.resolve("file")).toString());
        CommandResult notAFolder = ngbak.run("backup");
        ngbak.settings.clear();
        ngbak.settings.put("KV_BACKEND", "postgres");
        CommandResult backend = ngbak.run("list");

        assertThat(missing.code()).isEqualTo(2);
        assertThat(missing.err()).contains("WORKING_DIR").contains("there is no such folder");
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.err()).contains("WORKING_DIR").contains("notes.txt");
        assertThat(notAFolder.code()).isEqualTo(2);
        assertThat(notAFolder.err()).contains("BACKUP_DIR");
        assertThat(backend.code()).isEqualTo(2);
        assertThat(backend.err()).contains("KV_BACKEND is \"postgres\"").contains("one of json");
    }

    @Test
    void brokenFileStopsTheBackupAndIsNamed() throws Exception {
        Path file = ngbak.workingDir().resolve("kv_store_full_docs.json");
        String whole = Files.readString(file);
        Files.writeString(file, whole.substring(0, whole.length() / 2));

        CommandResult backup = ngbak.run("backup");

        assertThat(backup.code()).isEqualTo(8);
        assertThat(backup.err()).contains("kv_store_full_docs.json").contains("No archive was made");
    }

    @Test
    void secondProcessIsToldWhoHoldsTheLock() throws Exception {
        Path started = temp.resolve("started");
        Path go = temp.resolve("go");
        ngbak.settings.put(
                "BACKUP_PAUSE_HOOK", "touch " + started + "; while [ ! -e " + go + " ]; do sleep 0.02; done");
        Process first = ngbak.start(NgbakProcess.java(Main.class.getName(), "backup", "--id", "first"));
        while (!Files.exists(started)) {
            Thread.onSpinWait();
        }
        ngbak.settings.clear();

        CommandResult second = ngbak.run("backup", "--id", "second");
        CommandResult restore = ngbak.run("restore", "second", "--yes");
        Files.createFile(go);

        assertThat(first.waitFor()).isZero();
        assertThat(second.code()).isEqualTo(6);
        assertThat(second.err()).contains("the backup first").contains("process " + first.pid());
        assertThat(restore.code()).isEqualTo(5);
        assertThat(ngbak.run("verify", "first").code()).isZero();
    }

    @Test
    void sigtermCancelsABackupAndLeavesNothing() throws Exception {
        Path started = temp.resolve("started");
        Path released = temp.resolve("released");
        ngbak.settings.put("BACKUP_PAUSE_HOOK", "touch " + started + "; sleep 100");
        ngbak.settings.put("BACKUP_RESUME_HOOK", "touch " + released);
        Process backup = ngbak.start(NgbakProcess.java(Main.class.getName(), "backup", "--id", "first"));
        while (!Files.exists(started)) {
            Thread.onSpinWait();
        }

        backup.destroy();

        assertThat(backup.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(backup.exitValue()).isEqualTo(130);
        assertThat(released).exists();
        assertThat(contents(ngbak.backups())).containsOnlyKeys(".ngbak/lock");
        try (Stream<Path> jobs = Files.list(ngbak.backups().resolve(".ngbak/jobs"))) {
            assertThat(jobs)
                    .singleElement()
                    .satisfies(job -> assertThat(job).content().contains("\"status\":\"cancelled\""));
        }
    }

    @Test
    void secretsAreNotPrinted() throws Exception {
        ngbak.settings.put("NEO4J_PASSWORD", "MARKER1");
        ngbak.settings.put("REDIS_URL", "redis://u:MARKER2@h:1/0");
        ngbak.settings.put(
                "QDRANT_API_KEY_FILE",
                Files.writeString(temp.resolve("key"), "MARKER3").toString());
        ngbak.settings.put("BACKUP_COMPRESSION", "none");

        CommandResult backup = ngbak.run("backup", "--json", "--id", "mine");
        CommandResult doctor = ngbak.run("doctor");

        assertThat(backup.code()).isZero();
        assertThat(backup.out() + backup.err() + doctor.out() + doctor.err()).doesNotContain("MARKER");
        assertThat(contents(ngbak.backups()).toString()).doesNotContain("MARKER");
    }

    @ParameterizedTest
    @CsvSource({"nano-graphrag, 7, chunk-", "lightrag, 12, doc-"})
    void demoSucceedsAndLeavesNothing(String system, int files, String chunk) throws Exception {
        Path tmp = Files.createDirectory(temp.resolve("tmp"));
        List<String> command = new ArrayList<>(
                NgbakProcess.java(Main.class.getName(), "demo", "--exit", "--json", "--system", system));
        command.add(1, "-Djava.io.tmpdir=" + tmp);
        ngbak.settings.put("GRAPH_BACKEND", "a setting that a demo ignores");

        CommandResult demo = ngbak.run(command);

        assertThat(demo.code()).as(demo.err()).isZero();
        JsonNode result = demo.result();
        assertThat(result.path("files_equal").asInt()).isEqualTo(files);
        assertThat(result.path("proofs"))
                .hasSize(3)
                .allMatch(proof -> proof.asText().equals("content digest"));
        assertThat(result.path("queries")).hasSize(3);
        for (JsonNode query : result.path("queries")) {
            assertThat(query.path("score").asDouble())
                    .isGreaterThan(query.path("second_score").asDouble());
            assertThat(query.path("chunk").asText()).startsWith(chunk);
        }
        assertThat(tmp).isEmptyDirectory();
        assertThat(contents(temp).keySet()).noneMatch(name -> name.endsWith(".ngbak"));
    }

    /** Tests the form of times, counts and paths. */
    @Test
    void outputIsFormattedForPeople() throws Exception {
        WorkingFolders.make(ngbak.workingDir(), 2, 1);
        String folder = ngbak.backups().getParent().toRealPath() + "/backups";

        CommandResult none = ngbak.run("list");
        CommandResult backup = ngbak.run("backup", "--id", "mine");
        CommandResult list = ngbak.run("list");
        CommandResult inspect = ngbak.run("inspect", "backups/mine.ngbak");
        CommandResult doctor = ngbak.run("doctor");
        CommandResult plan = ngbak.run("restore", "mine", "--dry-run");

        assertThat(none.out()).contains("No backups yet in " + folder + ".");
        assertThat(backup.out())
                .contains("1 document, 0 chunks, 1 entity, 1 relationship, 0 communities")
                .contains("File: " + folder + "/mine.ngbak\n");
        assertThat(backup.err()).contains("kv: 1 record in ");
        assertThat(list.out()).containsPattern("\n\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d +mine ");
        assertThat(inspect.out())
                .containsPattern("made \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC by ngbak")
                .contains("File: " + folder + "/mine.ngbak\n")
                .contains("  1 entity\n");
        assertThat(doctor.out())
                .contains("Archives are stored in " + folder + ".")
                .contains("1 entity");
        assertThat(plan.out()).contains("change in count").contains("Only counts were compared");
        String all = backup.out() + backup.err() + list.out() + inspect.out() + doctor.out() + plan.out() + plan.err();
        assertThat(all)
                .doesNotContainPattern("\\b1 (documents|chunks|entities|relationships|communities|records)\\b")
                .doesNotContainPattern("\\d\\d:\\d\\dZ|\\.\\d{3,}Z");
        assertThat(none.out() + backup.out() + list.out() + plan.out()).doesNotContain("./");
    }

    @Test
    void helpAndVersionArePrinted() throws Exception {
        assertThat(ngbak.run("--version").out()).matches("ngbak \\d+\\.\\d+\\.\\d+\\s+");
        assertThat(ngbak.run("restore", "--help").out()).contains("--dry-run").contains("ID-OR-FILE");
        assertThat(ngbak.run().code()).isEqualTo(2);
    }
}
