package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doThrow;

import dev.ngbak.archive.BackupId;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Restores that could not be rolled back, and journals of processes that died. */
class RestoreRecoveryTest extends RestoreFixture {

    @Test
    void failedRollbackBlocksEveryWritingJobUntilItIsSettled() throws IOException {
        BackupException e = failRollback();

        assertThat(e.detail())
                .contains("The restore failed while vector was being replaced: The connection broke")
                .contains("The rollback failed while vector was being replaced: The connection broke")
                .contains("THE DATA IS NOT AS BEFORE")
                .contains("pre-restore_2025-10-06T14-30-00Z.ngbak");
        assertThat(e.remedy()).contains("Run ngbak recover");
        assertThat(manager().openRestore()).contains("mine.ngbak").contains("may contain a mix");
        List<String> before = repositoryFiles();
        assertThat(before).contains(".ngbak/restore.journal");

        assertThat(failure(() -> manager().create(null, null, job())).kind()).isEqualTo(Kind.ROLLBACK_FAILED);
        assertThat(failure(this::restore).kind()).isEqualTo(Kind.ROLLBACK_FAILED);
        assertThat(failure(() -> manager().delete(new BackupId("mine"), job())).kind())
                .isEqualTo(Kind.ROLLBACK_FAILED);
        assertThat(failure(() -> manager().recover(job())).kind()).isEqualTo(Kind.ROLLBACK_FAILED);
        assertThat(repositoryFiles()).isEqualTo(before);

        repair(vector);
        assertThat(manager().recover(job())).isEqualTo(RecoveryOutcome.ROLLED_BACK);
        assertPreviousData();
        assertThat(manager().openRestore()).isNull();
        Job idle = job();
        assertThat(manager().recover(idle)).isEqualTo(RecoveryOutcome.NOTHING);
        assertThat(idle.advice()).isEmpty();
    }

    @Test
    void recoveryAdvisesOnlyForStoresThatWereModified() throws IOException {
        failHalfway(kv, connectionLost());
        assertThat(failure(this::restore).kind()).isEqualTo(Kind.ROLLBACK_FAILED);
        repair(kv);
        adviseTo(kv, "Restart the reader of kv.");
        adviseTo(vector, "The archive contains the vectors last, so they were not modified.");
        Job recovery = job();

        assertThat(manager().recover(recovery)).isEqualTo(RecoveryOutcome.ROLLED_BACK);

        assertThat(recovery.advice()).containsExactly("Restart the reader of kv.");
        assertPreviousData();
    }

    @Test
    void nextJobSettlesTheRestoreAndCanStillBeCancelled() throws IOException {
        failRollback();
        repair(vector);
        Job job = job();
        doAnswer(call -> {
                    assertPreviousData();
                    assertThat(job.cancel()).isTrue();
                    return call.callRealMethod();
                })
                .when(graph.export)
                .export(any(), any(), any());

        BackupException e = failure(() -> manager().create("next", null, job));

        assertThat(e.kind()).isEqualTo(Kind.CANCELLED);
        assertPreviousData();
        assertThat(repositoryFiles()).doesNotContain("next.ngbak", ".ngbak/restore.journal");
    }

    @Test
    void failedRestoreWithoutSafetyArchiveIsFinishedByRecover() throws IOException {
        failHalfway(kv, connectionLost());

        BackupException e = failure(() -> restore(backup, WITHOUT_SAFETY_ARCHIVE, job()));

        assertThat(e.kind()).isEqualTo(Kind.ROLLBACK_FAILED);
        assertThat(e.detail()).contains("THE DATA IS NOT AS BEFORE").contains("--no-safety-backup");
        assertThat(e.remedy()).contains("Run ngbak recover to finish this restore");
        assertThat(repositoryFiles()).containsExactly(".ngbak/restore.journal", "mine.ngbak");
        assertThat(failure(() -> manager().recover(job())).problem())
                .contains("Finishing it failed while kv was being replaced: The connection broke");
        repair(kv);
        adviseTo(kv, "Restart the reader of kv.");
        Job recovery = job();
        assertThat(manager().recover(recovery)).isEqualTo(RecoveryOutcome.COMPLETED);
        assertThat(recovery.advice()).containsExactly("Restart the reader of kv.");
        assertNewData();
        assertThat(repositoryFiles()).containsExactly("mine.ngbak");
    }

