package dev.ngbak.lightrag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.check.CheckReport;
import dev.ngbak.check.CheckReport.Outcome;
import dev.ngbak.check.ReferenceCheck;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestoreRequest;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backs up and restores workspaces that LightRAG itself wrote to files. */
class LightRagFilesTest {

    private static final String HARBOUR = "harbour/";

    @TempDir
    Path folder;

    private Path storage;

    @BeforeEach
    void copySample() throws IOException {
        storage = folder.resolve("rag_storage");
        Folders.copy(Folders.SAMPLE, storage);
    }

    private Settings settings(String workspace) {
        return Settings.of(Map.of(
                "GRAPHRAG_SYSTEM",
                "lightrag",
                "WORKSPACE",
                workspace,
                "WORKING_DIR",
                storage.toString(),
                "BACKUP_DIR",
                folder.resolve("backups").toString()));
    }

    private static ArchiveInfo backup(BackupManager manager) {
        return manager.create(null, null, new Job());
    }

    private Map<String, String> files(boolean ofHarbour) throws IOException {
        return Folders.contents(storage, path -> path.startsWith(HARBOUR) == ofHarbour);
    }

    @Test
    void workspaceComesBackAndTheOtherStaysAsItIs() throws Exception {
        try (BackupManager manager = new BackupManager(settings("harbour"))) {
            Map<String, String> before = files(true);
            ArchiveInfo backup = backup(manager);
            Folders.delete(storage.resolve("harbour"));
            Folders.write(storage.resolve("harbour/kv_store_full_docs.json"), "{}");
            Folders.write(storage.resolve("harbour/kv_store_new.json"), "{\"a\": {}}");
            Folders.write(storage.resolve("harbour_2/vdb_new.json"), "inserted since");
            Map<String, String> other = files(false);

            manager.restore(backup.id());

            assertThat(files(true)).isEqualTo(before).hasSize(12);
            assertThat(files(false)).isEqualTo(other);
        }
    }

    @Test
    void manifestNamesSystemAndWorkspaceAndCountsTheirRecords() throws Exception {
        try (BackupManager manager = new BackupManager(settings("harbour"))) {
            ArchiveInfo backup = backup(manager);

            assertThat(backup.manifest().system().name()).isEqualTo("lightrag");
            assertThat(backup.manifest().system().workspace()).isEqualTo("harbour");
            assertThat(backup.manifest().statistics())
                    .containsEntry("documents", 3L)
                    .containsEntry("chunks", 18L)
                    .containsEntry("entities", backup.manifest().statistics().get("vectors.entities"))
                    .containsEntry("entities", backup.manifest().statistics().get("kv.entity_chunks"))
                    .containsEntry(
                            "relationships", backup.manifest().statistics().get("vectors.relationships"))
                    .containsEntry("kv.doc_status", 3L)
                    .containsEntry("communities", 0L);
        }
    }

    @Test
    void planOfARestoreOfFilesSaysThatLightRagMustBeStopped() throws Exception {
        try (BackupManager manager = new BackupManager(settings("harbour"))) {
            ArchiveInfo backup = backup(manager);

            assertThat(manager.plan(RestoreRequest.builder(backup.id()).build()).warnings())
                    .anySatisfy(warning -> assertThat(warning).startsWith("Stop LightRAG before this restore"));
        }
    }

    @Test
    void archiveOfAnotherWorkspaceIsRefused() throws Exception {
        try (BackupManager manager = new BackupManager(settings("harbour"));
                BackupManager other = new BackupManager(settings("harbour_2"))) {
            ArchiveInfo backup = backup(manager);
            Map<String, String> before = files(false);

            assertThatThrownBy(() -> other.restore(backup.id()))
                    .isInstanceOf(BackupException.class)
                    .hasMessageContainingAll("workspace \"harbour\"", "workspace \"harbour_2\"", "GRAPHRAG_SYSTEM");
            assertThat(files(false)).isEqualTo(before);
        }
    }

    @Test
    void sampleOfLightRagPassesTheCheck() throws Exception {
        Settings settings = settings("harbour_2");
        try (BackupManager manager = new BackupManager(settings)) {
            CheckReport report = ReferenceCheck.live(manager, new Job());

            assertThat(report.results())
                    .allSatisfy(result ->
                            assertThat(result.outcome()).as(result.toString()).isEqualTo(Outcome.HOLDS));
        }
    }

    @Test
    void filesOfFaissAreRefusedByName() throws Exception {
        Files.delete(storage.resolve("harbour/vdb_entities.json"));
        Folders.write(storage.resolve("harbour/faiss_index_entities.index"), "native");
        Folders.write(storage.resolve("harbour/faiss_index_entities.index.meta.json"), "{}");
        try (BackupManager manager = new BackupManager(settings("harbour"))) {
            assertThatThrownBy(() -> backup(manager))
                    .isInstanceOf(BackupException.class)
                    .hasMessageContainingAll("faiss_index_entities.index", "Only Faiss can read them");
        }
    }

    @Test
    void missingWorkspaceIsNamedAndNotTakenForAnEmptyOne() {
        try (BackupManager manager = new BackupManager(settings("harbor"))) {
            assertThatThrownBy(() -> backup(manager))
                    .isInstanceOf(BackupException.class)
                    .hasMessageContainingAll("rag_storage/harbor", "WORKING_DIR/WORKSPACE");
        }
    }
}
