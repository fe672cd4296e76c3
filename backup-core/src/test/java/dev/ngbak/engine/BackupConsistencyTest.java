package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import dev.ngbak.archive.Manifest.Grade;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Stores that change during a backup, and the hooks that pause their writers. */
class BackupConsistencyTest extends ThreeStores {

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
        assertThat(repositoryFiles()).isEmpty();
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
        assertThat(repositoryFiles()).isEmpty();
    }

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
}
