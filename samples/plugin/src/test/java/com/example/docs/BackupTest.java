package com.example.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.testkit.InMemoryEntries;
import dev.ngbak.testkit.MemoryStorage;
import dev.ngbak.testkit.Summaries;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the plugin in the engine together with two stores in memory, and tests cases that the contract does not cover. */
class BackupTest {

    @TempDir
    Path temp;

    @Test
    void restoreReplacesDocumentsAndTheOtherStores() throws IOException {
        Path documents = Files.createDirectories(temp.resolve("documents/full_docs"));
        Path document = Files.writeString(documents.resolve("doc-1.json"), "{\"content\": \"a text\"}");
        try (MemoryStorage others = MemoryStorage.named("backup")) {
            others.put(Role.GRAPH, "nodes", "ALICE", "a person");
            others.put(Role.VECTOR, "entities", "ent-1", "a vector");
            Settings settings = others.settings()
                    .with("KV_BACKEND", "docs")
                    .with("DOCS_DIR", documents.getParent().toString())
                    .with("BACKUP_DIR", temp.resolve("backups").toString());
            BackupManager manager = new BackupManager(settings);

            ArchiveInfo archive = manager.create(null, null, new Job());
            assertThat(archive.manifest().statistics()).containsEntry("documents", 1L);
            assertThat(archive.manifest().consistency().grade().text()).isEqualTo("quiescent");

            Files.delete(document);
            others.clear(Role.GRAPH);
            manager.restore(
                    manager.archive(archive),
                    RestoreOptions.DEFAULT,
                    plan -> plan.problems().isEmpty(),
                    new Job());

            assertThat(document).hasContent("{\"content\": \"a text\"}");
            assertThat(others.contents(Role.GRAPH)).containsKey("nodes");
        }
    }

    @Test
    void secretSettingIsNotInTheArchive() throws IOException {
        Path documents = Files.createDirectories(temp.resolve("documents/full_docs"));
        Files.writeString(documents.resolve("doc-1.json"), "{}");
        try (MemoryStorage others = MemoryStorage.named("secrets")) {
            BackupManager manager = new BackupManager(others.settings()
                    .with("KV_BACKEND", "docs")
                    .with("DOCS_DIR", documents.getParent().toString())
                    .with("DOCS_TOKEN", "5EC2E7")
                    .with("BACKUP_COMPRESSION", "none")
                    .with("BACKUP_DIR", temp.resolve("backups").toString()));

            ArchiveInfo archive = manager.create(null, null, new Job());

            assertThat(Files.readString(Path.of(archive.location()), StandardCharsets.ISO_8859_1))
                    .contains("\"DOCS_TOKEN\" : \"***\"")
                    .doesNotContain("5EC2E7");
        }
    }

    @Test
    void missingFolderStopsBackupButNotRestore() throws IOException {
        Settings settings =
                Settings.of(Map.of("DOCS_DIR", temp.resolve("nowhere").toString()));

        assertThat(new DocsExporter().open(settings).scopeProblem())
                .hasValueSatisfying(problem -> assertThat(problem).hasMessageContaining("DOCS_DIR"));
        assertThat(new DocsRestorer().open(settings).info().form()).isEqualTo("documents");
    }

    @Test
    void backupFailsOnAFolderAmongTheDocuments() throws IOException {
        Path folder = Files.createDirectories(temp.resolve("documents/full_docs/below"))
                .getParent()
                .getParent();
        Settings settings = Settings.of(Map.of("DOCS_DIR", folder.toString()));

        assertThatThrownBy(() -> Summaries.read(new DocsExporter().open(settings), Progress.NONE))
                .hasMessageContaining("full_docs/below");
    }

    @Test
    void restoreRejectsKeysOutsideTheFolder() throws IOException {
        StoreInfo archived = new StoreInfo("Folder of documents", "1", "documents", Map.of(), -1);
        for (String key : new String[] {"../../escaped", "a/b", "", ".hidden", "x".repeat(251)}) {
            EntrySource source = new InMemoryEntries("kv/")
                    .with("full_docs", ".documents", document(key))
                    .source(archived);
            assertThatThrownBy(() -> Summaries.read(new DocsRestorer(), source, Settings.of(Map.of())))
                    .as(key)
                    .hasMessageContaining("full_docs.documents in the archive");
        }
        EntrySource source =
                new InMemoryEntries("kv/").with("..", ".documents", document("a")).source(archived);
        assertThatThrownBy(() -> Summaries.read(new DocsRestorer(), source, Settings.of(Map.of())))
                .hasMessageContaining("invalid or a duplicate namespace");
    }

    private static byte[] document(String key) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeUTF(key);
        out.writeLong(0);
        return bytes.toByteArray();
    }
}
