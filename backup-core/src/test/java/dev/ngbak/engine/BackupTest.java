package dev.ngbak.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.atLeastOnce;
import static org.mockito.Mockito.inOrder;

import dev.ngbak.archive.Manifest.Grade;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mockito.InOrder;

/** Backups that succeed, and their ids. */
class BackupTest extends ThreeStores {

    @Test
    void backupContainsAllStoresAndTheirCounts() throws IOException {
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
        assertThat(repositoryFiles()).containsExactly("snapshot_2025-10-06T14-30-00Z.ngbak");
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
}
