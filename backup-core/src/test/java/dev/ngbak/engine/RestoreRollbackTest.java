package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Restores that fail or are cancelled, after which all stores contain their previous data. */
class RestoreRollbackTest extends RestoreFixture {

    @ParameterizedTest
    @EnumSource(Role.class)
    void failureInAnyStoreIsRolledBack(Role role) throws IOException {
        doAnswer(call -> {
                    store(role).lines.clear();
                    store(role).lines.add("half of it");
                    throw connectionLost();
                })
                .doCallRealMethod()
                .when(store(role).restore)
                .restore(any(), any(), any());

        Job job = job();
        BackupException e = failure(() -> restore(backup, RestoreOptions.DEFAULT, job));

        assertThat(job.failedStores()).containsExactly(role);
        assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK);
        assertThat(e.problem())
                .isEqualTo("The restore failed while " + role.id() + " was being replaced: The connection broke");
        assertThat(e.role()).contains(role);
        assertThat(e.effect()).contains(Effect.ROLLED_BACK);
        assertThat(e.remedy()).isEqualTo("Start it");
        assertPreviousData();
        assertThat(manager().openRestore()).isNull();
        assertThat(repositoryFiles()).containsExactly("mine.ngbak", "pre-restore_2025-10-06T14-30-00Z.ngbak");
        assertThat(log).extracting(Job.Line::message).contains("All stores were rolled back to their previous data.");
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void storeThatDiffersAfterTheRestoreIsRolledBack(Role role) throws IOException {
        doAnswer(call -> {
                    Object summary = call.callRealMethod();
                    store(role).lines.set(0, "something else");
                    return summary;
                })
                .doCallRealMethod()
                .when(store(role).restore)
                .restore(any(), any(), any());

        Job job = job();
        BackupException e = failure(() -> restore(backup, RestoreOptions.DEFAULT, job));

        assertThat(job.failedStores()).containsExactly(role);
        assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK);
        assertThat(e.problem())
                .contains(role.id() + " was being proved")
                .contains("does not contain what was written")
                .contains("content digests differ");
        assertPreviousData();
    }

    @Test
    void pluginThatReportsOtherRecordsThanArchivedIsRolledBack() throws IOException {
        // The plugin neither writes nor reports a record, and does not fail.
        doAnswer(call -> null).doCallRealMethod().when(kv.restore).restore(any(), any(), any());

        BackupException e = failure(this::restore);

        assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK);
        assertThat(e.problem())
                .contains("kv was being replaced")
                .contains("the records written are not those of the archive");
        assertPreviousData();
    }

    @Test
    void defectInterruptAndErrorAreRolledBack() throws IOException {
        for (Throwable failure :
                List.of(new IllegalStateException("secret"), new NoClassDefFoundError("x"), new IOException())) {
            doAnswer(call -> {
                        kv.lines.clear();
                        Thread.currentThread().interrupt();
                        throw failure;
                    })
                    .doCallRealMethod()
                    .when(kv.restore)
                    .restore(any(), any(), any());

            BackupException e = failure(this::restore);

            assertThat(Thread.interrupted()).isTrue();
            assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK);
            assertThat(e.problem())
                    .contains("kv was being replaced")
                    .doesNotContain("secret")
                    .doesNotContain("null");
            assertPreviousData();
        }
    }

    @Test
    void sessionThatCannotBeClosedAfterTheProofIsOnlyAWarning() {
        doAnswer(call -> {
                    if (Files.exists(journal())) {
                        throw new IllegalStateException("cannot be closed");
                    }
                    return null;
                })
                .when(kv.restore)
                .close();

        restore();

        assertNewData();
        assertThat(manager().recover(new Job())).isEqualTo(RecoveryOutcome.NOTHING);
        assertThat(warnings()).containsExactly("The connection to the kv store could not be closed properly.");
    }

    @Test
    void rollbackOfEmptyStoresEmptiesThem() throws IOException {
        all.forEach(store -> store.lines.clear());
        doAnswer(call -> {
                    kv.lines.add("half of it");
                    throw connectionLost();
                })
                .doCallRealMethod()
                .when(kv.restore)
                .restore(any(), any(), any());

        assertThat(failure(this::restore).kind()).isEqualTo(Kind.ROLLED_BACK);

        assertThat(all).allMatch(store -> store.lines.isEmpty());
        assertThat(repositoryFiles()).containsExactly("mine.ngbak");
        assertThat(restore().safetyArchive()).isNull();
        assertNewData();
        assertThat(repositoryFiles()).containsExactly("mine.ngbak");
    }

    @Test
    void failureBeforeTheFirstWriteChangesNothing() throws IOException {
        all.forEach(store -> store.lines.clear());
        doReturn(new ChangeMarker("1"), new ChangeMarker("1"))
                .doThrow(connectionLost())
                .when(graph.export)
                .marker();

        BackupException e = failure(this::restore);

        assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(e.detail())
                .contains("graph")
                .contains("The connection broke")
                .endsWith("Nothing was changed");
        verify(graph.restore, never()).restore(any(), any(), any());
        assertThat(repositoryFiles()).containsExactly("mine.ngbak");
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void cancellationDuringTheRestoreIsRolledBack(Role role) throws IOException {
        Job job = job();
        doAnswer(call -> {
                    store(role).lines.clear();
                    assertThat(job.cancel()).isTrue();
                    throw new IOException("what an aborted driver throws");
                })
                .doCallRealMethod()
                .when(store(role).restore)
                .restore(any(), any(), any());

        BackupException e = failure(() -> restore(backup, RestoreOptions.DEFAULT, job));

        verify(store(role).restore).abort();
        assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK);
        assertThat(e.problem()).isEqualTo("The restore was cancelled while " + role.id() + " was being replaced");
        assertThat(job.failedStores()).isEmpty();
        assertPreviousData();
    }

    @Test
    void cancellationThatNoStoreNoticesIsRolledBack() throws IOException {
        Job job = job();
        doAnswer(call -> {
                    Object summary = call.callRealMethod();
                    assertThat(job.cancel()).isTrue();
                    return summary;
                })
                .doCallRealMethod()
                .when(kv.restore)
                .restore(any(), any(), any());

        assertThat(failure(() -> restore(backup, RestoreOptions.DEFAULT, job)).kind())
                .isEqualTo(Kind.ROLLED_BACK);
        assertPreviousData();
    }

    @Test
    void cancellationBeforeTheFirstWriteChangesNothing() throws IOException {
        for (String step : List.of("before begin", "after begin", "before replacing graph")) {
            Job job = job();
            BackupManager manager = manager();
            manager.setJournalListener(record -> {
                if (record.equals(step)) {
                    assertThat(job.cancel()).isTrue();
                    if (record.contains("replacing")) {
                        job.checkCancelled();
                    }
                }
            });

            BackupException e =
                    failure(() -> manager.restore(archive(backup), RestoreOptions.DEFAULT, plan -> true, job));

            assertThat(e.kind()).as(step).isEqualTo(Kind.CANCELLED);
            assertThat(e.effect()).contains(Effect.NOTHING_CHANGED);
            assertThat(journal()).doesNotExist();
            assertPreviousData();
        }
    }

    @Test
    void cancellationDuringTheSafetyBackupChangesNothing() throws IOException {
        Job job = job();
        doAnswer(call -> {
                    job.cancel();
                    return call.callRealMethod();
                })
                .when(kv.export)
                .export(any(), any(), any());

        BackupException e = failure(() -> restore(backup, RestoreOptions.DEFAULT, job));

        assertThat(e.kind()).isEqualTo(Kind.CANCELLED);
        assertThat(repositoryFiles()).containsExactly("mine.ngbak");
        assertPreviousData();
    }

    @Test
    void cancellationDuringTheProofIsRefused() throws IOException {
        Job job = job();
        doAnswer(call -> {
                    assertThat(job.cancel()).isFalse();
                    return call.callRealMethod();
                })
                .when(kv.export)
                .read(any(), any());

        restore(backup, RestoreOptions.DEFAULT, job);

        assertNewData();
    }

    @Test
    void cancellationDuringTheRollbackIsRefused() throws IOException {
        Job job = job();
        doAnswer(call -> {
                    kv.lines.clear();
                    throw connectionLost();
                })
                .doAnswer(call -> {
                    assertThat(job.cancel()).isFalse();
                    assertThat(job.isReplacing()).isTrue();
                    return call.callRealMethod();
                })
                .when(kv.restore)
                .restore(any(), any(), any());

        assertThat(failure(() -> restore(backup, RestoreOptions.DEFAULT, job)).kind())
                .isEqualTo(Kind.ROLLED_BACK);
        assertPreviousData();
    }
}
