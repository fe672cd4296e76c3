package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.atLeastOnce;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doNothing;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.Manifest.Grade;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.mockito.InOrder;

class BackupManagerTest extends ThreeStores {

    // ---- a backup

    @Test
    void backupContainsAllThreeStoresAndTheirCounts() throws IOException {
        ArchiveInfo backup = manager().create(null, "before re-index", new Job());

        assertThat(backup.id()).isEqualTo("snapshot_2025-10-06T14-30-00Z");
        assertThat(backup.manifest().note()).isEqualTo("before re-index");
        assertThat(backup.manifest().statistics())
                .containsEntry("entities", 2L)
                .containsEntry("documents", 1L)
                .containsEntry("vectors.entities", 3L)
                .containsEntry("kv.full_docs", 1L);
        assertThat(backup.manifest().consistency().grade()).isEqualTo(Grade.QUIESCENT);
        assertThat(backup.manifest().files())
                .extracting(file -> file.path())
                .containsExactly(
                        "config/graphrag_config.json", "graph/lines.txt", "kv/lines.txt", "vectors/nano/lines.txt");
        assertThat(left()).containsExactly("snapshot_2025-10-06T14-30-00Z.ngbak");
    }

    @Test
    void markersAreReadBeforeAndAfterTheExport() throws IOException {
        manager().create(null, null, new Job());

        InOrder order = inOrder(graph.exporter, graph.export);
        order.verify(graph.exporter).open(any());
        order.verify(graph.export).marker();
        order.verify(graph.export).export(any(), any(), any());
        order.verify(graph.export).marker();
        order.verify(graph.export, atLeastOnce()).close();
    }

    @Test
    void allStoresAreOpenBeforeTheFirstExport() throws IOException {
        manager().create(null, null, new Job());

        InOrder order = inOrder(graph.exporter, vector.exporter, kv.exporter, graph.export);
        order.verify(graph.exporter).open(any());
        order.verify(vector.exporter).open(any());
        order.verify(kv.exporter).open(any());
        order.verify(graph.export).export(any(), any(), any());
    }

    @Test
    void failureOfOneStoreAbortsTheOthersAndLeavesNothing() throws Exception {
        CountDownLatch aborted = new CountDownLatch(1);
        doAnswer(call -> {
                    aborted.countDown();
                    return null;
                })
                .when(kv.export)
                .abort();
        doAnswer(call -> {
                    aborted.await();
                    throw new IOException("aborted");
                })
                .when(kv.export)
                .export(any(), any(), any());
        doThrow(new BackupException(Kind.UNREACHABLE, "The connection to the graph broke", "Start it"))
                .when(graph.export)
                .export(any(), any(), any());

        Job job = new Job();
        BackupException e = failure(() -> manager().create(null, null, job));

        assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(e.problem()).isEqualTo("The connection to the graph broke");
        assertThat(e.effect()).contains(Effect.NO_ARCHIVE);
        assertThat(job.failedStores()).containsExactly(Role.GRAPH);
        verify(kv.export, atLeastOnce()).abort();
        for (FakeStore store : all) {
            verify(store.export, atLeastOnce()).close();
        }
        assertThat(left()).isEmpty();
    }

    /** Aborted sessions throw a CancellationException, which is not the failure to report. */
    @Test
    void failedExportReportsItsOwnCauseDespiteRetries() throws Exception {
        environment.put("BACKUP_RETRIES", "2");
        AtomicBoolean aborted = new AtomicBoolean();
        doAnswer(call -> {
                    aborted.set(true);
                    return null;
                })
                .when(kv.export)
                .abort();
        doAnswer(call -> {
                    if (aborted.get()) {
                        throw new CancellationException("the session was aborted");
                    }
                    return call.callRealMethod();
                })
                .when(kv.export)
                .marker();
        doThrow(new BackupException(Kind.INCOMPATIBLE, "The collection has custom sharding", "Leave it out"))
                .when(vector.export)
                .export(any(), any(), any());
        Job job = new Job();

        BackupException e = failure(() -> manager().create(null, null, job));

        assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(e.problem()).isEqualTo("The collection has custom sharding");
        assertThat(job.failedStores()).containsExactly(Role.VECTOR);
        verify(kv.exporter, times(2)).open(any());
    }

