package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doThrow;

import dev.ngbak.archive.BackupId;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Writers and other jobs during a restore, and the hooks that pause the writers. */
class RestoreWritersTest extends RestoreFixture {

    private void during(String step, Runnable act) {
        BackupManager manager = manager();
        manager.setJournalListener(record -> {
            if (record.equals(step)) {
                act.run();
            }
        });
        manager.restore(archive(backup), RestoreOptions.DEFAULT, plan -> true, job());
    }

    @Test
    void writeAfterTheSafetyArchiveIsReported() {
        during("before begin", () -> kv.write("lost"));

        assertThat(warnings())
                .singleElement()
                .asString()
                .contains("SOMETHING ELSE WROTE to the kv store after its present state had been saved");
        assertNewData();
    }

    @Test
    void writeBeforeTheProofIsReportedAndRolledBack() {
        BackupException e = failure(() -> during("before proving", () -> kv.write("in between")));

        assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK);
        assertThat(e.remedy()).contains("Something else wrote").contains("BACKUP_PAUSE_HOOK");
        assertThat(warnings()).anyMatch(line -> line.contains("SOMETHING ELSE WROTE to the kv store after it"));
        assertPreviousData();
    }

    @Test
    void storesThatShareAChangeMarkerCauseNoWarning() throws IOException {
        // Stores in one directory share its modification time.
        for (FakeStore store : all) {
            doAnswer(call -> new ChangeMarker("" + (graph.written + vector.written + kv.written)))
                    .when(store.export)
                    .marker();
        }

        restore();

        assertThat(warnings()).isEmpty();
    }

    private Path logHooks() {
        Path hooks = temp.resolve("hooks.log");
        environment.put("BACKUP_PAUSE_HOOK", "echo $event >> " + hooks);
        environment.put("BACKUP_RESUME_HOOK", "echo $event >> " + hooks);
        return hooks;
    }

    @Test
    void resumeHookReceivesRestored() {
        Path hooks = logHooks();
        restore();
        assertThat(hooks).hasContent("pause\nrestored");
        environment.remove("BACKUP_PAUSE_HOOK");
        restore();
        assertThat(hooks).hasContent("pause\nrestored\nrestored");
    }

    @Test
    void resumeHookReceivesResumeAfterARollback() throws IOException {
        Path hooks = logHooks();
        doThrow(connectionLost()).when(kv.restore).restore(any(), any(), any());

        assertThat(failure(this::restore).kind()).isEqualTo(Kind.ROLLED_BACK);

        assertThat(hooks).hasContent("pause\nresume");
    }

    @Test
    void writersStayPausedWhileTheStoresContainAMix() throws IOException {
        Path hooks = logHooks();
        failRollback();
        failure(() -> manager().recover(job()));
        assertThat(hooks).hasContent("pause");
        assertThat(warnings()).anyMatch(line -> line.contains("The writers stay paused"));

        repair(vector);
        manager().recover(job());

        assertThat(hooks).hasContent("pause\nresume");
        assertThat(repositoryFiles()).noneMatch(name -> name.contains("paused"));
    }

    @Test
    void resumeHookReceivesRestoredAfterARollForward() throws IOException {
        Path hooks = logHooks();
        failHalfway(kv, connectionLost());
        failure(() -> restore(backup, WITHOUT_SAFETY_ARCHIVE, job()));
        repair(kv);

        manager().recover(job());

        assertThat(hooks).hasContent("pause\nrestored");
        assertThat(repositoryFiles()).containsExactly("mine.ngbak");
    }

    @Test
    void runningRestoreBlocksEveryOtherWritingJob() throws IOException {
        List<Kind> kinds = new ArrayList<>();
        doAnswer(call -> {
                    Stream.<org.assertj.core.api.ThrowableAssert.ThrowingCallable>of(
                                    this::restore,
                                    () -> manager().create(null, null, new Job()),
                                    () -> manager().delete(new BackupId("mine"), new Job()),
                                    () -> manager().recover(new Job()))
                            .forEach(other -> kinds.add(failure(other).kind()));
                    return call.callRealMethod();
                })
                .when(vector.restore)
                .restore(any(), any(), any());

        restore();

        assertThat(kinds).containsExactly(Kind.BUSY, Kind.BUSY, Kind.BUSY, Kind.BUSY);
        assertNewData();
    }
}