    @Test
    void recoverRefusesAnotherArchiveInTheSamePlace() throws IOException {
        failHalfway(kv, connectionLost());
        failure(() -> restore(backup, WITHOUT_SAFETY_ARCHIVE, job()));
        repair(kv);
        Path aside = Files.move(file(backup), temp.resolve("aside"));
        BackupException gone = failure(() -> manager().recover(job()));
        environment.put("BACKUP_DIR", temp.resolve("other").toString());
        ArchiveInfo other = manager().create("other", null, new Job());
        environment.put("BACKUP_DIR", folder.toString());
        Files.move(file(other), file(backup));
        BackupException wrong = failure(() -> manager().recover(job()));
        Files.delete(file(backup));
        Files.move(aside, file(backup));

        assertThat(gone.kind()).isEqualTo(Kind.ROLLBACK_FAILED);
        assertThat(wrong.problem()).contains("is not the archive that was being restored");
        assertThat(manager().recover(job())).isEqualTo(RecoveryOutcome.COMPLETED);
        assertNewData();
    }

    @Test
    void recoverRefusesOtherTargetsAndNamesBoth() throws IOException {
        failRollback();
        repair(vector);
        List<String> partial = List.copyOf(vector.lines);
        String target = vector.target;
        vector.target = "another store";

        BackupException e = failure(() -> manager().recover(job()));

        assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(e.problem()).contains("another store").contains(target).contains("vector");
        assertThat(vector.lines).isEqualTo(partial);
        assertThat(journal()).exists();
        vector.target = target;
        assertThat(manager().recover(job())).isEqualTo(RecoveryOutcome.ROLLED_BACK);
        assertPreviousData();
    }

    @Test
    void recoverDoesNotFinishARestoreInAnotherTarget() throws IOException {
        failHalfway(graph, connectionLost());
        failure(() -> restore(backup, WITHOUT_SAFETY_ARCHIVE, job()));
        repair(graph);
        kv.target = "another store";

        assertThat(failure(() -> manager().recover(job())).kind()).isEqualTo(Kind.INCOMPATIBLE);

        assertThat(kv.lines).containsExactly("doc", "newer");
    }

    @Test
    void restoreWithoutSafetyArchiveSupersedesOneThatCannotBeSettled() throws IOException {
        failRollback();
        Files.delete(folder.resolve("pre-restore_2025-10-06T14-30-00Z.ngbak"));
        repair(vector);
        assertThat(failure(this::restore).kind()).isEqualTo(Kind.ROLLBACK_FAILED);

        restore(backup, WITHOUT_SAFETY_ARCHIVE, job());

        assertNewData();
        assertThat(warnings()).anyMatch(line -> line.contains("supersedes it"));
        assertThat(repositoryFiles()).containsExactly("mine.ngbak");
    }

    @Test
    void restoreOfFewerStoresDoesNotSupersede() throws IOException {
        ArchiveInfo kvOnly = manager()
                .inspect(manager()
                        .archive(restore(backup, new RestoreOptions(Set.of(Role.KV), false, true), new Job())
                                .safetyArchive()));
        failRollback();

        assertThat(failure(() -> restore(kvOnly, WITHOUT_SAFETY_ARCHIVE, job())).kind())
                .isEqualTo(Kind.ROLLBACK_FAILED);
        assertThat(failure(() -> restore(backup, new RestoreOptions(Set.of(Role.GRAPH), false, false), job()))
                        .kind())
                .isEqualTo(Kind.ROLLBACK_FAILED);

        assertThat(journal()).exists();
    }

    @Test
    void missingSafetyArchiveIsReportedAndTheJournalStays() throws IOException {
        failRollback();
        repair(vector);
        Path safety = folder.resolve("pre-restore_2025-10-06T14-30-00Z.ngbak");
        Path aside = Files.move(safety, temp.resolve("aside"));

        BackupException e = failure(() -> manager().recover(job()));

        assertThat(e.kind()).isEqualTo(Kind.ROLLBACK_FAILED);
        assertThat(e.problem()).contains(safety + " does not exist").doesNotContain("The previous data is in");
        assertThat(e.remedy()).contains("Move that archive back").contains("--no-safety-backup");
        assertThat(journal()).exists();
        Files.move(aside, safety);
        assertThat(manager().recover(job())).isEqualTo(RecoveryOutcome.ROLLED_BACK);
        assertPreviousData();
    }