    @Test
    void cancellationAbortsAStoreThatHangs() throws Exception {
        CountDownLatch hanging = new CountDownLatch(1);
        CountDownLatch aborted = new CountDownLatch(1);
        doAnswer(call -> {
                    hanging.countDown();
                    aborted.await();
                    throw new IOException("the connection was closed");
                })
                .when(vector.export)
                .export(any(), any(), any());
        doAnswer(call -> {
                    aborted.countDown();
                    return null;
                })
                .when(vector.export)
                .abort();
        Job job = new Job();
        Thread canceller = new Thread(() -> {
            try {
                hanging.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            assertThat(job.cancel()).isTrue();
        });
        canceller.start();

        BackupException e = failure(() -> manager().create(null, null, job));
        canceller.join();

        assertThat(e.kind()).isEqualTo(Kind.CANCELLED);
        assertThat(e.effect()).contains(Effect.NO_ARCHIVE);
        assertThat(left()).isEmpty();
    }

    @Test
    void exporterThatLiesAboutItsRecordsIsDetected() throws Exception {
        doAnswer(call -> {
                    graph.add(List.of("not exported"), call.getArgument(1));
                    return call.callRealMethod();
                })
                .when(graph.export)
                .export(any(), any(), any());

        BackupException e = failure(() -> manager().create(null, null, new Job()));

        assertThat(e.kind()).isEqualTo(Kind.INTERNAL);
        assertThat(e.problem()).contains("graph").contains("3 records expected, 2 found");
        assertThat(left()).isEmpty();
    }

    @Test
    void exporterThatExportsNothingIsDetected() throws Exception {
        doNothing().when(kv.export).export(any(), any(), any());

        BackupException e = failure(() -> manager().create(null, null, new Job()));

        assertThat(e.problem()).contains("kv store contains 1 records, but none was exported");
        assertThat(left()).isEmpty();
    }

    @Test
    void unexpectedExceptionOfAPluginIsNotShown() throws Exception {
        doThrow(new IllegalStateException("password=hunter2")).when(kv.export).export(any(), any(), any());

        BackupException e = failure(() -> manager().create(null, null, new Job()));

        assertThat(e.kind()).isEqualTo(Kind.INTERNAL);
        assertThat(e.getMessage()).doesNotContain("hunter2").doesNotContain("IllegalState");
    }

    @Test
    void allUnreachableStoresAreReportedTogether() {
        doThrow(new BackupException(Kind.UNREACHABLE, "No graph", "Start the graph"))
                .when(graph.exporter)
                .open(any());
        doThrow(new BackupException(Kind.UNREACHABLE, "No documents", "Start the documents"))
                .when(kv.exporter)
                .open(any());

        BackupException e = failure(() -> manager().create(null, null, new Job()));

        assertThat(e.problem()).isEqualTo("No graph. Also: No documents");
        assertThat(e.remedy()).isEqualTo("Start the graph. Start the documents");
        verify(vector.export).close();
    }

    // ---- changes meanwhile

    @Test
    void changeDuringTheExportCausesAnotherAttempt() throws Exception {
        doAnswer(call -> {
                    Object summary = call.callRealMethod();
                    if (kv.written == 0) {
                        kv.write("late");
                    }
                    return summary;
                })
                .when(kv.export)
                .export(any(), any(), any());

        ArchiveInfo backup = manager().create(null, null, new Job());

        assertThat(backup.manifest().consistency().grade()).isEqualTo(Grade.QUIESCENT);
        assertThat(backup.manifest().statistics()).containsEntry("documents", 2L);
    }

    @Test
    void halfWrittenStoreCausesAnotherAttempt() throws Exception {
        doAnswer(call -> {
                    if (kv.written == 0) {
                        kv.write("late");
                        throw new BackupException(Kind.INCOMPATIBLE, "The documents are cut off", "");
                    }
                    return call.callRealMethod();
                })
                .when(kv.export)
                .export(any(), any(), any());

        ArchiveInfo backup = manager().create(null, null, new Job());

        assertThat(backup.manifest().statistics()).containsEntry("documents", 2L);
    }

    @Test
    void brokenStoreWithoutAChangeFailsAtOnce() throws Exception {
        doThrow(new BackupException(Kind.INCOMPATIBLE, "The documents are cut off", ""))
                .when(kv.export)
                .export(any(), any(), any());

        assertThat(failure(() -> manager().create(null, null, new Job())).problem())
                .isEqualTo("The documents are cut off");

        verify(kv.export, times(1)).export(any(), any(), any());
        assertThat(left()).isEmpty();
    }

    @Test
    void storeThatKeepsChangingMakesTheBackupFuzzy() throws Exception {
        doAnswer(call -> {
                    Object summary = call.callRealMethod();
                    kv.written++;
                    return summary;
                })
                .when(kv.export)
                .export(any(), any(), any());

        ArchiveInfo backup = manager().create(null, null, new Job());

        assertThat(backup.manifest().consistency().grade()).isEqualTo(Grade.FUZZY);
        assertThat(backup.manifest().consistency().stores())
                .containsEntry(Role.KV, ChangeMarker.Comparison.CHANGED)
                .containsEntry(Role.GRAPH, ChangeMarker.Comparison.UNCHANGED);
        assertThat(kv.written).isEqualTo(3);
    }

    @Test
    void storeWithoutAChangeMarkerMakesTheBackupFuzzy() throws Exception {
        doReturn(ChangeMarker.UNKNOWN).when(vector.export).marker();

        assertThat(manager()
                        .create(null, null, new Job())
                        .manifest()
                        .consistency()
                        .grade())
                .isEqualTo(Grade.FUZZY);
    }

    @Test
    void requireQuiescentFailsABackupThatChanged() throws Exception {
        environment.put("BACKUP_REQUIRE_QUIESCENT", "true");
        environment.put("BACKUP_RETRIES", "0");
        doAnswer(call -> {
                    kv.written++;
                    return call.callRealMethod();
                })
                .when(kv.export)
                .export(any(), any(), any());

        BackupException e = failure(() -> manager().create(null, null, new Job()));

        assertThat(e.kind()).isEqualTo(Kind.SOURCE_CHANGED);
        assertThat(e.problem()).contains("kv").contains("BACKUP_REQUIRE_QUIESCENT");
        assertThat(left()).isEmpty();
    }

    // ---- hooks

    @Test
    void hooksPauseWritersDuringTheExportAndTheGradeIsFenced() throws IOException {
        Path log = temp.resolve("hooks.log");
        environment.put("BACKUP_PAUSE_HOOK", "echo $event >> " + log);
        environment.put("BACKUP_RESUME_HOOK", "echo $event >> " + log);

        ArchiveInfo backup = manager().create(null, null, new Job());

        assertThat(backup.manifest().consistency().grade()).isEqualTo(Grade.FENCED);
        assertThat(log).hasContent("pause\nresume");
    }

    @Test
    void resumeHookIsCalledWhenTheBackupFails() throws IOException {
        Path log = temp.resolve("hooks.log");
        environment.put("BACKUP_PAUSE_HOOK", "echo $event >> " + log);
        environment.put("BACKUP_RESUME_HOOK", "echo $event >> " + log);
        doThrow(new IOException("broken")).when(kv.export).export(any(), any(), any());

        assertThat(failure(() -> manager().create(null, null, new Job()))).isNotNull();

        assertThat(log).hasContent("pause\nresume");
    }

    @Test
    void failingPauseHookStopsTheBackup() {
        environment.put("BACKUP_PAUSE_HOOK", "exit 3");

        BackupException e = failure(() -> manager().create(null, null, new Job()));

        assertThat(e.problem()).contains("BACKUP_PAUSE_HOOK").contains("exit code 3");
    }

    @Test
    void pauseHookThatHangsIsKilled() {
        environment.put("BACKUP_PAUSE_HOOK", "sleep 600");
        environment.put("BACKUP_HOOK_TIMEOUT", "50ms");

        assertThat(failure(() -> manager().create(null, null, new Job())).problem())
                .contains("did not end within BACKUP_HOOK_TIMEOUT");
    }

    @Test
    void nextJobResumesWritersThatACrashLeftPaused() throws IOException {
        Path log = temp.resolve("hooks.log");
        environment.put("BACKUP_RESUME_HOOK", "echo $event >> " + log);
        Files.createDirectories(folder.resolve(".ngbak"));
        Files.writeString(folder.resolve(".ngbak/paused"), "a job");

        manager().create(null, null, new Job());

        assertThat(log).hasContent("resume");
        assertThat(folder.resolve(".ngbak/paused")).doesNotExist();
    }

    // ---- ids, list, delete, retention

    @Test
    void secondBackupInTheSameSecondGetsANumber() {
        BackupManager manager = manager();
        manager.create(null, null, new Job());
        manager.create(null, null, new Job());

        assertThat(manager.list())
                .extracting(ArchiveInfo::id)
                .containsExactly("snapshot_2025-10-06T14-30-00Z-2", "snapshot_2025-10-06T14-30-00Z");
    }

    @Test
    void idInUseIsRefusedAndTheArchiveStays() throws IOException {
        ArchiveInfo first = manager().create("mine", null, new Job());
        byte[] before = Files.readAllBytes(file(first));

        BackupException e = failure(() -> manager().create("mine", null, new Job()));

        assertThat(e.kind()).isEqualTo(Kind.ALREADY_EXISTS);
        assertThat(file(first)).hasBinaryContent(before);
    }

    @Test
    void idThatIsAPathIsRefused() {
        for (String id : List.of("../x", "/etc/passwd", "a/b", "..", "", "a..b", "x\0y", "é", ".hidden")) {
            assertThat(failure(() -> manager().create(id, null, new Job())).kind())
                    .as(id)
                    .isEqualTo(Kind.INVALID);
        }
        assertThat(folder).doesNotExist();
    }

    @Test
    void unreadableArchiveIsListedWithTheReason() throws IOException {
        manager().create("good", null, new Job());
        Files.writeString(folder.resolve("bad.ngbak"), "not an archive");

        List<ArchiveInfo> archives = manager().list();

        assertThat(archives).hasSize(2);
        ArchiveInfo bad =
                archives.stream().filter(a -> a.id().equals("bad")).findFirst().orElseThrow();
        assertThat(bad.manifest()).isNull();
        assertThat(bad.unreadable()).contains("neither a tar nor a tar packed with gzip or zstd");
    }

    @Test
    void listOfAMissingRepositoryIsEmptyAndCreatesNothing() {
        assertThat(manager().list()).isEmpty();
        assertThat(folder).doesNotExist();
    }

    @Test
    void deletionOfAMissingArchiveIsNotFound() {
        assertThat(failure(() -> manager().delete(new BackupId("nothing"), new Job()))
                        .kind())
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(folder).doesNotExist();
    }

    @Test
    void retentionDeletesTheOldestArchives() {
        environment.put("BACKUP_RETENTION", "3");
        for (int n = 1; n <= 4; n++) {
            manager().create("b" + n, null, new Job());
            now.updateAndGet(time -> time.plusSeconds(60));
        }
        assertThat(manager().list()).extracting(ArchiveInfo::id).containsExactly("b4", "b3", "b2");
    }

    @Test
    void retentionKeepsTheNewArchiveWhenTheClockWasSetBack() {
        environment.put("BACKUP_RETENTION", "2");
        for (int n = 1; n <= 4; n++) {
            manager().create("b" + n, null, new Job());
            now.updateAndGet(time -> time.minusSeconds(60));
        }
        assertThat(manager().list()).extracting(ArchiveInfo::id).containsExactly("b1", "b4");
    }

    @Test
    void failedBackupDeletesNothing() throws IOException {
        environment.put("BACKUP_RETENTION", "1");
        manager().create("b1", null, new Job());
        doThrow(new IOException("broken")).when(kv.export).export(any(), any(), any());

        assertThat(failure(() -> manager().create("b2", null, new Job()))).isNotNull();

        assertThat(manager().list()).extracting(ArchiveInfo::id).containsExactly("b1");
    }

    @Test
    void retentionKeepsSafetyArchivesAndUnreadableArchives() throws IOException {
        manager().create("pre-restore_2020", null, new Job());
        Files.createFile(folder.resolve("broken.ngbak"));
        environment.put("BACKUP_RETENTION", "1");
        manager().create("b1", null, new Job());
        manager().create("b2", null, new Job());

        assertThat(manager().list())
                .extracting(ArchiveInfo::id)
                .containsExactlyInAnyOrder("b2", "pre-restore_2020", "broken");
    }

    // ---- the lock

    /** On a full disk, the file with the owner of the lock cannot be written, and a deletion frees space. */
    @Test
    void archiveIsDeletedAlthoughTheOwnerCannotBeWritten() throws IOException {
        manager().create("b1", null, new Job());
        Files.createDirectories(folder.resolve(".ngbak/holder.new/in-the-way"));

        manager().delete(new BackupId("b1"), new Job());

        assertThat(manager().list()).isEmpty();
    }

    @Test
    void secondJobLearnsTheOwnerOfTheLock() throws Exception {
        CountDownLatch exporting = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        doAnswer(call -> {
                    exporting.countDown();
                    goOn.await();
                    return call.callRealMethod();
                })
                .when(kv.export)
                .export(any(), any(), any());
        Thread first = new Thread(() -> manager().create("first", null, new Job()));
        first.start();
        exporting.await();

        BackupException e = failure(() -> manager().create("second", null, new Job()));
        BackupException onDelete = failure(() -> {
            Files.createFile(folder.resolve("x.ngbak"));
            manager().delete(new BackupId("x"), new Job());
        });
        goOn.countDown();
        first.join();

        assertThat(e.kind()).isEqualTo(Kind.BUSY);
        assertThat(e.problem())
                .contains("the backup first")
                .contains("process " + ProcessHandle.current().pid());
        assertThat(onDelete.kind()).isEqualTo(Kind.BUSY);
        assertThat(manager().list()).extracting(ArchiveInfo::id).contains("first", "x");
    }

    // ---- settings

    @Test
    void unusableSettingIsReportedWithItsValueAndTheAllowedValues() {
        for (var bad : Map.of(
                        "GRAPH_BACKEND", "sqlite",
                        "BACKUP_COMPRESSION", "rar",
                        "BACKUP_RETENTION", "0",
                        "BACKUP_RETRIES", "many",
                        "BACKUP_REQUIRE_QUIESCENT", "maybe",
                        "BACKUP_HOOK_TIMEOUT", "soon")
                .entrySet()) {
            environment.clear();
            environment.put(bad.getKey(), bad.getValue());
            BackupException e = failure(this::manager);
            assertThat(e).as(bad.getKey()).isNotNull();
            assertThat(e.kind()).isEqualTo(Kind.INVALID);
            assertThat(e.problem()).contains(bad.getKey()).contains("\"" + bad.getValue() + "\"");
            assertThat(e.remedy()).startsWith("It must be");
        }
    }
}
