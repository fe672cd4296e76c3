package dev.ngbak.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.engine.Job;
import dev.ngbak.jobs.JobRecord.Status;
import dev.ngbak.jobs.JobStore.StoredJob;
import dev.ngbak.spi.Role;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests how job records are kept on the disk, including damaged ones and those of other versions. */
class JobStoreTest {

    private static final Instant TIME = Instant.parse("2026-11-20T02:00:00.250Z");

    @TempDir
    Path temp;

    private Path folder;
    private JobStore store;
    private JobRecord good;

    @BeforeEach
    void writeOneRecord() throws Exception {
        folder = temp.resolve("jobs");
        store = new JobStore(temp);
        good = record(Status.COMPLETED);
        store.write(good, null);
    }

    static JobRecord record(Status status) {
        boolean open = status == Status.PENDING || status == Status.PROCESSING;
        return new JobRecord(
                UUID.randomUUID().toString(),
                JobDefinition.BACKUP,
                status,
                null,
                TIME,
                TIME,
                open ? null : TIME.plusSeconds(5),
                new JobProgress("exporting", Map.of(Role.KV, new Job.StoreProgress(3, 7, "records"))),
                null,
                null,
                Map.of("backup_id", "mine", "size_bytes", 12, "decoded", List.of("graph", "kv")),
                List.of(new Job.Line(TIME, Job.Level.INFO, "A sentence.")));
    }

    private ObjectNode another() {
        return Json.job(good).put("job_id", UUID.randomUUID().toString());
    }

    private void write(ObjectNode job) throws Exception {
        Files.writeString(folder.resolve(job.path("job_id").asText() + ".json"), job.toString());
    }

    private static ObjectNode process(String started) {
        return Json.MAPPER
                .createObjectNode()
                .put("host", "elsewhere")
                .put("pid", 1)
                .put("started", started);
    }

    private List<JobRecord> listed() throws Exception {
        return new JobStore(temp).list().stream().map(StoredJob::job).toList();
    }

    private List<Path> files(String suffix) throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(suffix)).toList();
        }
    }

    @Test
    void recordIsReadAsItWasWritten() throws Exception {
        ProcessIdentity process = ProcessIdentity.current();
        JobRecord open = record(Status.PROCESSING);
        store.write(open, process);

        StoredJob stored = store.find(open.id()).orElseThrow();

        assertThat(stored.job()).isEqualTo(open);
        assertThat(stored.process()).isEqualTo(process);
        assertThat(files(".new")).isEmpty();
    }

    @Test
    void recordOfVersion01IsReadCompletely() throws Exception {
        String file = """
                {"job_id":"7f3c1f0e-52a4-4a58-9f0e-0f6f6c2f1a11","type":"restore","status":"failed","outcome":"rolled_back",
                "created_at":"2026-11-20T02:00:00.100Z","started_at":"2026-11-20T02:00:00.230Z",
                "completed_at":"2026-11-20T02:00:09Z","progress":{"phase":"rolling back","current":5,"total":null,
                "unit":"records","stores":{"graph":{"current":2,"total":4,"unit":"records"},
                "kv":{"current":3,"total":null,"unit":"records"}}},"error":"It failed","remedy":"Try again",
                "metadata":{"backup_id":"mine","proofs":{"kv":"content digest"},"warnings":["One."],"size_bytes":99999999999},
                "log":[{"at":"2026-11-20T02:00:01.5Z","level":"warn","message":"A warning."}],
                "process":{"host":"there","pid":17,"started":"2026-11-20T01:59:59.500Z"}}
                """;
        ObjectNode expected = (ObjectNode) Json.MAPPER.readTree(file);
        write(expected);

        StoredJob stored = store.find(expected.path("job_id").asText()).orElseThrow();

        assertThat(stored.process())
                .isEqualTo(new ProcessIdentity("there", 17, Instant.parse("2026-11-20T01:59:59.500Z")));
        expected.remove("process");
        ((ObjectNode) expected.path("log").get(0)).put("at", "2026-11-20T02:00:01.500Z");
        JsonNode answered = Json.MAPPER.readTree(Json.job(stored.job()).toString());
        assertThat(answered).isEqualTo(expected);
        assertThat(answered.fieldNames()).toIterable().containsExactlyElementsOf(expected::fieldNames);
    }

    @Test
    void jobOfANewerVersionIsListed() throws Exception {
        ObjectNode drill = another().put("type", "drill").put("verdict", "good");
        write(drill);

        assertThat(listed()).extracting(JobRecord::type).containsExactlyInAnyOrder("backup", "drill");
    }

    @Test
    void damagedRecordsAreSetAsideAndTheOthersListed() throws Exception {
        for (String content : List.of(
                "",
                " ",
                "null",
                "[]",
                "{}",
                "{\"job_id\": ",
                "\0\0\0\0",
                "[".repeat(5_000),
                another().toString() /* in the file of another job */)) {
            Files.writeString(folder.resolve(UUID.randomUUID() + ".json"), content);
        }
        for (String time : List.of("", "yesterday", "+1000000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z")) {
            write(another().put("created_at", time));
            write(another().put("started_at", time));
            write(another().put("completed_at", time));
        }
        for (String member : List.of("job_id", "type", "status", "created_at", "progress", "metadata", "log")) {
            ObjectNode incomplete = another();
            String id = incomplete.path("job_id").asText();
            incomplete.remove(member);
            Files.writeString(folder.resolve(id + ".json"), incomplete.toString());
            ObjectNode mistyped = another();
            String otherId = mistyped.path("job_id").asText();
            mistyped.put(member, 7);
            Files.writeString(folder.resolve(otherId + ".json"), mistyped.toString());
        }
        write(another().put("status", "lost"));
        write(another().put("status", "processing").set("process", process("now")));
        write(another().put("status", "processing").set("process", Json.MAPPER.createArrayNode()));
        Files.createDirectory(folder.resolve(UUID.randomUUID() + ".json"));
        int all = files(".json").size();

        assertThat(listed()).containsExactly(good);
        assertThat(files(".json")).hasSize(1);
        assertThat(files(".json.damaged")).hasSize(all - 1);
    }

    @Test
    void linkInPlaceOfARecordIsNotFollowed() throws Exception {
        Path elsewhere = Files.writeString(temp.resolve("elsewhere"), another().toString());
        Files.createSymbolicLink(folder.resolve(UUID.randomUUID() + ".json"), elsewhere);

        assertThat(listed()).containsExactly(good);
        assertThat(elsewhere).exists();
    }

    @Test
    void interruptedThreadReadsAndWritesRecords() throws Exception {
        JobRecord second = record(Status.FAILED);
        Thread.currentThread().interrupt();
        try {
            store.write(second, null);
            assertThat(listed()).containsExactlyInAnyOrder(good, second);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void nothingIsWrittenWithoutAStateDirectory() throws Exception {
        Path missing = temp.resolve("missing");

        new JobStore(missing).write(good, null);

        assertThat(missing).doesNotExist();
        assertThat(new JobStore(missing).list()).isEmpty();
    }
}
