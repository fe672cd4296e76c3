package dev.ngbak.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.cli.WorkingFolders;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.jobs.JobRecord.Status;
import dev.ngbak.repository.LocalRepository;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests how jobs start, end and are refused, and how dead jobs are recognized. */
class JobRunnerTest {

    @TempDir
    Path temp;

    private Path state;
    private BackupManager manager;
    private ProcessIdentity self;

    @BeforeEach
    void createStateDirectory() throws Exception {
        WorkingFolders.make(temp.resolve("working"), 10, 1);
        manager = new BackupManager(Settings.of(Map.of(
                "WORKING_DIR",
                temp.resolve("working").toString(),
                "BACKUP_DIR",
                temp.resolve("backups").toString())));
        state = Files.createDirectories(manager.state().path());
        self = ProcessIdentity.current();
    }

    private JobRecord store(JobRecord job, ProcessIdentity process) throws IOException {
        new JobStore(state).write(job, process);
        return job;
    }

    private JobRecord listed(JobRecord job) {
        return runner(state).get(job.id());
    }

    private static JobDefinition<String> definition(Function<Job, String> call) {
        return new JobDefinition<>(
                JobDefinition.BACKUP, Map.of(), call, result -> new JobDefinition.Summary(result, Map.of()));
    }

    private static ProcessIdentity endedProcess(ProcessIdentity self) throws Exception {
        Process process = new ProcessBuilder("true").start();
        process.waitFor();
        return new ProcessIdentity(self.host(), process.pid(), Instant.now());
    }

    @Test
    void jobOfALivingProcessStaysOpen() throws Exception {
        JobRecord job = store(JobStoreTest.record(Status.PROCESSING), self);

        assertThat(listed(job)).isEqualTo(job);
        assertThat(runner(state).current()).contains(job.id());
    }

    @Test
    void jobOfADeadProcessFailsAndSaysWhatItMeans() throws Exception {
        JobRecord job = store(JobStoreTest.record(Status.PROCESSING), endedProcess(self));

        JobRecord failed = listed(job);

        assertThat(failed.status()).isEqualTo(Status.FAILED);
        assertThat(failed.completedAt()).isNotNull();
        assertThat(failed.error()).contains("in the phase exporting").contains("No archive was created");
        assertThat(failed.log()).hasSize(job.log().size() + 1);
        assertThat(new JobStore(state).find(job.id()).orElseThrow().job()).isEqualTo(failed);
        assertThat(runner(state).current()).isEmpty();
    }

    @Test
    void deadBackupWhoseArchiveExistsSaysThatItIsComplete() throws Exception {
        Files.writeString(manager.state().path().resolveSibling("mine.ngbak"), "");
        JobRecord job = store(JobStoreTest.record(Status.PROCESSING), endedProcess(self));

        assertThat(listed(job).error()).contains("Archive mine was already complete");
    }

    @Test
    void jobOfAReusedProcessIdFails() throws Exception {
        ProcessIdentity before =
                new ProcessIdentity(self.host(), self.pid(), self.started().minusSeconds(60));

        assertThat(listed(store(JobStoreTest.record(Status.PROCESSING), before)).status())
                .isEqualTo(Status.FAILED);
    }

    @Test
    void jobWithoutAProcessFails() throws Exception {
        assertThat(listed(store(JobStoreTest.record(Status.PENDING), null)).status())
                .isEqualTo(Status.FAILED);
    }

    @Test
    void jobOfAnotherHostFailsOnlyAfterALongSilence() throws Exception {
        ProcessIdentity elsewhere = new ProcessIdentity("elsewhere", 1, Instant.EPOCH);
        JobRecord job = store(JobStoreTest.record(Status.PROCESSING), elsewhere);
        assertThat(listed(job)).isEqualTo(job);

        Duration silence = DeadJobs.MAX_SILENCE.plusSeconds(1);
        Files.setLastModifiedTime(
                state.resolve("jobs/" + job.id() + ".json"),
                FileTime.from(Instant.now().minus(silence)));

        assertThat(listed(job).status()).isEqualTo(Status.FAILED);
        assertThat(DeadJobs.MAX_SILENCE).isGreaterThan(JobExecution.HEARTBEAT.multipliedBy(2));
    }

