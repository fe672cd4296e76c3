package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.cli.NgbakProcess.CommandResult;
import dev.ngbak.jobs.JobRunner;
import dev.ngbak.repository.LocalRepository;
import dev.ngbak.repository.StateDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests restore, rollback and recovery as processes: signals, exit codes, and files byte for byte. */
class RestoreProcessTest {

    @TempDir
    Path temp;

    private NgbakProcess ngbak;
    private Map<String, String> archived;
    private Map<String, String> present;

    @BeforeEach
    void backUpAndChange() throws Exception {
        ngbak = new NgbakProcess(temp);
        WorkingFolders.make(ngbak.workingDir(), 40, 1);
        archived = files();
        assertThat(ngbak.run("backup", "--id", "mine").code()).isZero();
        WorkingFolders.make(ngbak.workingDir(), 44, 2);
        Files.writeString(ngbak.workingDir().resolve("kv_store_newer.json"), "{\"a\": 1}");
        present = files();
    }

    private Map<String, String> files() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(ngbak.workingDir())) {
            for (Path file : files.toList()) {
                contents.put(
                        file.getFileName().toString(),
                        Files.isRegularFile(file)
                                ? new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)
                                : "no file");
            }
        }
        return contents;
    }

    private Path journal() {
        return ngbak.backups().resolve(".ngbak/restore.journal");
    }

    /** Puts a folder in place of the last file, so that the kv store fails after graph and vectors were replaced. */
    private void blockTheLastStoreAfterThePreflight() throws IOException {
        // The preflight would detect the folder. The pause hook runs after it.
        Path file = ngbak.workingDir().resolve("kv_store_full_docs.json");
        ngbak.settings.put(
                "BACKUP_PAUSE_HOOK", "mv " + file + " " + file + ".aside && mkdir -p " + file + "/in-the-way");
        ngbak.settings.put("BACKUP_RESUME_HOOK", "true");
    }

    private void unblock() throws IOException {
        Path file = ngbak.workingDir().resolve("kv_store_full_docs.json");
        Files.delete(file.resolve("in-the-way"));
        Files.delete(file);
        Files.move(ngbak.workingDir().resolve("kv_store_full_docs.json.aside"), file);
        ngbak.settings.clear();
    }

    @Test
    void questionNamesTheArchiveAndTheDataToReplace() throws Exception {
        CommandResult asked = ngbak.run("restore", "mine");

        assertThat(asked.code()).isEqualTo(10);
        assertThat(asked.out())
                .contains("Archive mine, made ")
                .contains("would replace the kv store: nano-graphrag JSON files in "
                        + ngbak.workingDir().toRealPath())
                .contains("Only counts were compared");
        assertThat(files()).isEqualTo(present);
    }

    @Test
    void dryRunComparesContentsOnRequest() throws Exception {
        for (var file : archived.entrySet()) {
            Files.write(
                    ngbak.workingDir().resolve(file.getKey()), file.getValue().getBytes(StandardCharsets.ISO_8859_1));
        }
        Files.delete(ngbak.workingDir().resolve("kv_store_newer.json"));
        Path docs = ngbak.workingDir().resolve("kv_store_full_docs.json");
        Files.writeString(docs, Files.readString(docs).replaceFirst("\"content\": \"", "\"content\": \"x"));

        CommandResult compared = ngbak.run("restore", "mine", "--dry-run", "--compare", "content");

        assertThat(compared.code()).as(compared.err()).isZero();
        assertThat(compared.out())
                .contains("content of the graph store: equal to the archive")
                .contains("content of the kv store: different from the archive")
                .doesNotContain("Only counts were compared");
    }

    @Test
    void safetyArchiveUndoesARestore() throws Exception {
        CommandResult restore = ngbak.run("restore", "mine", "--yes", "--json");
        assertThat(restore.code()).as(restore.err()).isZero();
        assertThat(restore.out()).doesNotContain("SOMETHING ELSE WROTE");
        assertThat(files()).isEqualTo(archived);
        String safety = restore.result().path("safety_backup_id").asText();
        assertThat(safety).startsWith("pre-restore_");

        assertThat(ngbak.run("restore", safety, "--yes").code()).isZero();

        assertThat(files()).isEqualTo(present);
        CommandResult recover = ngbak.run("recover");
        assertThat(recover.code()).isZero();
        assertThat(recover.out()).contains("there is nothing to recover");
    }

    @Test
    void restoreOfFilesAdvisesToRestartNanoGraphrag() throws Exception {
        CommandResult restore = ngbak.run("restore", "mine", "--yes");

        assertThat(restore.code()).as(restore.err()).isZero();
        assertThat(restore.out()).containsOnlyOnce("If nano-graphrag is running, restart it now");
        assertThat(adviceOfLastJob()).contains("restart it now");
    }

    private String adviceOfLastJob() {
        StateDirectory state = new StateDirectory(ngbak.backups().resolve(".ngbak"));
        return new JobRunner(state, new LocalRepository(ngbak.backups(), state))
                .list()
                .get(0)
                .metadata()
                .get("advice")
                .toString();
    }

    @Test
    void failureAtTheLastStoreRollsBackAndExitsWithTwelve() throws Exception {
        blockTheLastStoreAfterThePreflight();

        CommandResult restore = ngbak.run("restore", "mine", "--yes", "--json");

        assertThat(restore.code()).as(restore.err()).isEqualTo(12);
        assertThat(restore.result().path("error").asText())
                .contains("kv was being replaced")
                .contains("kv_store_full_docs.json")
                .contains("All stores were rolled back to their previous data");
        unblock();
        assertThat(files()).isEqualTo(present);
        assertThat(journal()).doesNotExist();
    }

    @Test
    void failureWithoutSafetyBackupExitsWithThirteenAndRecoverCompletesIt() throws Exception {
        blockTheLastStoreAfterThePreflight();
        CommandResult restore = ngbak.run("restore", "mine", "--yes", "--no-safety-backup");
        assertThat(restore.code()).as(restore.err()).isEqualTo(13);
        assertThat(restore.err()).contains("THE DATA IS NOT AS BEFORE").contains("ngbak recover");

        ngbak.settings.clear();
        CommandResult still = ngbak.run("recover");
        CommandResult backup = ngbak.run("backup");
        unblock();
        CommandResult recover = ngbak.run("recover", "--json");

        assertThat(still.code()).isEqualTo(13);
        assertThat(backup.code()).isEqualTo(13);
        assertThat(recover.code()).as(recover.err()).isZero();
        assertThat(recover.result().path("recovery").asText()).isEqualTo("completed");
        assertThat(recover.result().path("advice").path(0).asText()).contains("restart it now");
        assertThat(adviceOfLastJob()).contains("restart it now");
        assertThat(files()).isEqualTo(archived);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT", "HUP", "INT INT"})
    void signalDuringReplacementRollsBackAndExitsWithTwelve(String signals) throws Exception {
        WorkingFolders.make(ngbak.workingDir(), 20_000, 3);
        assertThat(ngbak.run("backup", "--id", "large").code()).isZero();
        Map<String, String> large = files();
        int code = 0;
        for (int attempt = 0; attempt < 5 && code == 0; attempt++) {
            WorkingFolders.make(ngbak.workingDir(), 44, 2);
            Process restore =
                    ngbak.start(NgbakProcess.javaWithSignals(Main.class.getName(), "restore", "large", "--yes"));
            awaitReplacing(restore);

            for (String signal : signals.split(" ")) {
                NgbakProcess.signal(restore, signal);
            }

            assertThat(restore.waitFor(120, TimeUnit.SECONDS)).isTrue();
            code = restore.exitValue();
            // If the signal came too late, the restore has completed.
            assertThat(files()).isEqualTo(code == 0 ? large : present);
            assertThat(journal()).doesNotExist();
        }
        assertThat(code).isEqualTo(12);
    }

    private void awaitReplacing(Process restore) throws IOException {
        while (restore.isAlive()) {
            try {
                if (Files.readString(journal()).contains("replacing")) {
                    return;
                }
            } catch (NoSuchFileException e) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void recoverSettlesAKilledRestoreAndReportsHow() throws Exception {
        Process restore = ngbak.start(NgbakProcess.java(Main.class.getName(), "restore", "mine", "--yes"));
        awaitReplacing(restore);
        restore.destroyForcibly();
        assertThat(restore.waitFor()).isEqualTo(137);

        CommandResult recover = ngbak.run("recover");

        assertThat(recover.code()).as(recover.err()).isZero();
        assertThat(files()).isIn(present, archived);
        assertThat(recover.out())
                .contains(
                        files().equals(present)
                                ? "The interrupted restore was rolled back. All stores are as they were before it."
                                : "all stores are equal to its archive")
                .contains("If nano-graphrag is running, restart it now");
        assertThat(journal()).doesNotExist();
    }

    @Test
    void safetyArchiveOfBrokenFilesRestoresThemExactly() throws Exception {
        truncate("kv_store_newer.json", 4);
        truncate("vdb_entities.json", 5_000);
        truncate("graph_chunk_entity_relation.graphml", 60);
        present = files();
        assertThat(ngbak.run("backup").code()).isEqualTo(8);

        CommandResult restore = ngbak.run("restore", "mine", "--yes", "--json");
        assertThat(restore.code()).as(restore.err()).isZero();
        assertThat(files()).isEqualTo(archived);
        String safety = restore.result().path("safety_backup_id").asText();
        assertThat(ngbak.run("verify", safety).code()).isZero();
        assertThat(ngbak.run("restore", safety, "--yes").code()).isZero();
        assertThat(files()).isEqualTo(present);
    }

    private void truncate(String name, int length) throws IOException {
        Path file = ngbak.workingDir().resolve(name);
        byte[] whole = Files.readAllBytes(file);
        assertThat(whole.length).isGreaterThan(length);
        Files.write(file, Arrays.copyOf(whole, length));
    }

    @Test
    void readingCommandsWarnOfAnInterruptedRestore() throws Exception {
        assertThat(ngbak.run("list").err()).isEmpty();
        blockTheLastStoreAfterThePreflight();
        assertThat(ngbak.run("restore", "mine", "--yes", "--no-safety-backup").code())
                .isEqualTo(13);
        ngbak.settings.clear();

        CommandResult doctor = ngbak.run("doctor");
        assertThat(doctor.code()).isEqualTo(13);
        assertThat(doctor.out().lines().findFirst().orElseThrow())
                .startsWith("FAIL  restore")
                .contains("The restore of mine.ngbak, started at ")
                .contains("run ngbak recover")
                .doesNotContainPattern("\\.\\d{3,}");
        assertThat(ngbak.run("doctor", "--json").result().path("exit_code").asInt())
                .isEqualTo(13);
        for (String looking : List.of("list", "restore mine --dry-run --backends graph")) {
            CommandResult said = ngbak.run(looking.split(" "));
            CommandResult json = ngbak.run((looking + " --json").split(" "));

            assertThat(said.code()).as(said.err()).isZero();
            assertThat(said.err()).contains("WARN: The restore of mine.ngbak").contains("run ngbak recover");
            assertThat(json.result().path("open_restore").asText()).contains("is not settled");
        }
    }

    @Test
    void recoverRefusesAnotherWorkingDirAndNamesBoth() throws Exception {
        blockTheLastStoreAfterThePreflight();
        assertThat(ngbak.run("restore", "mine", "--yes", "--no-safety-backup").code())
                .isEqualTo(13);
        ngbak.settings.clear();
        Path other = Files.createDirectory(temp.resolve("other"));
        ngbak.settings.put("WORKING_DIR", other.toString());

        CommandResult recover = ngbak.run("recover");

        assertThat(recover.code()).isEqualTo(8);
        assertThat(recover.err())
                .contains(other.toRealPath().toString())
                .contains(ngbak.workingDir().toRealPath().toString());
        assertThat(other).isEmptyDirectory();
        assertThat(journal()).exists();
    }
}
