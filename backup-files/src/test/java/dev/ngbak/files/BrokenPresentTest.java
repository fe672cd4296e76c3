package dev.ngbak.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.RestoreOptions;
import dev.ngbak.engine.RestoreResult;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.testkit.Faults;
import dev.ngbak.testkit.ForwardingRestoreSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.ServiceLoader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Restores over present files that are truncated or malformed, which is when people restore. */
class BrokenPresentTest {

    @TempDir
    Path temp;

    private final List<String> log = new ArrayList<>();
    private Path folder;
    private Settings settings;
    private ReadableArchive archive;
    private Map<String, String> archived;
    private Map<String, String> broken;
    private boolean failing;

    @BeforeEach
    void backUpAndBreakEachKind() throws IOException {
        folder = temp.resolve("working_dir");
        settings = Settings.of(Map.of(
                "WORKING_DIR",
                folder.toString(),
                "BACKUP_DIR",
                temp.resolve("backups").toString()));
        Random random = new Random(7);
        SampleFiles.write(folder, "graph_chunk_entity_relation.graphml", SampleFiles.graph(40, random));
        SampleFiles.write(folder, "vdb_entities.json", SampleFiles.vectors(40, random));
        SampleFiles.write(folder, "kv_store_full_docs.json", SampleFiles.kv(40, random));
        BackupManager manager = new BackupManager(settings);
        archive = manager.archive(manager.create(null, null, new Job()));
        archived = SampleFiles.tree(folder);
        truncate("kv_store_full_docs.json");
        truncate("vdb_entities.json");
        SampleFiles.write(folder, "graph_chunk_entity_relation.graphml", "<graphml><node>&bogus;</graphml>");
        SampleFiles.write(folder, "kv_store_empty.json", "");
        broken = SampleFiles.tree(folder);
    }

    private void truncate(String name) throws IOException {
        byte[] whole = Files.readAllBytes(folder.resolve(name));
        Files.write(folder.resolve(name), Arrays.copyOf(whole, whole.length / 2));
    }

    private BackupManager manager() {
        List<StorageExporter> exporters = new ArrayList<>();
        ServiceLoader.load(StorageExporter.class).forEach(exporters::add);
        List<StorageRestorer> restorers = new ArrayList<>();
        for (StorageRestorer restorer : ServiceLoader.load(StorageRestorer.class)) {
            // The vectors come last in an archive, so a failure there has modified all stores.
            restorers.add(Faults.restorer(restorer, session -> new ForwardingRestoreSession(session) {
                @Override
                public void restore(EntrySource source, RecordHandler records, Progress progress) throws IOException {
                    super.restore(source, records, progress);
                    if (failing && restorer.role() == Role.VECTOR) {
                        failing = false;
                        throw new BackupException(Kind.UNREACHABLE, "The disk failed", "");
                    }
                }
            }));
        }
        return new BackupManager(settings, exporters, restorers, Clock.systemUTC());
    }

    private RestoreResult restore(ReadableArchive file) {
        return manager().restore(file, RestoreOptions.DEFAULT, plan -> true, new Job(line -> log.add(line.message())));
    }

    @Test
    void rollbackRestoresTheSameBrokenBytes() throws IOException {
        failing = true;

        BackupException e = catchThrowableOfType(BackupException.class, () -> restore(archive));

        assertThat(e.kind()).as(e.getMessage()).isEqualTo(Kind.ROLLED_BACK);
        assertThat(SampleFiles.tree(folder)).isEqualTo(broken);
        assertThat(log)
                .filteredOn(line -> line.contains("is broken") && line.contains("saved without being decoded"))
                .hasSize(3);
        assertThat(log)
                .filteredOn(line -> line.endsWith("proved equal to the archive by bytes."))
                .hasSize(3);
    }

    @Test
    void restoreOverBrokenFilesCanBeUndone() throws IOException {
        RestoreResult done = restore(archive);
        assertThat(SampleFiles.tree(folder)).isEqualTo(archived);
        assertThat(done.proofs().values()).containsOnly("content digest");

        RestoreResult undone = restore(manager().archive(done.safetyArchive()));

        assertThat(SampleFiles.tree(folder)).isEqualTo(broken);
        assertThat(undone.proofs().values()).containsOnly("bytes");
    }

    @Test
    void restoreOverBrokenFilesReportsNoOtherWriter() {
        assertThat(restore(archive).safetyArchive()).isNotNull();
        assertThat(log).noneMatch(line -> line.contains("SOMETHING ELSE WROTE"));
    }
}