    @Test
    void verificationInAnotherProcessDoesNotBlockJobs() throws Exception {
        JobRecord backup = JobStoreTest.record(Status.PROCESSING);
        store(
                new JobRecord(
                        backup.id(),
                        JobDefinition.VERIFY,
                        Status.PROCESSING,
                        null,
                        backup.createdAt(),
                        backup.startedAt(),
                        null,
                        backup.progress(),
                        null,
                        null,
                        Map.of(),
                        List.of()),
                self);

        assertThat(runner(state).current()).isEmpty();
    }

    @Test
    void jobThatIsRefusedBeforeItsFirstPhaseLeavesNoRecord() throws Exception {
        JobRunner jobs = runner(state);
        BackupException refusal = new BackupException(Kind.ALREADY_EXISTS, "It exists", "");

        assertThatThrownBy(() -> jobs.start(definition(job -> {
                    throw refusal;
                })))
                .isSameAs(refusal);
        assertThat(jobs.list()).isEmpty();
    }

    @Test
    void secondJobIsRefusedUntilTheFirstHasEnded() throws Exception {
        JobRunner jobs = runner(state);
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Thread first = new Thread(() -> jobs.run(definition(job -> {
            running.countDown();
            await(go);
            return "Done";
        })));
        first.start();
        running.await();

        assertThatThrownBy(() -> jobs.run(definition(job -> "Done")))
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(Kind.BUSY));
        go.countDown();
        first.join();

        assertThat(jobs.run(definition(job -> "Done"))).isEqualTo("Done");
    }

    @Test
    void stoppedRunnerRefusesJobs() throws Exception {
        JobRunner jobs = runner(state);
        assertThat(jobs.stop(Duration.ofSeconds(1))).isTrue();

        assertThatThrownBy(() -> jobs.run(definition(job -> "Done"))).hasMessageContaining("stopping");
    }

    @Test
    void observersSeeAJobFromStartToRecord() {
        List<String> events = new ArrayList<>();
        JobRunner jobs = runner(state, new JobObserver() {
            @Override
            public void started(Job job) {
                events.add("started");
            }

            @Override
            public void logged(Job.Line line) {
                if (!events.contains("logged")) {
                    events.add("logged");
                }
            }

            @Override
            public void finished(Job job) {
                events.add("finished");
            }

            @Override
            public void recorded(JobRecord job, Job run) {
                events.add("recorded " + job.status());
            }
        });

        jobs.run(JobDefinition.backup(manager, "mine", null));

        assertThat(events).containsExactly("started", "logged", "finished", "recorded COMPLETED");
    }

    @Test
    void endOfAnInterruptedJobIsWritten() throws Exception {
        JobRunner jobs = runner(state, new JobObserver() {
            @Override
            public void finished(Job job) {
                Thread.currentThread().interrupt();
            }
        });

        jobs.run(JobDefinition.backup(manager, "mine", "a note"));

        assertThat(Thread.interrupted()).isTrue();
        JobRecord job = runner(state).list().get(0);
        assertThat(job.status()).isEqualTo(Status.COMPLETED);
        assertThat(job.metadata()).containsEntry("backup_id", "mine").containsEntry("note", "a note");
        assertThat(job.metadata()).containsKeys("size_bytes", "checksum", "consistency");
    }

    @Test
    void onlyTheNewestHundredJobsAreKept() throws Exception {
        for (int i = 0; i < 105; i++) {
            store(JobStoreTest.record(Status.COMPLETED), null);
        }

        runner(state).run(JobDefinition.backup(manager, "mine", null));

        try (Stream<Path> files = Files.list(state.resolve("jobs"))) {
            assertThat(files).hasSize(100);
        }
        assertThat(runner(state).list().get(0).text("backup_id")).contains("mine");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JobRunner runner(Path state, JobObserver... observer) {
        StateDirectory directory = new StateDirectory(state);
        LocalRepository repository = new LocalRepository(state.getParent(), directory);
        return observer.length == 0
                ? new JobRunner(directory, repository)
                : new JobRunner(directory, repository, observer[0]);
    }
}
