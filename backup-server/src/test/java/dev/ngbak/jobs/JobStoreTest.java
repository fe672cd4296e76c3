package dev.ngbak.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.cli.WorkingFolders;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.spi.Settings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The records of jobs on the disk, whole and damaged. */
class JobStoreTest {

    @TempDir
    Path temp;

    private BackupManager manager;
    private Path records;
    private ObjectNode good;

    @BeforeEach
    void makeABackup() throws Exception {
        WorkingFolders.make(temp.resolve("working"), 10, 1);
        manager = new BackupManager(Settings.of(Map.of(
                "WORKING_DIR",
                temp.resolve("working").toString(),
                "BACKUP_DIR",
                temp.resolve("backups").toString())));
        records = manager.workFolder().resolve("jobs");
        backup("first");
        good = new JobRunner(manager.workFolder()).list().get(0);
    }

    private void backup(String id) {
        new JobRunner(manager.workFolder()).run(JobDefinition.backup(manager, id, null), line -> {});
    }

    private Path record(ObjectNode job) throws Exception {
        Path file = records.resolve(job.path("job_id").asText() + ".json");
        Files.writeString(file, job.toString());
        return file;
    }

    private ObjectNode another() {
        return good.deepCopy().put("job_id", UUID.randomUUID().toString());
    }

    private static ObjectNode process(String started) {
        return Json.MAPPER
                .createObjectNode()
                .put("host", "elsewhere")
                .put("pid", 1)
                .put("started", started);
    }

    private List<Path> named(String suffix) throws Exception {
        try (Stream<Path> files = Files.list(records)) {
            return files.filter(file -> file.toString().endsWith(suffix)).toList();
        }
    }

    @Test
    void damagedRecordsAreSetAsideAndTheOthersListed() throws Exception {
        List<String> damaged = List.of(
                "",
                " ",
                "null",
                "[]",
                "{}",
                "{\"job_id\": ",
                "\0\0\0\0",
                "[".repeat(5_000),
                another().toString() /* the id of another */);
        for (String content : damaged) {
            Files.writeString(records.resolve(UUID.randomUUID() + ".json"), content);
        }
        for (String time : List.of("", "yesterday", "+1000000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z")) {
            record(another().put("created_at", time));
            record(another().put("started_at", time));
            record(another().put("completed_at", time));
        }
        for (String member : List.of("job_id", "type", "status", "created_at", "progress", "metadata", "log")) {
            ObjectNode without = another();
            String id = without.path("job_id").asText();
            without.remove(member);
            Files.writeString(records.resolve(id + ".json"), without.toString());
            ObjectNode other = another();
            String otherId = other.path("job_id").asText();
            other.put(member, 7);
            Files.writeString(records.resolve(otherId + ".json"), other.toString());
        }
        record(another().put("status", "lost"));
        record(another().put("status", "processing").set("process", process("now")));
        record(another().put("status", "processing").set("process", Json.MAPPER.createArrayNode()));
        Files.createDirectory(records.resolve(UUID.randomUUID() + ".json"));
        int all = named(".json").size();

        JobRunner jobs = new JobRunner(manager.workFolder());

        assertThat(jobs.list()).containsExactly(good);
        assertThat(jobs.current()).isNull();
        assertThat(named(".json")).hasSize(1);
        assertThat(named(".json.damaged")).hasSize(all - 1);
        backup("second");
        assertThat(new JobRunner(manager.workFolder()).list()).hasSize(2);
        assertThat(manager.list()).hasSize(2);
    }

    @Test
    void aRecordThatIsALinkIsNotFollowed() throws Exception {
        Path elsewhere = Files.writeString(temp.resolve("elsewhere"), another().toString());
        Files.createSymbolicLink(records.resolve(UUID.randomUUID() + ".json"), elsewhere);

        assertThat(new JobRunner(manager.workFolder()).list()).containsExactly(good);
        assertThat(elsewhere).exists();
    }

    @Test
    void anInterruptLosesNoRecord() throws Exception {
        JobDefinition<?> work = JobDefinition.backup(manager, "interrupted", null)
                .watchedBy((job, call) -> {
                    var made = call.apply(job);
                    Thread.currentThread().interrupt();
                    return made;
                });

        new JobRunner(manager.workFolder()).run(work, line -> {});

        assertThat(Thread.interrupted()).isTrue();
        ObjectNode last = new JobRunner(manager.workFolder()).list().get(0);
        assertThat(last.path("metadata").path("backup_id").asText()).isEqualTo("interrupted");
        String file = Files.readString(records.resolve(last.path("job_id").asText() + ".json"), StandardCharsets.UTF_8);
        assertThat(file).contains("\"status\":\"completed\"");
        assertThat(named(".new")).isEmpty();
    }

    @Test
    void anInterruptedThreadReadsTheRecords() {
        JobRunner jobs = new JobRunner(manager.workFolder());
        Thread.currentThread().interrupt();
        try {
            assertThat(jobs.list()).hasSize(1);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }
}
