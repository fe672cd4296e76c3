package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;

import dev.ngbak.archive.BackupId;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Listing, deletion, the lock and invalid settings. */
class BackupManagerTest extends ThreeStores {

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