    @Test
    void tornLastRecordIsIgnored() throws IOException {
        for (String torn : List.of("1", "0123abcd {\"step\":\"put", "00000000 {\"step\":\"done\"}\n", "\0\0\0\0")) {
            failRollback();
            repair(vector);
            Files.writeString(journal(), torn, StandardOpenOption.APPEND);

            assertThat(manager().openRestore()).isNotNull();
            assertThat(manager().recover(job())).as(torn).isEqualTo(RecoveryOutcome.ROLLED_BACK);

            assertPreviousData();
        }
    }

    @Test
    void truncatedJournalLeadsToOneState() throws IOException {
        failRollback();
        byte[] whole = Files.readAllBytes(journal());
        String text = new String(whole, StandardCharsets.UTF_8);
        List<String> partial = List.copyOf(vector.lines);
        repair(vector);
        int beginning = text.indexOf('\n') + 1;
        int lastReplaced = text.indexOf('\n', text.lastIndexOf("\"replacing\"")) + 1;
        int step;
        for (int length = whole.length; length >= beginning; length -= step) {
            vector.lines.clear();
            vector.lines.addAll(partial);
            Files.write(journal(), Arrays.copyOf(whole, length));

            RecoveryOutcome recovery = manager().recover(new Job());

            assertThat(journal()).doesNotExist();
            if (length >= lastReplaced) {
                assertThat(recovery).as("cut at %d", length).isEqualTo(RecoveryOutcome.ROLLED_BACK);
                assertPreviousData();
            }
            step = text.charAt(length - 1) == '\n' ? 1 : 13;
        }
    }

    @Test
    void damagedJournalIsReportedAndNothingIsChanged() throws IOException {
        failRollback();
        repair(vector);
        byte[] whole = Files.readAllBytes(journal());
        byte[] damaged = whole.clone();
        damaged[whole.length / 3] ^= 1;
        for (byte[] content : List.of(damaged, new byte[0])) {
            Files.write(journal(), content);

            assertThat(failure(() -> manager().recover(job())).detail())
                    .contains("restore.journal, is damaged")
                    .contains("Nothing was changed");
            assertThat(failure(() -> manager().create(null, null, job())).kind())
                    .isEqualTo(Kind.CORRUPT);

            assertThat(journal()).hasBinaryContent(content);
            assertThat(vector.lines).containsExactly("half of it");
        }
    }

    /** Runs a restore and leaves the journal as it was at a step, as if the process had died there. */
    private void leaveJournalOf(String step, RestoreOptions options) throws IOException {
        BackupManager manager = manager();
        byte[][] journal = new byte[1][];
        manager.setJournalListener(record -> {
            if (record.equals(step)) {
                try {
                    journal[0] = Files.readAllBytes(journal());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
        try {
            manager.restore(archive(backup), options, plan -> true, new Job());
        } catch (BackupException e) {
            assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK);
        }
        Files.write(journal(), journal[0]);
    }

    @Test
    void processThatDiedAfterTheProofHasCompletedTheRestore() throws IOException {
        Path hooks = temp.resolve("hooks.log");
        environment.put("BACKUP_RESUME_HOOK", "echo $event >> " + hooks);
        leaveJournalOf("after done", RestoreOptions.DEFAULT);
        Files.delete(hooks);

        assertThat(manager().openRestore()).isNull();
        assertThat(manager().recover(job())).isEqualTo(RecoveryOutcome.COMPLETED);

        assertNewData();
        assertThat(hooks).hasContent("restored");
        assertThat(journal()).doesNotExist();
    }

    @Test
    void processThatDiedAfterTheRollbackHasRolledBack() throws IOException {
        doThrow(connectionLost()).when(kv.restore).restore(any(), any(), any());
        leaveJournalOf("after back", RestoreOptions.DEFAULT);

        assertThat(manager().openRestore()).isNull();
        assertThat(manager().recover(job())).isEqualTo(RecoveryOutcome.ROLLED_BACK);

        assertPreviousData();
        assertThat(journal()).doesNotExist();
    }

    @Test
    void leftoversOfAnUnstartedJournalAreDeleted() throws IOException {
        Files.writeString(folder.resolve(".ngbak/restore.journal.new"), "01");
        Files.writeString(folder.resolve(".ngbak/way-back.ngbak"), "no archive");

        assertThat(manager().recover(job())).isEqualTo(RecoveryOutcome.NOTHING);

        assertThat(repositoryFiles()).containsExactly("mine.ngbak");
    }
}
