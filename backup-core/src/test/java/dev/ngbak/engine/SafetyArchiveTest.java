package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doNothing;
import static org.mockito.Mockito.doThrow;

import dev.ngbak.archive.Manifest;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Archives of the state before a restore. */
class SafetyArchiveTest extends RestoreFixture {

    @Test
    void safetyArchiveUndoesTheRestore() {
        RestoreResult done = restore();

        assertThat(done.safetyArchive()).isEqualTo("pre-restore_2025-10-06T14-30-00Z");
        ArchiveInfo safety = manager().inspect(manager().archive(done.safetyArchive()));
        assertThat(manager().verify(archive(safety), new Job()).decoded()).hasSize(3);
        RestoreResult undone = restore(safety, RestoreOptions.DEFAULT, job());

        assertPreviousData();
        assertThat(undone.safetyArchive()).isEqualTo("pre-restore_2025-10-06T14-30-00Z-2");
    }

    @Test
    void newestThreeSafetyArchivesAndTheOneInUseAreKept() throws IOException {
        environment.put("BACKUP_RETENTION", "1");
        ArchiveInfo oldest = manager().inspect(manager().archive(restore().safetyArchive()));
        for (int n = 0; n < 4; n++) {
            now.updateAndGet(time -> time.plusSeconds(60));
            restore(oldest, RestoreOptions.DEFAULT, job());
        }
        manager().create("last", null, new Job());

        assertThat(repositoryFiles())
                .containsExactly(
                        "last.ngbak",
                        // Retention spares it, because it contains more than twice as much as "last".
                        "mine.ngbak",
                        "pre-restore_2025-10-06T14-30-00Z.ngbak",
                        "pre-restore_2025-10-06T14-32-00Z.ngbak",
                        "pre-restore_2025-10-06T14-33-00Z.ngbak",
                        "pre-restore_2025-10-06T14-34-00Z.ngbak");
    }

    @Test
    void failedRestoresDoNotAccumulateSafetyArchives() throws IOException {
        doThrow(connectionLost()).when(kv.restore).restore(any(), any(), any());
        for (int n = 0; n < 5; n++) {
            now.updateAndGet(time -> time.plusSeconds(60));
            assertThat(failure(this::restore).kind()).isEqualTo(Kind.ROLLED_BACK);
        }
        assertThat(repositoryFiles()).hasSize(4);
    }

    /** If not one file of a broken store can be saved, the safety archive contains an empty store. */
    @Test
    void brokenStoreWithoutAnyFileIsRolledBackToEmpty() throws IOException {
        kv.broken = "lost";
        doNothing().when(kv.export).exportRaw(any(), any(), any());
        doThrow(connectionLost()).doCallRealMethod().when(kv.restore).restore(any(), any(), any());

        assertThat(failure(this::restore).kind()).isEqualTo(Kind.ROLLED_BACK);

        Manifest.Store saved = manager()
                .inspect(manager().archive("pre-restore_2025-10-06T14-30-00Z"))
                .manifest()
                .stores()
                .get(Role.KV);
        assertThat(saved.info().form()).isEqualTo("raw");
        assertThat(saved.summary().records()).isZero();
        assertThat(kv.lines).isEmpty();
    }

    @Test
    void brokenStoreIsSavedRawAndRolledBack() throws IOException {
        kv.broken = "{\"doc\": \"cut of";
        doAnswer(call -> {
                    kv.broken = null;
                    kv.lines.clear();
                    throw connectionLost();
                })
                .doCallRealMethod()
                .when(kv.restore)
                .restore(any(), any(), any());

        BackupException e = failure(this::restore);

        assertThat(e.kind()).isEqualTo(Kind.ROLLED_BACK);
        assertThat(kv.broken).isEqualTo("{\"doc\": \"cut of");
        assertThat(warnings()).anyMatch(line -> line.contains("The present data of kv cannot be read"));
        assertThat(warnings())
                .anyMatch(line -> line.contains("is broken (The kv is cut off) and is saved without being decoded"));
        Manifest.Store saved = manager()
                .inspect(manager().archive("pre-restore_2025-10-06T14-30-00Z"))
                .manifest()
                .stores()
                .get(Role.KV);
        assertThat(saved.info().form()).isEqualTo("raw");
        assertThat(saved.summary().records()).isNegative();
        assertThat(graph.lines).containsExactly("changed", "b");

        RestoreResult done = restore();
        assertNewData();
        assertThat(kv.broken).isNull();
        restore(manager().inspect(manager().archive(done.safetyArchive())), RestoreOptions.DEFAULT, job());
        assertThat(kv.broken).isEqualTo("{\"doc\": \"cut of");
    }

    @Test
    void brokenStoreThatCannotBeSavedIsLeftAlone() throws IOException {
        kv.broken = "{";
        doThrow(new BackupException(
                        Kind.INCOMPATIBLE, "Fake cannot be saved so", "Mend it, or restore with --no-safety-backup"))
                .when(kv.export)
                .exportRaw(any(), any(), any());

        BackupException e = failure(this::restore);

        assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
        assertThat(e.problem())
                .contains("The kv is cut off, so the restore could not be rolled back")
                .contains("Fake cannot be saved so");
        assertThat(e.effect()).contains(Effect.NOTHING_CHANGED);
        assertThat(e.remedy()).contains("--no-safety-backup");
        assertThat(repositoryFiles()).containsExactly("mine.ngbak");
        assertThat(graph.lines).containsExactly("changed", "b");

        restore(backup, WITHOUT_SAFETY_ARCHIVE, job());
        assertNewData();
    }
}
